#include "server/plan/plan_check.h"

#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/plan/contents.h"
#include "server/plan/defaults.h"

namespace wheelhouse::plan {
namespace {

v1::ChartInfo* AddChart(v1::Plan* plan, const std::string& name) {
  v1::ChartInfo* chart = plan->add_charts();
  chart->set_name(name);
  chart->set_namespace_("shop");
  chart->mutable_chart()->set_archive_digest("sha256:" + std::string(64, 'a'));
  return chart;
}

bool Refuses(const v1::Plan& plan, const std::string& field) {
  const absl::Status status = CheckPlan(plan);
  if (!HasReason(status, Reason::kPlanInvalid)) return false;
  for (const FieldViolation& wrong : ViolationsOf(status)) {
    if (wrong.field == field) return true;
  }
  return false;
}

TEST(PlanCheck, AcceptsAPlainPlan) {
  v1::Plan plan;
  AddChart(&plan, "db");
  AddChart(&plan, "web")->add_depends_on("shop/db");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
}

TEST(PlanCheck, ReportsEveryViolation) {
  v1::Plan plan;
  v1::ChartInfo* chart = AddChart(&plan, "Db");
  chart->mutable_timeout()->set_seconds(0);
  chart->set_max_history(0);
  chart->set_logs(static_cast<v1::PodLogs>(7));
  chart->mutable_early_failure()->mutable_quota()->set_seconds(0);
  chart->mutable_early_failure()->mutable_unschedulable()->set_seconds(-1);
  chart->mutable_chart()->set_archive_digest("sha256:12");
  chart->mutable_stages()->mutable_exec()->mutable_timeout()->set_seconds(5);
  for (const char* field :
       {"name", "timeout", "max_history", "logs", "early_failure.quota",
        "early_failure.unschedulable", "chart.archive_digest", "stages.exec.timeout"}) {
    EXPECT_TRUE(Refuses(plan, std::string("plan.charts[0].") + field)) << field;
  }
  EXPECT_TRUE(Refuses(v1::Plan(), "plan.charts"));
}

TEST(PlanCheck, PruningNeedsAPlanThatReleasesCanBelongTo) {
  v1::Plan plan;
  AddChart(&plan, "web");
  plan.set_prune(true);
  EXPECT_TRUE(Refuses(plan, "plan.prune"));
  plan.set_name("platform");
  plan.add_unselected("shop/db");
  plan.add_unselected("data/*");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  for (const char* name : {"db", "shop/", "shop/Db", "*/db", "shop/web", "a/b/c"}) {
    plan.set_unselected(0, name);
    EXPECT_TRUE(Refuses(plan, "plan.unselected[0]")) << name;
  }
  plan.mutable_charts(0)->set_pruned_record("uid");
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].pruned_record"));
}

TEST(PlanCheck, AReleasesNameIsOneForHelm) {
  for (const char* name : {"a", "shop.v2", "a.b-c.d"}) {
    v1::Plan plan;
    AddChart(&plan, name);
    EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  }
  for (const std::string& name :
       {std::string("a..b"), std::string(".a"), std::string("a."), std::string("a_b"),
        std::string("a.-b"), std::string(50, 'a') + ".aaa"}) {
    v1::Plan plan;
    AddChart(&plan, name);
    EXPECT_TRUE(Refuses(plan, "plan.charts[0].name")) << name;
  }
}

TEST(PlanCheck, PathsOfSecretsAreThoseOfSetAndStandOnce) {
  v1::Plan plan;
  v1::ChartInfo* chart = AddChart(&plan, "db");
  chart->add_secret_values("a.b[0].c");
  chart->add_plain_values("a.b\\.c");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  chart->add_secret_values("a..b");
  chart->add_plain_values("a.b[0].c");
  chart->add_plain_values("");
  for (const char* field : {"secret_values[1]", "plain_values[1]", "plain_values[2]"})
    EXPECT_TRUE(Refuses(plan, std::string("plan.charts[0].") + field)) << field;
}

TEST(PlanCheck, RefusesUserAndPasswordInTheAddressOfAChart) {
  v1::Plan plan;
  v1::RepositoryChart* repository = AddChart(&plan, "a")->mutable_chart()->mutable_repository();
  repository->set_name("web");
  AddChart(&plan, "b")
      ->mutable_chart()
      ->mutable_oci()
      ->set_reference("oci://user@registry.example/web");
  EXPECT_TRUE(Refuses(plan, "plan.charts[1].chart.oci.reference"));
  for (const char* url : {"https://user:hunter2@charts.example/stable",
                          "http://user@charts.example", "https://:hunter2@charts.example?a=b"}) {
    repository->set_url(url);
    EXPECT_TRUE(Refuses(plan, "plan.charts[0].chart.repository.url")) << url;
    EXPECT_EQ(std::string(CheckPlan(plan).message()).find("hunter2"), std::string::npos);
  }
  repository->set_url("https://charts.example/~a@b/stable");
  EXPECT_FALSE(Refuses(plan, "plan.charts[0].chart.repository.url"));
}

TEST(PlanCheck, RefusesAChartNameThatHelmWouldTakeForSomethingElse) {
  v1::Plan plan;
  v1::RepositoryChart* repository = AddChart(&plan, "a")->mutable_chart()->mutable_repository();
  repository->set_url("https://charts.example");
  for (const char* name : {"", "--untar", "-d", "https://other.example/web.tgz", "../web", "a b"}) {
    repository->set_name(name);
    EXPECT_TRUE(Refuses(plan, "plan.charts[0].chart.repository.name")) << name;
  }
  repository->set_name("kube-prometheus_stack.2");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
}

TEST(PlanCheck, RefusesCyclesAndUnknownNames) {
  v1::Plan plan;
  AddChart(&plan, "a")->add_depends_on("b");
  AddChart(&plan, "b")->add_depends_on("a");
  AddChart(&plan, "c")->add_depends_on("nobody");
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].depends_on"));
  EXPECT_TRUE(Refuses(plan, "plan.charts[2].depends_on[0]"));
}

TEST(PlanCheck, OtherReleasesAreOutsideThePlan) {
  v1::Plan plan;
  v1::ChartInfo* chart = AddChart(&plan, "a");
  AddChart(&plan, "b");
  chart->add_wait_for_releases("other/b");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  for (const char* name : {"shop/b", "b", "other/", "/b", "Other/b", "other/b/c"}) {
    chart->set_wait_for_releases(0, name);
    EXPECT_TRUE(Refuses(plan, "plan.charts[0].wait_for_releases[0]")) << name;
  }
  chart->set_wait_for_releases(0, "other/b");
  chart->set_action(v1::ACTION_DESTROY);
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].wait_for_releases"));
}

TEST(PlanCheck, ARevisionBelongsToARollbackAlone) {
  v1::Plan plan;
  v1::ChartInfo* chart = AddChart(&plan, "a");
  chart->set_rollback_revision(3);
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].rollback_revision"));
  chart->clear_chart();
  chart->set_action(v1::ACTION_ROLLBACK);
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  chart->set_rollback_revision(-1);
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].rollback_revision"));
  chart->set_action(static_cast<v1::Action>(v1::ACTION_UNLOCK + 1));
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].action"));
}

TEST(PlanCheck, ARollbackMayStandBetweenDeploysButNotBeforeADestroy) {
  v1::Plan plan;
  AddChart(&plan, "a")->set_action(v1::ACTION_ROLLBACK);
  v1::ChartInfo* chart = AddChart(&plan, "b");
  chart->add_depends_on("a");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  chart->set_action(v1::ACTION_DESTROY);
  EXPECT_TRUE(Refuses(plan, "plan.charts[1].depends_on[0]"));
}

TEST(PlanCheck, RefusesDestroyUnderDeploy) {
  v1::Plan plan;
  AddChart(&plan, "a")->set_action(v1::ACTION_DESTROY);
  AddChart(&plan, "b")->add_depends_on("a");
  EXPECT_TRUE(Refuses(plan, "plan.charts[1].depends_on[0]"));
}

TEST(PlanCheck, AVersionThatBreaksIsAVersionAndABackupNamesKinds) {
  v1::Plan plan;
  v1::ChartInfo* chart = AddChart(&plan, "a");
  chart->set_last_breaking_version_requiring_restart("2.0.0-rc.1");
  chart->add_backup_resources()->set_kind("Secret");
  chart->mutable_backup_resources(0)->set_namespace_("other");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  EXPECT_TRUE(NamespacesOf(*chart).contains("other"));
  chart->set_last_breaking_version_requiring_restart("two");
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].last_breaking_version_requiring_restart"));
  chart->mutable_backup_resources(0)->set_kind("");
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].backup_resources[0].kind"));
}

TEST(PlanCheck, CrdsToDeleteAreNamedByTheChartByFilesOrByAStep) {
  v1::Plan plan;
  v1::ChartInfo* chart = AddChart(&plan, "a");
  chart->set_action(v1::ACTION_DESTROY);
  chart->set_delete_crds(true);
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  chart->clear_chart();
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].delete_crds"));
  v1::Step* step = chart->mutable_stages()->mutable_post_exec()->add_after();
  step->mutable_crds()->mutable_delete_()->add_names("sails.sandbox.wheelhouse");
  EXPECT_TRUE(Refuses(plan, "plan.charts[0].delete_crds")) << "the step is for DEPLOY";
  step->mutable_when()->add_actions(v1::STEP_ACTION_DESTROY);
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
  chart->clear_stages();
  chart->add_crd_files()->set_content(
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: "
      "a.b}\n");
  EXPECT_TRUE(CheckPlan(plan).ok()) << CheckPlan(plan);
}

TEST(PlanCheck, FillsDefaults) {
  v1::Plan plan;
  AddChart(&plan, "a")->mutable_timeout()->set_seconds(7);
  const v1::ChartInfo chart = WithDefaults(plan).charts(0);
  EXPECT_EQ(chart.action(), v1::ACTION_DEPLOY);
  EXPECT_EQ(chart.on_failure(), v1::ON_FAILURE_ROLLBACK_OR_UNINSTALL);
  EXPECT_EQ(chart.failure_timeout().seconds(), 7);
  EXPECT_EQ(chart.max_history(), 50);
  EXPECT_EQ(chart.logs(), v1::POD_LOGS_FAILING);
  EXPECT_EQ(chart.early_failure().refused().seconds(), 60);
  EXPECT_EQ(chart.early_failure().unschedulable().seconds(), 480);
  EXPECT_EQ(chart.stages().check_prerequisites().timeout().seconds(), 60);
  EXPECT_FALSE(chart.stages().exec().has_timeout());
}

TEST(PlanCheck, ClearsContents) {
  v1::Plan plan;
  v1::ChartInfo* chart = AddChart(&plan, "a");
  chart->add_values_files()->set_content("SECRET");
  chart->add_yaml_files_content()->set_content("SECRET");
  chart->add_values()->set_value("SECRET");
  chart->add_values_string()->set_value("SECRET");
  v1::StagePlan* stage = chart->mutable_stages()->mutable_pre_exec();
  stage->add_before()->mutable_apply()->set_manifests("SECRET");
  stage->add_after()->mutable_command()->add_args("SECRET");
  EXPECT_EQ(WithoutContents(plan).SerializeAsString().find("SECRET"), std::string::npos);
  EXPECT_EQ(ArchivesOf(plan).size(), 1U);
}

}  // namespace
}  // namespace wheelhouse::plan
