#include "client/cli/output/drift_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace wheelhouse::cli {
namespace {

using testing::HasSubstr;

class DriftReportTest : public testing::Test {
 protected:
  v1::ReleaseDrift* Add(const std::string& name, v1::DriftState state) {
    v1::ReleaseDrift* release = drift_.add_releases();
    release->set_namespace_("demo");
    release->set_name(name);
    release->set_revision(3);
    release->set_state(state);
    return release;
  }
  static v1::DriftedObject* AddObject(v1::ReleaseDrift* release, const std::string& name,
                                      v1::DriftKind kind, const std::string& detail = "") {
    v1::DriftedObject* object = release->add_objects();
    object->set_object(name);
    object->set_kind(kind);
    object->set_detail(detail);
    return object;
  }
  std::string Printed() const {
    std::ostringstream out;
    PrintDrift(drift_, false, out);
    return out.str();
  }

  v1::CheckDriftResponse drift_;
};

TEST_F(DriftReportTest, EachObjectThatDiffersSaysHowAndByWhom) {
  v1::ReleaseDrift* web = Add("web", v1::DRIFT_STATE_DRIFTED);
  v1::FieldChange* field =
      AddObject(web, "Deployment demo/web", v1::DRIFT_KIND_CHANGED)->add_fields();
  field->set_path(".spec.replicas");
  field->set_before("1");
  field->set_after("5");
  field->set_manager("kubectl-edit");
  AddObject(web, "ConfigMap demo/web", v1::DRIFT_KIND_MISSING);
  AddObject(web, "Service demo/web", v1::DRIFT_KIND_NOT_OWNED, "belongs to the release demo/old");
  AddObject(web, "Widget demo/web", v1::DRIFT_KIND_UNKNOWN, "may not be read");
  Add("api", v1::DRIFT_STATE_IN_SYNC);
  EXPECT_EQ(Printed(),
            "RELEASE   REVISION  STATE    OBJECTS\n"
            "demo/web  3         DRIFTED  1 changed, 1 missing, 1 not its own, 1 not known\n"
            "demo/api  3         IN_SYNC\n"
            "\n"
            "demo/web\n"
            "  ~ Deployment demo/web\n"
            "      kubectl-edit: .spec.replicas  1 -> 5\n"
            "  - ConfigMap demo/web  (is missing)\n"
            "  ! Service demo/web  (belongs to the release demo/old)\n"
            "  ? Widget demo/web  (may not be read)\n"
            "\n"
            "1 DRIFTED, 1 IN_SYNC\n");
  EXPECT_TRUE(HasDrifted(drift_));
  std::ostringstream markdown;
  PrintDriftAsMarkdown(drift_, markdown);
  EXPECT_THAT(markdown.str(), HasSubstr("| demo/api | 3 | IN_SYNC |  |\n"));
  EXPECT_THAT(markdown.str(), HasSubstr("```diff\n! Deployment demo/web\n"));
}

TEST_F(DriftReportTest, WhatIsUnknownIsNoDriftButWhatIsAbsentIs) {
  v1::ReleaseDrift* one = Add("web", v1::DRIFT_STATE_UNKNOWN);
  one->set_detail("may not be listed");
  EXPECT_THAT(Printed(), HasSubstr("demo/web  3         UNKNOWN  may not be listed\n"));
  EXPECT_FALSE(HasDrifted(drift_));
  one->set_state(v1::DRIFT_STATE_ABSENT);
  EXPECT_TRUE(HasDrifted(drift_));
}

TEST_F(DriftReportTest, NothingInstalledIsSaid) {
  EXPECT_EQ(Printed(), "no release is installed\n");
}

}  // namespace
}  // namespace wheelhouse::cli
