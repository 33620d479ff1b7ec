#include "server/helm/releases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::helm {
namespace {

TEST(ReleaseRecordTest, TheWordThatRemovesALabelIsNoValueOfIt) {
  ReleaseRecord record;
  record.revision = 1;
  record.labels = {{kRevisionLabel, "1"}, {kVerdictLabel, kRemovesLabel}};
  EXPECT_EQ(record.OurLabel(kVerdictLabel), "");
  record.labels[kVerdictLabel] = kVerdictBad;
  EXPECT_EQ(record.OurLabel(kVerdictLabel), kVerdictBad);
}

TEST(ReleaseRecordTest, LabelsThatHelmHasCopiedDoNotCount) {
  ReleaseRecord record;
  record.revision = 2;
  record.labels = {{kRevisionLabel, "1"}, {kVerdictLabel, kVerdictBad}};
  EXPECT_EQ(record.OurLabel(kVerdictLabel), "");
}

// What has become of records that are known.
class KnownRecordsTest : public testing::Test {
 protected:
  using Revisions = std::vector<std::pair<int, std::string>>;

  KnownRecordsTest() {
    kube_.PutRecord("shop", "web", 1, "superseded");
    kube_.PutRecord("shop", "web", 2, "deployed");
    kube_.PutRecord("shop", "web", 3, "failed");
  }
  void See() { before_ = *ListRecords(context_, kube_, "shop", "web"); }
  int Lists() {
    const auto calls = kube_.calls();
    return static_cast<int>(std::ranges::count_if(
        calls, [](const std::string& call) { return call.starts_with("list "); }));
  }
  static Revisions Of(const absl::StatusOr<std::vector<ReleaseRecord>>& records) {
    Revisions revisions;
    for (const ReleaseRecord& record : *records)
      revisions.emplace_back(record.revision, record.status);
    return revisions;
  }
  Revisions Again() { return Of(ListRecordsAgain(context_, kube_, "shop", "web", before_)); }
  Revisions From(int revision) {
    return Of(ListRecordsFrom(context_, kube_, "shop", "web", revision));
  }
  static kube::ObjectId SecretOf(int revision) {
    return kube::IdOf("Secret", "shop", "sh.helm.release.v1.web.v" + std::to_string(revision));
  }

  const Context context_ = Context::Background();
  kube::FakeKube kube_;
  std::vector<ReleaseRecord> before_;
};

TEST_F(KnownRecordsTest, TheNewestAndTheInstalledOneAreReadAnewWithoutAList) {
  See();
  kube_.PutRecord("shop", "web", 2, "superseded");
  kube_.PutRecord("shop", "web", 3, "deployed");
  EXPECT_EQ(Again(), (Revisions{{3, "deployed"}, {2, "superseded"}, {1, "superseded"}}));
  EXPECT_EQ(Lists(), 1);
}

TEST_F(KnownRecordsTest, ALaterRevisionIsSeen) {
  See();
  kube_.PutRecord("shop", "web", 4, "deployed");
  EXPECT_EQ(Again().front(), (std::pair<int, std::string>{4, "deployed"}));
}

TEST_F(KnownRecordsTest, OnesThatAreGoneAreSeen) {
  See();
  kube_.Remove(SecretOf(3));
  EXPECT_EQ(Again(), (Revisions{{2, "deployed"}, {1, "superseded"}}));
  See();
  kube_.Remove(SecretOf(2));
  EXPECT_EQ(Again(), (Revisions{{1, "superseded"}}));
}

TEST_F(KnownRecordsTest, ANumberThatIsUsedAgainIsAnotherRecord) {
  See();
  before_[0].uid = "another";
  before_.push_back(before_[0]);
  EXPECT_EQ(Again().size(), 3u);
}

TEST_F(KnownRecordsTest, AReleaseThatSomebodyInstallsMeanwhileIsSeen) {
  for (const int revision : {1, 2, 3}) kube_.Remove(SecretOf(revision));
  See();
  EXPECT_EQ(Again(), Revisions());
  EXPECT_EQ(Lists(), 1);
  kube_.PutRecord("shop", "web", 1, "pending-install");
  EXPECT_EQ(Again(), (Revisions{{1, "pending-install"}}));
}

TEST_F(KnownRecordsTest, TheNewestAloneIsEnoughFromItOn) {
  EXPECT_EQ(From(3), (Revisions{{3, "failed"}}));
  EXPECT_EQ(Lists(), 0);
  EXPECT_EQ(From(2).front().first, 3);
  EXPECT_EQ(From(4).front().first, 3);
}

TEST_F(KnownRecordsTest, AnErrorIsNotAnAbsentRecord) {
  See();
  kube_.fault = [](const std::string& call) {
    return call == "get Secret shop/sh.helm.release.v1.web.v4" ? absl::UnavailableError("away")
                                                               : absl::OkStatus();
  };
  EXPECT_FALSE(ListRecordsAgain(context_, kube_, "shop", "web", before_).ok());
  EXPECT_FALSE(ListRecordsFrom(context_, kube_, "shop", "web", 3).ok());
}

}  // namespace
}  // namespace wheelhouse::helm
