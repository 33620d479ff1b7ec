#include "client/cli/output/preview_report.h"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/unit/client/cli/run_fixture.h"

namespace wheelhouse::cli {
namespace {

class PreviewReportTest : public RunFixture {
 protected:
  PreviewReportTest() {
    run.set_id("01a");
    run.set_cluster("prod");
    run.set_caller("ci");
    run.set_preview(true);
  }
  static v1::StageRun* AddStage(v1::ChartRun* chart, v1::Stage stage,
                                v1::SkipReason why = v1::SKIP_REASON_DRY_RUN) {
    v1::StageRun* added = chart->add_stages();
    added->set_stage(stage);
    added->set_state(v1::STATE_SKIPPED);
    added->set_skip_reason(why);
    return added;
  }
  static void AddStep(v1::StageRun* stage, const std::string& name, const std::string& kind,
                      const std::string& outcome,
                      v1::SkipReason skipped = v1::SKIP_REASON_UNSPECIFIED) {
    v1::StepRun* step = stage->add_steps();
    step->set_name(name);
    step->set_kind(kind);
    step->set_outcome(outcome);
    step->set_state(skipped == v1::SKIP_REASON_UNSPECIFIED ? v1::STATE_PENDING : v1::STATE_SKIPPED);
    step->set_skip_reason(skipped);
  }
  std::string Printed() {
    std::ostringstream out;
    PrintPreview(run, false, out);
    return out.str();
  }
};

TEST_F(PreviewReportTest, TellsWhatWouldBeDoneAndWhyAndByWhichSteps) {
  v1::ChartRun* web = AddChart("web", v1::STATE_SUCCEEDED);
  web->set_decision(v1::DECISION_INSTALL);
  web->set_decision_reason("there is no release");
  web->set_chart_version("1.2.3");
  v1::StageRun* stage = AddStage(web, v1::STAGE_PRE_EXEC);
  AddStep(stage, "unlock", "unlock", "the release is not locked", v1::SKIP_REASON_NOT_NEEDED);
  AddStep(stage, "namespace", "namespace", "creates demo");
  AddStep(stage, "take it over", "adopt", "");
  AddStep(AddStage(web, v1::STAGE_EXEC), "helm", "helm", "applies 3 objects");
  AddStage(web, v1::STAGE_ON_DEPLOY_FAILURE, v1::SKIP_REASON_NOT_NEEDED);
  v1::StageRun* validate = AddStage(web, v1::STAGE_VALIDATE);
  AddStep(validate, "record", "record", "");
  AddStep(validate, "workloads", "workloads", "");
  AddStep(validate, "ask", "probe", "payload mode is not full", v1::SKIP_REASON_CONDITION);
  v1::Loss* loss = web->add_losses();
  loss->set_object("PersistentVolumeClaim demo/data");
  loss->set_detail("1Gi");
  EXPECT_EQ(Printed(),
            "run 01a on prod by ci: preview of demo/web\n"
            "\n"
            "CHART     DECISION  WHY\n"
            "demo/web  INSTALL   there is no release\n"
            "\n"
            "demo/web  version 1.2.3\n"
            "  pre_exec    namespace  creates demo\n"
            "              take it over (adopt)\n"
            "  exec        helm       applies 3 objects\n"
            "  validate    record, workloads\n"
            "  would skip  validate/ask (payload mode is not full)\n"
            "  would lose  PersistentVolumeClaim demo/data: 1Gi\n"
            "\n"
            "1 INSTALL; nothing was changed\n");
}

TEST_F(PreviewReportTest, CrdsSayWhatTheyMeanForTheirObjects) {
  v1::ChartRun* web = AddChart("web", v1::STATE_SUCCEEDED);
  web->set_decision(v1::DECISION_UPGRADE);
  v1::CrdChange* made = web->add_crd_changes();
  made->set_action(v1::OBJECT_ACTION_CREATE);
  made->set_name("rudders.example.com");
  v1::CrdChange* changed = web->add_crd_changes();
  changed->set_action(v1::OBJECT_ACTION_CHANGE);
  changed->set_name("keels.example.com");
  changed->set_live_objects(2);
  changed->add_added_versions("v2");
  changed->add_dropped_versions("v1alpha1");
  changed->add_dropped_stored_versions("v1beta1");
  EXPECT_THAT(Printed(),
              testing::HasSubstr("  + CustomResourceDefinition rudders.example.com\n"
                                 "  ~ CustomResourceDefinition keels.example.com  "
                                 "(2 custom resources)\n"
                                 "      newly serves v2\n"
                                 "      no longer serves v1alpha1\n"
                                 "      drops v1beta1, in which objects may be stored: the API "
                                 "server refuses that\n"));
}

TEST_F(PreviewReportTest, WhatThePlanNoLongerHasIsToldWithWhyItStays) {
  AddChart("web", v1::STATE_SUCCEEDED)->set_decision(v1::DECISION_UNCHANGED);
  const auto leave = [this](const std::string& name, const std::string& why) {
    v1::LeftBehind* left = run.add_left_behind();
    left->set_namespace_("demo");
    left->set_name(name);
    left->set_kept_because(why);
  };
  leave("old", "");
  leave("database", "is protected");
  run.set_left_behind_note("releases could be looked for in 1 namespaces only");
  EXPECT_THAT(Printed(),
              testing::HasSubstr("\nno longer in the plan\n"
                                 "  demo/old       would be destroyed with --prune\n"
                                 "  demo/database  is kept: is protected\n"
                                 "  note: releases could be looked for in 1 namespaces only\n"));
  std::ostringstream markdown;
  PrintPreviewAsMarkdown(run, markdown);
  EXPECT_THAT(markdown.str(), testing::HasSubstr("- demo/database  is kept: is protected\n"));
}

TEST_F(PreviewReportTest, AnUnchangedChartHasLinesForTheCallersOwnStepsAlone) {
  v1::ChartRun* same = AddChart("same", v1::STATE_SUCCEEDED);
  same->set_decision(v1::DECISION_UNCHANGED);
  v1::StageRun* validate = AddStage(same, v1::STAGE_VALIDATE);
  AddStep(validate, "record", "record", "");
  AddStep(validate, "ask", "probe", "");
  EXPECT_THAT(Printed(), testing::HasSubstr("\ndemo/same\n  validate    ask (probe)\n\n"));
}

TEST_F(PreviewReportTest, ARefusedChartSaysWhereAndWhatItWouldLose) {
  v1::ChartRun* web = AddChart("web", v1::STATE_FAILED);
  web->set_decision(v1::DECISION_DESTROY);
  web->mutable_failure()->set_reason("VOLUME_LOSS");
  web->mutable_failure()->set_stage(v1::STAGE_CHECK_PREREQUISITES);
  web->mutable_failure()->set_step("guards");
  web->add_losses()->set_object("PersistentVolumeClaim demo/data");
  web->mutable_losses(0)->set_refused_as("VOLUME_LOSS");
  v1::ChartRun* same = AddChart("same", v1::STATE_SUCCEEDED);
  same->set_decision(v1::DECISION_UNCHANGED);
  AddStage(same, v1::STAGE_EXEC, v1::SKIP_REASON_UNCHANGED);
  AddStep(AddStage(same, v1::STAGE_VALIDATE), "record", "record", "");
  v1::ChartRun* old = AddChart("old", v1::STATE_SUCCEEDED);
  old->set_decision(v1::DECISION_ABSENT);
  AddStage(old, v1::STAGE_EXEC, v1::SKIP_REASON_ABSENT);
  EXPECT_EQ(Printed(),
            "run 01a on prod by ci: preview of 3 charts\n"
            "\n"
            "CHART      DECISION   WHY\n"
            "demo/web   REFUSED    VOLUME_LOSS in check_prerequisites/guards\n"
            "demo/same  UNCHANGED\n"
            "demo/old   ABSENT\n"
            "\n"
            "demo/web\n"
            "  would lose  PersistentVolumeClaim demo/data (refused: VOLUME_LOSS)\n"
            "\n"
            "1 ABSENT, 1 REFUSED, 1 UNCHANGED; nothing was changed\n");
}

v1::FieldChange* AddField(v1::ObjectChange* change, const std::string& path,
                          const std::string& before, const std::string& after) {
  v1::FieldChange* field = change->add_fields();
  field->set_path(path);
  field->set_before(before);
  field->set_after(after);
  return field;
}

v1::ObjectChange* AddChange(v1::ChartRun* chart, v1::ObjectAction action,
                            const std::string& object) {
  v1::ObjectChange* change = chart->add_changes();
  change->set_action(action);
  change->set_object(object);
  return change;
}

// Changes of each kind.
void AddChanges(v1::ChartRun* web) {
  web->set_decision(v1::DECISION_UPGRADE);
  web->set_decision_reason("other inputs");
  v1::ObjectChange* deployment = AddChange(web, v1::OBJECT_ACTION_CHANGE, "Deployment demo/web");
  AddField(deployment, ".spec.replicas", "1", "2");
  AddField(deployment, ".spec.paused", "", "true");
  AddField(deployment, ".metadata.labels[\"helm.sh/chart\"]", "\"web-1\"", "\"web-2\"")
      ->set_noise(true);
  v1::FieldChange* drift = deployment->add_drift();
  drift->set_path(".spec.minReadySeconds");
  drift->set_before("0");
  drift->set_after("5");
  drift->set_manager("kubectl-edit");
  v1::ObjectChange* config = AddChange(web, v1::OBJECT_ACTION_CHANGE, "ConfigMap demo/web");
  AddField(config, ".data.conf", R"("a\nb\nc\n")", R"("a\nx\nc\n")");
  v1::ObjectChange* secret = AddChange(web, v1::OBJECT_ACTION_CHANGE, "Secret demo/web");
  AddField(secret, ".data.password", "***", "***")->set_secret(true);
  AddChange(web, v1::OBJECT_ACTION_CREATE, "Service demo/web")
      ->set_note("is missing in the cluster");
  AddChange(web, v1::OBJECT_ACTION_DELETE, "Service demo/old");
  AddChange(web, v1::OBJECT_ACTION_RUN_HOOK, "Job demo/migrate")->set_note("pre-upgrade");
  web->set_changes_left_out(3);
}

TEST_F(PreviewReportTest, ShowsWhatChangesInEachObject) {
  AddChanges(AddChart("web", v1::STATE_SUCCEEDED));
  EXPECT_EQ(Printed(),
            "run 01a on prod by ci: preview of demo/web\n"
            "\n"
            "CHART     DECISION  WHY\n"
            "demo/web  UPGRADE   other inputs\n"
            "\n"
            "demo/web  1 to create, 3 to change, 1 to delete, 1 to run as hooks, 1 changed in the "
            "cluster since\n"
            "  ~ Deployment demo/web\n"
            "      .spec.replicas  1 -> 2\n"
            "      .spec.paused  (not set) -> true\n"
            "      also .metadata.labels[\"helm.sh/chart\"]\n"
            "      changed in the cluster by kubectl-edit: .spec.minReadySeconds  0 -> 5\n"
            "  ~ ConfigMap demo/web\n"
            "      .data.conf\n"
            "        - b\n"
            "        + x\n"
            "  ~ Secret demo/web\n"
            "      .data.password  changes (secret)\n"
            "  + Service demo/web  (is missing in the cluster)\n"
            "  - Service demo/old\n"
            "  > Job demo/migrate  (pre-upgrade)\n"
            "    and 3 more objects\n"
            "\n"
            "1 UPGRADE; nothing was changed\n");
}

TEST_F(PreviewReportTest, IsAFoldedDiffInMarkdown) {
  v1::ChartRun* web = AddChart("web", v1::STATE_SUCCEEDED);
  web->set_decision(v1::DECISION_UPGRADE);
  web->set_decision_reason("a|b <c>");
  v1::ObjectChange* config = AddChange(web, v1::OBJECT_ACTION_CHANGE, "ConfigMap demo/web");
  AddField(config, ".data.conf", R"("a\n```\nc\n")", R"("a\nx\nc\n")");
  std::ostringstream out;
  PrintPreviewAsMarkdown(run, out);
  EXPECT_EQ(out.str(),
            "### Preview on prod: 1 UPGRADE\n"
            "\n"
            "| chart | decision | why |\n|---|---|---|\n"
            "| demo/web | UPGRADE | a\\|b &lt;c> |\n"
            "\n"
            "<details><summary>demo/web: 1 to change</summary>\n"
            "\n"
            "````diff\n"
            "! ConfigMap demo/web\n"
            "    .data.conf\n"
            "-       ```\n"
            "+       x\n"
            "````\n"
            "\n"
            "</details>\n");
}

TEST_F(PreviewReportTest, ColoursLinesByTheirSigns) {
  AddChange(AddChart("web", v1::STATE_SUCCEEDED), v1::OBJECT_ACTION_CREATE, "Service demo/web");
  std::ostringstream out;
  PrintPreview(run, true, out);
  EXPECT_THAT(out.str(), testing::HasSubstr("  \x1b[32m+ Service demo/web\x1b[0m\n"));
}

}  // namespace
}  // namespace wheelhouse::cli
