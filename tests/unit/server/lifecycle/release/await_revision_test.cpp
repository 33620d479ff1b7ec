#include "server/lifecycle/release/await_revision.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/helm/release_payload.h"
#include "server/helm/releases.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::HasSubstr;

constexpr char kManifest[] =
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec: {}\n";

class AwaitRevisionTest : public testing::Test {
 protected:
  AwaitRevisionTest() {
    around_.kube.PutRecord("shop", "web", 1, "superseded");
    Deployed(2, "deployed");
    Job("Complete");
    around_.known().trail.set_superseded_revision(1);
  }

  void Deployed(int revision, const std::string& status) {
    around_.kube.PutRecord(
        "shop", "web", revision, status,
        {{helm::kRevisionLabel, std::to_string(revision)}, {helm::kRunLabel, "run-1"}}, kManifest);
  }
  void Job(const std::string& condition) {
    around_.kube.Put(
        IdOf("Job", "shop", "migrate"),
        {{"status",
          {{"conditions", {{{"type", condition}, {"status", "True"}, {"reason", "Torn"}}}}}}});
  }
  absl::Status Await() {
    return AwaitRevision(around_.work, around_.chart(), around_.known().trail, 2).status();
  }
  static std::string ReasonOf(const absl::Status& status) {
    return status.ok() ? "OK" : FailureOf(status).reason();
  }
  // As its label and its payload say, which must be the same.
  std::string StatusOf(int revision) {
    const auto records = around_.chart().Records(Context::Background());
    const helm::ReleaseRecord* record = helm::FindRecord(*records, revision);
    const auto release = helm::ReadRelease(Context::Background(), around_.kube, *record);
    const std::string payload = kube::Text(PayloadOf(revision), "/info/status");
    if (!payload.empty()) EXPECT_EQ(record->status, payload);
    description_ = release->description;
    EXPECT_THAT(release->manifest, testing::AnyOf(kManifest, ""));
    return record->status;
  }
  kube::Json PayloadOf(int revision) {
    const auto secret = around_.kube.Find(
        IdOf("Secret", "shop", absl::StrCat("sh.helm.release.v1.web.v", revision)));
    return helm::UnpackRelease(secret).value_or(kube::Json::object());
  }

  Surroundings around_;
  std::string description_;  // of the record that StatusOf read last
};

TEST_F(AwaitRevisionTest, WhatIsReadyStaysDeployed) {
  EXPECT_EQ(ReasonOf(Await()), "OK");
  EXPECT_EQ(StatusOf(2), "deployed");
  EXPECT_EQ(StatusOf(1), "superseded");
}

TEST_F(AwaitRevisionTest, AWaitThatFailsIsWrittenIntoTheRecordAndReadBack) {
  Job("Failed");
  const absl::Status failed = Await();
  EXPECT_EQ(ReasonOf(failed), "POD_FAILING");
  EXPECT_EQ(StatusOf(2), "failed");
  EXPECT_THAT(description_, HasSubstr("Job shop/migrate failed: Torn"));
  const auto read = FailedWait(description_);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(ReasonOf(*read), "POD_FAILING");
  EXPECT_EQ(FailureOf(*read).message(), FailureOf(failed).message());
  EXPECT_EQ(StatusOf(1), "deployed") << "as when helm's own wait fails";
}

TEST_F(AwaitRevisionTest, OnlyWhatHelmHasSupersededIsDeployedAgain) {
  Job("Failed");
  around_.kube.PutRecord("shop", "web", 1, "failed");
  Await().IgnoreError();
  EXPECT_EQ(StatusOf(1), "failed");
}

TEST_F(AwaitRevisionTest, WhoeverHasMadeAnotherRevisionHasOvertakenTheRun) {
  Job("Failed");
  Deployed(2, "superseded");
  around_.kube.PutRecord("shop", "web", 3, "pending-upgrade");
  const absl::Status status = Await();
  EXPECT_EQ(ReasonOf(status), "OVERTAKEN");
  EXPECT_THAT(FailureOf(status).message(), HasSubstr("somebody else has made revision 3"));
  EXPECT_EQ(around_.known().trail.overtaken_by(), 3);
  EXPECT_EQ(StatusOf(2), "superseded");
}

TEST_F(AwaitRevisionTest, SoHasWhoeverTookItAway) {
  Deployed(2, "uninstalling");
  EXPECT_THAT(FailureOf(Await()).message(),
              HasSubstr("somebody else has changed its status to uninst"));
  around_.kube.Remove(IdOf("Secret", "shop", "sh.helm.release.v1.web.v2"));
  EXPECT_THAT(FailureOf(Await()).message(), HasSubstr("somebody else has deleted its record"));
  EXPECT_EQ(around_.known().trail.overtaken_by(), 2);
}

TEST_F(AwaitRevisionTest, ARunThatStopsToBeResumedWritesNothing) {
  around_.work.Cancel(MakeFailure(Reason::kInterrupted, "shutting down"));
  EXPECT_EQ(ReasonOf(Await()), "INTERRUPTED");
  EXPECT_EQ(StatusOf(2), "deployed");
}

TEST_F(AwaitRevisionTest, TheFailureIsThatOfTheWaitWhateverBecomesOfTheRecord) {
  Job("Failed");
  around_.kube.forbidden = {"update secrets"};
  EXPECT_EQ(ReasonOf(Await()), "POD_FAILING");
  EXPECT_EQ(StatusOf(2), "deployed");
}

struct CountedSlot final : Slot {
  void StepAside() override { ++aside; }
  void TakeToChange(const Context&) override { ++back; }
  int aside = 0, back = 0;
};

TEST_F(AwaitRevisionTest, ItTakesNoSlotMeanwhile) {
  CountedSlot slot;
  around_.request.slot = &slot;
  EXPECT_EQ(ReasonOf(Await()), "OK");
  EXPECT_EQ(slot.aside, 1);
  EXPECT_EQ(slot.back, 1);
}

TEST_F(AwaitRevisionTest, WhatHasFailedOrUndoesDoesNotWaitForASlot) {
  CountedSlot slot;
  around_.request.slot = &slot;
  around_.chart().report.MoveTo({v1::STAGE_ON_DEPLOY_FAILURE});
  EXPECT_EQ(ReasonOf(Await()), "OK");
  around_.chart().report.MoveTo({v1::STAGE_EXEC});
  Job("Failed");
  EXPECT_EQ(ReasonOf(Await()), "POD_FAILING");
  EXPECT_EQ(slot.aside, 2);
  EXPECT_EQ(slot.back, 0);
}

TEST(FailedWaitTest, KnowsItsOwnDescriptionsAlone) {
  for (const char* text : {"", "Upgrade complete", "Wheelhouse: ", "Wheelhouse: SOMETHING: x",
                           "Upgrade \"web\" failed: context canceled"}) {
    EXPECT_FALSE(FailedWait(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace wheelhouse::lifecycle
