// Adoption that is interrupted, disputed, or undone.
#include "server/lifecycle/objects/adoption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/lifecycle/steps/callers/step_registry.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class AdoptionTest : public testing::Test {
 protected:
  // Two ConfigMaps made by hand, a and b, which the chart renders, and a Pod that it renders too.
  AdoptionTest() {
    for (const char* name : {"a", "b"}) around_.kube.Put(Config(name), Data("by hand"));
    around_.info.set_on_failure(v1::ON_FAILURE_ROLLBACK_OR_UNINSTALL);
    for (const char* name : {"a", "b"}) {
      auto* ref = step_.mutable_adopt()->add_objects();
      ref->set_kind("ConfigMap");
      ref->set_name(name);
    }
    *around_.info.mutable_stages()->mutable_pre_exec()->add_before() = step_;
    around_.known().found.forecast = {
        {"v1", "ConfigMap", "", "a"}, {"v1", "ConfigMap", "", "b"}, {"v1", "Pod", "", "new"}};
    around_.known().decided.decision = v1::DECISION_INSTALL;
  }
  static kube::ObjectId Config(const std::string& name) { return IdOf("ConfigMap", "shop", name); }
  static kube::Json Data(const std::string& color) { return {{"data", {{"color", color}}}}; }
  static kube::Json Marked(const std::string& release, const std::string& ns) {
    return {{"metadata",
             {{"labels", {{"app.kubernetes.io/managed-by", "Helm"}}},
              {"annotations",
               {{"meta.helm.sh/release-name", release}, {"meta.helm.sh/release-namespace", ns}}}}}};
  }

  absl::Status Check() {
    return LookBeforeAdopting(around_.work, around_.chart(), around_.known().found,
                              around_.known().trail);
  }
  std::unique_ptr<Step> Make() { return FindCallerStep(step_)->make(step_, {.name = "adopt"}); }
  absl::StatusOr<StepResult> Adopt() {
    return Make()->Execute(around_.work, around_.chart(), around_.known());
  }
  absl::StatusOr<StepResult> Remediate() {
    return MakeRemediateStep()->Execute(around_.work, around_.chart(), around_.known());
  }
  std::vector<std::string> Left() {
    std::vector<std::string> all;
    for (const Trail::Change& left : around_.known().trail.left_changed())
      all.push_back(absl::StrCat(left.reported().kind(), " ", left.reported().name(), " ",
                                 left.reported().change()));
    return all;
  }
  Owner OwnerOfLive(const std::string& name) {
    return OwnerOf(around_.chart(), around_.kube.Find(Config(name)));
  }
  // As helm would.
  void Install() {
    around_.kube.PutRecord("shop", "web", 1, "failed");
    kube::Json pod = Marked("web", "shop");
    around_.kube.Put(IdOf("Pod", "shop", "new"), pod);
    for (const char* name : {"a", "b"}) {
      kube::Json object = around_.kube.Find(Config(name));
      object.merge_patch(Data("of the chart"));
      around_.kube.Put(Config(name), object);
    }
    around_.known().trail.set_made_revision(1);
  }

  Surroundings around_;
  v1::Step step_;
};

TEST_F(AdoptionTest, AnObjectIsOursByAllThreeMarks) {
  const Chart& chart = around_.chart();
  const kube::Json ours = Marked("web", "shop");
  EXPECT_EQ(OwnerOf(chart, ours), Owner::kThisRelease);
  EXPECT_EQ(OwnerOf(chart, Marked("web", "other")), Owner::kAnotherRelease);
  EXPECT_EQ(OwnerOf(chart, Marked("other", "shop")), Owner::kAnotherRelease);
  EXPECT_EQ(OwnerOf(chart, kube::Json::object()), Owner::kNobody);
  for (const char* mark : {"/metadata/labels/app.kubernetes.io~1managed-by",
                           "/metadata/annotations/meta.helm.sh~1release-name",
                           "/metadata/annotations/meta.helm.sh~1release-namespace"}) {
    kube::Json part = ours;
    const kube::Json::json_pointer pointer(mark);
    part[pointer.parent_pointer()].erase(pointer.back());
    EXPECT_EQ(OwnerOf(chart, part), Owner::kNobody) << mark;
  }
}

TEST_F(AdoptionTest, WhatAKilledTryHasAdoptedIsKeptAsItWasBefore) {
  ASSERT_TRUE(Check().ok());
  around_.kube.FailNext("patch ConfigMap shop/b",
                        MakeFailure(Reason::kInterrupted, "the daemon was killed"));
  EXPECT_FALSE(Adopt().ok());
  EXPECT_EQ(OwnerOfLive("a"), Owner::kThisRelease);
  // A daemon that starts again looks anew, and helm may have made something meanwhile.
  Install();
  ASSERT_TRUE(Check().ok());
  EXPECT_EQ(Adopt()->outcome, "adopted 1 of 2 objects");
  const auto adopted = ReadAdopted(around_.chart());
  ASSERT_TRUE(adopted.ok() && adopted->has_value());
  ASSERT_EQ((*adopted)->saved.size(), 2u);
  for (const kube::Json& object : (*adopted)->saved) {
    EXPECT_EQ(object["data"]["color"], "by hand");
    EXPECT_EQ(OwnerOf(around_.chart(), object), Owner::kNobody);
  }
  EXPECT_EQ((*adopted)->absent.size(), 1u);
}

// SUPERSEDE_RUNNING: an older run has adopted a and b, and helm has made the Pod.
TEST_F(AdoptionTest, AFirstInstallThatIsTakenOverIsUndoneAsAWhole) {
  ASSERT_TRUE(Check().ok());
  ASSERT_TRUE(Adopt().ok());
  Install();
  around_.journal.kept_by[{"run-0", "adoption"}] = around_.journal.kept.at("adoption");
  around_.journal.kept.clear();
  Trail& trail = around_.known().trail = NewTrail();
  trail.mutable_taken_over()->add_runs("run-0");
  trail.mutable_taken_over()->set_adopted(true);
  ASSERT_TRUE(Check().ok());
  EXPECT_EQ(Adopt()->outcome, "adopted 0 of 2 objects");
  const auto adopted = ReadAdopted(around_.chart());
  ASSERT_TRUE(adopted.ok() && adopted->has_value());
  EXPECT_EQ((*adopted)->saved.size(), 2u);
  EXPECT_EQ((*adopted)->absent.size(), 1u) << "as the older run saw it";
  trail.set_made_revision(1);
  ASSERT_TRUE(Remediate().ok());
  EXPECT_TRUE(around_.kube.Find(IdOf("Pod", "shop", "new")).is_null());
  for (const char* name : {"a", "b"}) {
    EXPECT_EQ(around_.kube.Find(Config(name))["data"]["color"], "by hand");
    EXPECT_EQ(OwnerOfLive(name), Owner::kNobody);
  }
}

TEST_F(AdoptionTest, CopiesAreDurableBeforeAnythingIsChanged) {
  around_.journal.broken = MakeFailure(Reason::kStoreUnavailable, "the disk is full");
  EXPECT_FALSE(Adopt().ok());
  EXPECT_EQ(OwnerOfLive("a"), Owner::kNobody);
}

TEST_F(AdoptionTest, APreviewTellsWhatItWouldAdopt) {
  around_.kube.Put(Config("b"), Marked("web", "shop"));
  EXPECT_EQ(Make()->ExecutePreview(around_.work, around_.chart(), around_.known())->outcome,
            "adopts 1 of 2 objects");
  EXPECT_EQ(OwnerOfLive("a"), Owner::kNobody);
}

TEST_F(AdoptionTest, AnotherReleasesObjectIsRefusedBeforeTheOthersAreChanged) {
  around_.kube.Put(Config("b"), Marked("other", "shop"));
  for (const absl::Status& status : {Check(), Adopt().status()}) {
    EXPECT_TRUE(HasReason(status, Reason::kOwnershipConflict)) << status;
    EXPECT_THAT(FailureOf(status).message(), HasSubstr("belongs to the release shop/other"));
  }
  EXPECT_EQ(OwnerOfLive("a"), Owner::kNobody);
}

TEST_F(AdoptionTest, AnObjectThatItsControllerChangesMeanwhileIsLookedAtAgain) {
  around_.kube.FailNext("patch ConfigMap shop/a",
                        MakeFailure(Reason::kObjectConflict, "it has been modified"));
  EXPECT_EQ(Adopt()->outcome, "adopted 2 of 2 objects");
  EXPECT_EQ(OwnerOfLive("a"), Owner::kThisRelease);
}

TEST_F(AdoptionTest, AFirstInstallIsTakenBackAndNotUninstalled) {
  ASSERT_TRUE(Check().ok());
  ASSERT_TRUE(Adopt().ok());
  Install();
  ASSERT_TRUE(Remediate().ok());
  EXPECT_THAT(around_.helm.calls, IsEmpty());
  for (const char* name : {"a", "b"}) {
    EXPECT_EQ(around_.kube.Find(Config(name))["data"]["color"], "by hand");
    EXPECT_EQ(OwnerOfLive(name), Owner::kNobody);
  }
  EXPECT_THAT(Left(), IsEmpty());
  EXPECT_TRUE(around_.kube.Find(IdOf("Pod", "shop", "new")).is_null());
  EXPECT_TRUE(around_.kube.Find(IdOf("Secret", "shop", "sh.helm.release.v1.web.v1")).is_null());
}

TEST_F(AdoptionTest, WhatSomebodyElseMadeMeanwhileOrTheAuthorKeepsIsNotDeleted) {
  for (const bool kept : {false, true}) {
    ASSERT_TRUE(Check().ok());
    ASSERT_TRUE(Adopt().ok());
    Install();
    kube::Json pod = kept ? Marked("web", "shop") : kube::Json::object();
    if (kept) pod["metadata"]["annotations"]["helm.sh/resource-policy"] = "keep";
    around_.kube.Put(IdOf("Pod", "shop", "new"), pod);
    ASSERT_TRUE(Remediate().ok());
    EXPECT_FALSE(around_.kube.Find(IdOf("Pod", "shop", "new")).is_null()) << kept;
    around_.kube.Remove(IdOf("Pod", "shop", "new"));
  }
}

TEST_F(AdoptionTest, AHistoryThatWasKeptBeforeStays) {
  around_.kube.PutRecord("shop", "web", 1, "uninstalled");
  ASSERT_TRUE(Check().ok());
  ASSERT_TRUE(Adopt().ok());
  around_.kube.PutRecord("shop", "web", 2, "failed");
  around_.kube.PutRecord("shop", "web", 3, "failed");
  around_.known().trail.set_made_revision(3);
  ASSERT_TRUE(Remediate().ok());
  const auto records = around_.chart().Records(around_.work);
  ASSERT_TRUE(records.ok() && records->size() == 1);
  EXPECT_EQ((*records)[0].revision, 1);
}

TEST_F(AdoptionTest, ObjectsAreGivenBackWhereNothingWasMadeAlsoWhenOnlyARollbackWasAskedFor) {
  around_.known().asked.info.set_on_failure(v1::ON_FAILURE_ROLLBACK);
  ASSERT_TRUE(Check().ok());
  ASSERT_TRUE(Adopt().ok());
  ASSERT_TRUE(Remediate().ok());
  EXPECT_EQ(OwnerOfLive("a"), Owner::kNobody);
}

TEST_F(AdoptionTest, AFirstInstallThatIsToBeLeftIsLeft) {
  around_.known().asked.info.set_on_failure(v1::ON_FAILURE_NONE);
  ASSERT_TRUE(Check().ok());
  ASSERT_TRUE(Adopt().ok());
  Install();
  EXPECT_EQ(Remediate()->skipped, v1::SKIP_REASON_BY_REQUEST);
  EXPECT_THAT(Left(), ElementsAre("ConfigMap shop/a adopted", "ConfigMap shop/b adopted"));
  EXPECT_EQ(OwnerOfLive("a"), Owner::kThisRelease);
}

TEST_F(AdoptionTest, ObjectsOfAReleaseThatNeverWasGoodAreNotUninstalledByALaterRun) {
  for (const char* name : {"a", "b"}) around_.kube.Put(Config(name), Marked("web", "shop"));
  around_.kube.PutRecord("shop", "web", 1, "failed");
  ASSERT_TRUE(Check().ok());
  EXPECT_EQ(Adopt()->outcome, "adopted 0 of 2 objects");
  around_.known().trail.set_made_revision(1);
  ASSERT_TRUE(Remediate().ok());
  EXPECT_THAT(around_.helm.calls, IsEmpty());
  EXPECT_EQ(OwnerOfLive("a"), Owner::kNobody);
}

}  // namespace
}  // namespace wheelhouse::lifecycle
