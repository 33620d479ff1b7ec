// What is wrong with the fields of callers' steps.
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/plan/contents.h"
#include "server/plan/defaults.h"
#include "server/plan/plan_check.h"

namespace wheelhouse::plan {
namespace {

// A plan with one step in a stage, both as text.
v1::Plan PlanWith(const std::string& step, const std::string& stage = "post_exec") {
  v1::Plan plan;
  const std::string text =
      "charts { name: 'web' namespace: 'shop' chart { archive_digest: 'sha256:" +
      std::string(64, 'a') + "' } stages { " + stage + " { after { " + step + " } } } }";
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &plan)) << text;
  return plan;
}

struct Case {
  const char* name;
  const char* step;
  const char* field;  // below the step, what is refused; empty: nothing is
  const char* stage = "post_exec";
};

#define DEPLOYMENT "objects { kind: 'Deployment' name: 'web' }"
#define CONFIG "apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\n"

const Case kCases[] = {
    {"Apply", "apply { manifests: '" CONFIG "' }", ""},
    {"ApplyNothing", "apply {}", ".apply.manifests"},
    {"ApplyNoYaml", "apply { manifests: 'a: [' }", ".apply.manifests"},
    {"ApplyWithoutAName", "apply { manifests: 'apiVersion: v1\\nkind: A' }", ".apply.manifests"},
    {"Delete", "delete { " DEPLOYMENT " }", ""},
    {"DeleteNothing", "delete {}", ".delete.objects"},
    {"DeleteWithoutAName", "delete { objects { kind: 'A' } }", ".delete.objects[0].name"},
    {"DeleteEverything", "delete { selectors { kind: 'Pod' } }",
     ".delete.selectors[0].label_selector"},
    {"DeleteWhatChanges", "delete { objects { kind: 'Pod' name: '${payload.a}' } }",
     ".delete.objects[0].name"},
    {"DeleteWhereChanges",
     "delete { selectors { kind: 'Pod' label_selector: 'a=b' namespace: '${payload.a}' } }",
     ".delete.selectors[0].namespace"},
    {"Metadata", "metadata { " DEPLOYMENT " labels { key: 'a' value: 'b' } }", ""},
    {"MetadataOfNothing", "metadata { labels { key: 'a' value: 'b' } }", ".metadata.objects"},
    {"MetadataWithoutAny", "metadata { " DEPLOYMENT " }", ".metadata"},
    {"WaitFor", "wait_for { " DEPLOYMENT " ready {} }", ""},
    {"WaitForWhat", "wait_for { " DEPLOYMENT " }", ".wait_for"},
    {"WaitForACondition", "wait_for { " DEPLOYMENT " condition {} }", ".wait_for.condition.type"},
    {"WaitForAPath", "wait_for { " DEPLOYMENT " json_path { path: '.a[' } }",
     ".wait_for.json_path.path"},
    {"AssertByExpression",
     "assertion { object { kind: 'A' name: 'a' } expression: 'status.x == payload.y' }", ""},
    {"AssertByExpressionWhere",
     "assertion { object { kind: 'A' name: 'a' } expression: 'stats.x' }", ".assert.expression"},
    {"AssertTwice",
     "assertion { object { kind: 'A' name: 'a' } expression: 'true' json_path: '.a' }", ".assert"},
    {"WhenByExpression",
     "apply { manifests: '" CONFIG
     "' } when { expression: \"decision == 'UPGRADE' && chart.version != installed_version\" }",
     ""},
    {"WhenByWhat", "apply { manifests: '" CONFIG "' } when { expression: 'status.x' }",
     ".when.expression"},
    {"Command", "command { command: 'a' stdout_to_payload: 'a.b-c_1' }", ""},
    {"CommandWithoutAName", "command {}", ".command.command"},
    {"CommandWithABadKey", "command { command: 'a' stdout_to_payload: 'a}' }",
     ".command.stdout_to_payload"},
    {"Probe", "probe { http { url: 'http://a:80/b?c' statuses: 204 } }", ""},
    {"ProbeWhat", "probe {}", ".probe"},
    {"ProbeAFile", "probe { http { url: 'file:///etc/passwd' } }", ".probe.http.url"},
    {"ProbeWithAPassword", "probe { http { url: 'http://a:b@c/' } }", ".probe.http.url"},
    {"ProbeWhatChanges", "probe { http { url: 'http://a/${payload.b}' } }", ".probe.http.url"},
    {"ProbeForNoStatus", "probe { http { url: 'http://a/' statuses: 99 } }",
     ".probe.http.statuses[0]"},
    {"ProbeForABodyThatChanges",
     "probe { http { url: 'http://a/' body_contains: '${payload.b}' } }",
     ".probe.http.body_contains"},
    {"ProbeInARow", "probe { http { url: 'http://a/' } successes: 3 hold { seconds: 5 } }", ""},
    {"ProbeForNoTime", "probe { http { url: 'http://a/' } hold {} }", ".probe.for"},
    {"ProbeTooOften", "probe { http { url: 'http://a/' } successes: 1001 }", ".probe.successes"},
    {"ProbeTcp", "probe { tcp { host: 'fd00::1' port: 5432 } }", ""},
    {"ProbeTcpNoHost", "probe { tcp { host: 'a/b' port: 5432 } }", ".probe.tcp.host"},
    {"ProbeTcpNoPort", "probe { tcp { host: 'a' } }", ".probe.tcp.port"},
    {"ProbeGrpc", "probe { grpc { host: 'a' port: 1 service: 'b.C' } }", ""},
    {"ProbeGrpcHostThatChanges", "probe { grpc { host: '${payload.a}' port: 1 } }",
     ".probe.grpc.host"},
    {"ProbeGrpcServiceThatChanges", "probe { grpc { host: 'a' port: 1 service: '${payload.a}' } }",
     ".probe.grpc.service"},
    {"ProbeService", "probe { service { name: 'web' port: 'http' path: '/a?b' } }", ""},
    {"ProbeServiceNoName", "probe { service { port: '80' } }", ".probe.service.name"},
    {"ProbeServiceNoPort", "probe { service { name: 'web' } }", ".probe.service.port"},
    {"ProbeServiceElsewhere", "probe { service { name: 'web' port: '80' path: '/../a' } }",
     ".probe.service.path"},
    {"ProbeServicePathThatChanges",
     "probe { service { name: 'web' port: '80' path: '/${payload.a}' } }", ".probe.service.path"},
    {"WaitForNoTime", "wait_for { " DEPLOYMENT " ready {} hold {} }", ".wait_for.for"},
    {"AssertForNoTime",
     "assertion { object { kind: 'A' name: 'b' } json_path: '.c' hold { seconds: -1 } }",
     ".assert.for"},
    {"Assert", "assertion { object { kind: 'A' name: 'b' } json_path: '.c' }", ""},
    {"AssertOfNothing", "assertion { object { name: 'b' } json_path: '.c' }",
     ".assert.object.kind"},
    {"AssertAPath", "assertion { object { kind: 'A' name: 'b' } json_path: '.c[' }",
     ".assert.json_path"},
    {"RunJob",
     "run_job { image: 'a:1' args: '${payload.a}' env { key: 'A' value: '${payload.a}' } }", ""},
    {"RunJobNoImage", "run_job { command: 'a' }", ".run_job.image"},
    {"RunJobImageThatChanges", "run_job { image: '${payload.a}' }", ".run_job.image"},
    {"RunJobCommandThatChanges", "run_job { image: 'a' command: '${payload.a}' }",
     ".run_job.command[0]"},
    {"RunJobAsWhatChanges", "run_job { image: 'a' service_account: '${payload.a}' }",
     ".run_job.service_account"},
    {"RunJobNoVariable", "run_job { image: 'a' env { key: 'A=B' value: 'c' } }", ".run_job.env"},
    {"RunJobNoSecret", "run_job { image: 'a' env_from_secrets: '' }",
     ".run_job.env_from_secrets[0]"},
    {"RunJobTooOften", "run_job { image: 'a' backoff_limit: 101 }", ".run_job.backoff_limit"},
    {"RunJobWithABadKey", "run_job { image: 'a' stdout_to_payload: 'a}' }",
     ".run_job.stdout_to_payload"},
    {"RunJobInCheck", "run_job { image: 'a' }", ".", "check_prerequisites"},
    {"HelmTest", "helm_test {}", ""},
    {"HelmTestInValidate", "helm_test { names: 'web-test' }", "", "validate"},
    {"HelmTestNoName", "helm_test { names: 'a,name=b' }", ".helm_test.names[0]"},
    {"HelmTestInPreExec", "helm_test {}", ".", "pre_exec"},
    {"HelmTestInExec", "helm_test {}", ".", "exec"},
    {"HelmTestInCheck", "helm_test {}", ".", "check_prerequisites"},
    {"Notify", "notify { url: 'https://a/b' body: '${payload.a}' }", ""},
    {"NotifyAFile", "notify { url: 'file:///etc/passwd' }", ".notify.url"},
    {"NotifyWhatChanges", "notify { url: 'http://a/${payload.b}' }", ".notify.url"},
    {"NotifyWithAHeader", "notify { url: 'http://a' content_type: 'a\\r\\nb: c' }",
     ".notify.content_type"},
    {"NotifyInCheck", "notify { url: 'http://a' }", ".", "check_prerequisites"},
    {"Patch", "patch { " DEPLOYMENT " merge: '{}' }", ""},
    {"PatchByAPayload", "patch { " DEPLOYMENT " json: '${payload.a}' }", ""},
    {"PatchHow", "patch { " DEPLOYMENT " }", ".patch"},
    {"PatchByNoJson", "patch { " DEPLOYMENT " merge: '{' }", ".patch.merge"},
    {"PatchByAList", "patch { " DEPLOYMENT " strategic: '[]' }", ".patch.strategic"},
    {"PatchByNoList", "patch { " DEPLOYMENT " json: '{}' }", ".patch.json"},
    {"PatchNothing", "patch { merge: '{}' }", ".patch.objects"},
    {"Restart", "restart { " DEPLOYMENT " }", ""},
    {"RestartNothing", "restart {}", ".restart.objects"},
    {"RestartAPod", "restart { objects { kind: 'Pod' name: 'a' } }", ".restart.objects[0].kind"},
    {"RestartPods", "restart { selectors { kind: 'Pod' label_selector: 'a=b' } }",
     ".restart.selectors[0].kind"},
    {"Checksum", "checksum { " DEPLOYMENT " to_payload: 'a' }", ""},
    {"ChecksumCompared", "checksum { " DEPLOYMENT " compare_with: 'a' changed_to_payload: 'b' }",
     ""},
    {"ChecksumForNothing", "checksum { " DEPLOYMENT " }", ".checksum.to_payload"},
    {"ChecksumOfAPath", "checksum { " DEPLOYMENT " to_payload: 'a' json_path: '.a[' }",
     ".checksum.json_path"},
    {"ChecksumComparedForNothing", "checksum { " DEPLOYMENT " to_payload: 'a' compare_with: 'b' }",
     ".checksum.changed_to_payload"},
    {"ChecksumComparedWithNothing",
     "checksum { " DEPLOYMENT " to_payload: 'a' changed_to_payload: 'b' }",
     ".checksum.compare_with"},
    {"ChecksumInCheck", "checksum { " DEPLOYMENT " to_payload: 'a' }", "", "check_prerequisites"},
    {"Backup", "backup { " DEPLOYMENT " }", ""},
    {"BackupNothing", "backup {}", ".backup.objects"},
    {"RestoreOfNoBackup", "restore { backup: 'a' }", ".restore.backup"},
    {"RestoreOfNothing", "restore {}", ".restore.backup"},
    {"DeleteCrashLoopingPods",
     "delete { selectors { kind: 'Pod' label_selector: 'a=b' } crash_looping_only: true }", ""},
    {"DeleteCrashLoopingDeployments", "delete { " DEPLOYMENT " crash_looping_only: true }",
     ".delete.crash_looping_only"},
    {"Adopt", "adopt { " DEPLOYMENT " }", "", "pre_exec"},
    {"AdoptNothing", "adopt {}", ".adopt.objects", "pre_exec"},
    {"AdoptAfterHelm", "adopt { " DEPLOYMENT " }", "."},
    {"NoKind", "name: 'a'", "."},
    {"ReadsInCheck", "probe { http { url: 'http://a/' } }", "", "check_prerequisites"},
    {"ChangesInCheck", "delete { " DEPLOYMENT " }", ".", "check_prerequisites"},
    {"InstalledVersion",
     "when { installed_version: '>=1.2 <2 || 3.x' } wait_for { " DEPLOYMENT " ready {} }", ""},
    {"NoVersionRange", "when { installed_version: 'old' } wait_for { " DEPLOYMENT " ready {} }",
     ".when.installed_version"},
    {"PayloadKey", "when { payload { key: 'a b' } } wait_for { " DEPLOYMENT " ready {} }",
     ".when.payload.key"},
    {"NoAction", "when { actions: STEP_ACTION_UNSPECIFIED } wait_for { " DEPLOYMENT " ready {} }",
     ".when.actions[0]"},
    {"Hook", "hook { name: 'drain/queue-1.0' heartbeat { seconds: 1 } }", ""},
    {"HookWithoutAName", "hook {}", ".hook.name"},
    {"HookNamedInWords", "hook { name: 'drain it' }", ".hook.name"},
    {"HookThatBeatsTooOften", "hook { name: 'a' heartbeat { nanos: 999 } }", ".hook.heartbeat"},
    {"HookThatWaitsForNothing", "hook { name: 'a' queue_timeout {} }", ".hook.queue_timeout"},
    {"HookThatReadsBefore", "hook { name: 'a' effect: HOOK_EFFECT_READ_ONLY }", "",
     "check_prerequisites"},
    {"HookThatWritesBefore", "hook { name: 'a' effect: HOOK_EFFECT_REPEATABLE }", "", "pre_exec"},
    {"HookThatMayWriteTooEarly", "hook { name: 'a' }", ".", "check_prerequisites"},
    {"HookWithValues", "hook { name: 'a' values: 'image.tag' secret_values: 'a.b[0]' }", ""},
    {"HookWithAValueNowhere", "hook { name: 'a' values: 'image' values: 'a[' }", ".hook.values[1]"},
    {"HookWithASecretNowhere", "hook { name: 'a' secret_values: '' }", ".hook.secret_values[0]"},
    {"HookThatAsksForValuesInCheck",
     "hook { name: 'a' effect: HOOK_EFFECT_READ_ONLY values: 'image' }", "", "check_prerequisites"},
    {"HookInsteadOfHelm", "hook { name: 'a' replaces: 'helm' }", "", "exec"},
    {"HookInsteadOfHelmElsewhere", "hook { name: 'a' replaces: 'helm' }", ".hook.replaces"},
    {"HookInsteadOfAnother", "hook { name: 'a' replaces: 'recreate' }", ".hook.replaces", "exec"},
    {"HookThatReplacesSometimes",
     "hook { name: 'a' replaces: 'helm' } when { payload { key: 'k' equals: 'v' } }",
     ".hook.replaces", "exec"},
    {"TooManyTries", "retry { count: 101 } wait_for { " DEPLOYMENT " ready {} }", ".retry.count"},
    {"TheNameOfADefaultStep", "name: 'helm' wait_for { " DEPLOYMENT " ready {} }", ".name", "exec"},
    {"TheNameOfADefaultStepOfAnotherStage", "name: 'helm' wait_for { " DEPLOYMENT " ready {} }",
     ""},
};

class StepKindsTest : public testing::TestWithParam<Case> {};

TEST_P(StepKindsTest, NamesTheWrongField) {
  const Case& test = GetParam();
  const absl::Status status = CheckPlan(PlanWith(test.step, test.stage));
  std::string path = std::string("plan.charts[0].stages.") + test.stage + ".after[0]" + test.field;
  if (*test.field == '\0') {
    EXPECT_TRUE(status.ok()) << status;
    return;
  }
  if (path.back() == '.') path.pop_back();  // the step itself
  ASSERT_TRUE(HasReason(status, Reason::kPlanInvalid));
  const auto wrong = ViolationsOf(status);
  ASSERT_EQ(wrong.size(), 1u) << status;
  EXPECT_EQ(wrong[0].field, path);
  EXPECT_FALSE(wrong[0].description.empty());
}

INSTANTIATE_TEST_SUITE_P(Table, StepKindsTest, testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(StepNames, AreUniqueInTheirStage) {
  v1::Plan plan = PlanWith("name: 'waitFor-1' wait_for { " DEPLOYMENT " ready {} }");
  v1::Step* step = plan.mutable_charts(0)->mutable_stages()->mutable_post_exec()->add_before();
  *step = plan.charts(0).stages().post_exec().after(0);
  step->clear_name();
  const auto wrong = ViolationsOf(CheckPlan(plan));
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_EQ(wrong[0].field, "plan.charts[0].stages.post_exec.after[0].name");
}

TEST(RestoreSteps, NameABackupStepOfAnyStage) {
  v1::Plan plan = PlanWith("restore { backup: 'backup-1' }", "on_deploy_failure");
  EXPECT_FALSE(CheckPlan(plan).ok());
  v1::Step* step = plan.mutable_charts(0)->mutable_stages()->mutable_pre_exec()->add_before();
  step->mutable_backup()->add_objects()->set_kind("ConfigMap");
  step->mutable_backup()->mutable_objects(0)->set_name("a");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
}

TEST(HookSteps, AreGivenAtMostFiftyValues) {
  v1::Plan plan = PlanWith("hook { name: 'a' }");
  v1::HookStep* hook = plan.mutable_charts(0)
                           ->mutable_stages()
                           ->mutable_post_exec()
                           ->mutable_after(0)
                           ->mutable_hook();
  for (int i = 0; i < 25; ++i) hook->add_values("a"), hook->add_secret_values("b");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  hook->add_values("a");
  EXPECT_EQ(ViolationsOf(CheckPlan(plan)).at(0).field,
            "plan.charts[0].stages.post_exec.after[0].hook.values");
}

TEST(HookSteps, KnowNoValuesBeforeTheyAreRead) {
  v1::Plan plan = PlanWith("name: 'x' wait_for { " DEPLOYMENT " ready {} }");
  v1::HookStep* hook = plan.mutable_charts(0)
                           ->mutable_stages()
                           ->mutable_check_prerequisites()
                           ->add_before()
                           ->mutable_hook();
  hook->set_name("a");
  hook->set_effect(v1::HOOK_EFFECT_READ_ONLY);
  hook->add_secret_values("a");
  EXPECT_EQ(ViolationsOf(CheckPlan(plan)).at(0).field,
            "plan.charts[0].stages.check_prerequisites.before[0].hook.secret_values");
}

TEST(StepNamespaces, ANamespaceThatAStepChangesIsOneOfTheRuns) {
  for (const char* step :
       {"delete { objects { kind: 'Namespace' name: 'other' } }",
        "metadata { objects { kind: 'ConfigMap' name: 'a' namespace: 'other' } remove_labels: 'a' "
        "}",
        "probe { service { name: 'web' port: '80' namespace: 'other' } }",
        "patch { objects { kind: 'A' name: 'a' namespace: 'other' } merge: '{}' }",
        "restart { objects { kind: 'Deployment' name: 'a' namespace: 'other' } }",
        "backup { objects { kind: 'A' name: 'a' namespace: 'other' } }",
        "checksum { objects { kind: 'A' name: 'a' namespace: 'other' } to_payload: 'a' }",
        "apply { manifests: 'apiVersion: v1\\nkind: Namespace\\nmetadata: {name: other}' }"}) {
    EXPECT_EQ(NamespacesOf(PlanWith(step).charts(0)), (std::set<std::string>{"other", "shop"}))
        << step;
  }
}

TEST(StepContents, ReadersSeeNoQueryOfAUrl) {
  const v1::Plan plan = WithoutContents(
      WithDefaults(PlanWith("probe { http { url: 'http://a/b?token=SECRET#SECRET' } }")));
  EXPECT_EQ(plan.charts(0).stages().post_exec().after(0).probe().http().url(), "http://a/b");
}

TEST(StepContents, ReadersSeeNoInputOfAHook) {
  const v1::Plan plan = WithoutContents(WithDefaults(PlanWith(
      "hook { name: 'a' input { fields { key: 'k' value { string_value: 'SECRET' } } } }")));
  const v1::HookStep& hook = plan.charts(0).stages().post_exec().after(0).hook();
  EXPECT_TRUE(hook.input().fields().empty());
  EXPECT_EQ(hook.effect(), v1::HOOK_EFFECT_ONCE);
  EXPECT_EQ(hook.heartbeat().seconds(), 30);
}

TEST(HookSteps, HelmIsReplacedOnlyForTheActionsOfTheStep) {
  v1::ChartInfo chart = PlanWith("hook { name: 'a' replaces: 'helm' }", "exec").charts(0);
  EXPECT_TRUE(HookReplacesHelm(chart));
  chart.set_action(v1::ACTION_DESTROY);
  EXPECT_FALSE(HookReplacesHelm(chart));
  chart.mutable_stages()->mutable_exec()->mutable_after(0)->mutable_when()->add_actions(
      v1::STEP_ACTION_DESTROY);
  EXPECT_TRUE(HookReplacesHelm(chart));
}

}  // namespace
}  // namespace wheelhouse::plan
