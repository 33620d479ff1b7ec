#include "server/lifecycle/release/other_releases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr char kManifest[] = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: fill}\nspec: {}\n";

class OtherReleasesTest : public testing::Test {
 protected:
  OtherReleasesTest() {
    around_.info.add_wait_for_releases("data/db");
    around_.kube.fault = [](const std::string& call) {
      for (const char* verb : {"create ", "replace ", "patch ", "delete ", "apply "}) {
        if (call.starts_with(verb)) return absl::PermissionDeniedError(call + " is a write");
      }
      return absl::OkStatus();
    };
  }

  void Record(int revision, const std::string& status) {
    around_.kube.PutRecord("data", "db", revision, status, {}, kManifest);
  }
  void JobIs(const std::string& condition) {
    around_.kube.Put(IdOf("Job", "data", "fill"),
                     {{"status", {{"conditions", {{{"type", condition}, {"status", "True"}}}}}}});
  }
  absl::Status Await() { return AwaitOthers(around_.work, around_.chart()); }
  Surroundings around_;
};

TEST_F(OtherReleasesTest, AllThatDoNotExistAreNamed) {
  around_.info.add_wait_for_releases("data/queue");
  around_.info.add_wait_for_releases("data/gone");
  around_.kube.PutRecord("data", "gone", 1, "uninstalled");
  Record(1, "pending-install");
  const auto looked = LookAtOthers(around_.work, around_.chart());
  ASSERT_TRUE(HasReason(looked.status(), Reason::kObjectNotFound)) << looked.status();
  EXPECT_THAT(FailureOf(looked.status()).message(), HasSubstr("release data/queue, data/gone,"));
}

TEST_F(OtherReleasesTest, OneThatIsDeployedAndReadyIsEnough) {
  Record(1, "deployed");
  JobIs("Complete");
  const auto looked = LookAtOthers(around_.work, around_.chart());
  EXPECT_EQ(looked.value_or(""), "data/db is deployed");
  EXPECT_EQ(Await(), absl::OkStatus());
}

TEST_F(OtherReleasesTest, TheNewestRevisionCounts) {
  Record(1, "superseded");
  Record(2, "pending-upgrade");
  JobIs("Complete");
  int looks = 0;
  around_.kube.on_call = [&](const std::string& call) {
    if (call == "list secrets in data") {
      if (++looks == 2) Record(2, "deployed");
    }
  };
  EXPECT_EQ(Await(), absl::OkStatus());
  EXPECT_THAT(around_.journal.waited_for,
              Contains("release data/db its revision 2 is pending-upgrade"));
}

TEST_F(OtherReleasesTest, OneThatGoesMeanwhileEndsTheWait) {
  Record(1, "failed");
  int looks = 0;
  around_.kube.on_call = [&](const std::string& call) {
    if (call == "list secrets in data") {
      if (++looks == 2) Record(1, "uninstalled");
    }
  };
  EXPECT_TRUE(HasReason(Await(), Reason::kObjectNotFound));
}

TEST_F(OtherReleasesTest, TheTimeoutSaysWhatIsMissing) {
  around_.info.mutable_timeout()->set_nanos(100'000'000);
  Record(3, "failed");
  const absl::Status failed = Await();
  ASSERT_TRUE(HasReason(failed, Reason::kNotReady)) << failed;
  EXPECT_THAT(FailureOf(failed).message(),
              AllOf(HasSubstr("data/db, as its revision 3 is failed"), HasSubstr("timeout of")));
}

}  // namespace
}  // namespace wheelhouse::lifecycle
