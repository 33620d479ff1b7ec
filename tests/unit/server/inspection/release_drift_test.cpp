#include "server/inspection/release_drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "server/inspection/drift_log.h"
#include "server/inspection/drift_page.h"
#include "server/inspection/drift_watch.h"
#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::inspection {
namespace {

using kube::IdOf;
using kube::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kManifest[] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";

class DriftTest : public testing::Test {
 protected:
  void Deployed(const std::string& name, int revision = 1) {
    kube_.PutRecord("shop", name, revision, "deployed", {}, kManifest);
  }
  // The object of the manifest, as the release `owner` has it.
  Json& Exists(const std::string& owner = "web") {
    return kube_.Put(
        IdOf("ConfigMap", "shop", "web"),
        {{"metadata",
          {{"annotations",
            {{"meta.helm.sh/release-name", owner}, {"meta.helm.sh/release-namespace", "shop"}}}}},
         {"data", {{"color", "red"}}}});
  }
  v1::ReleaseDrift Look(const std::string& name = "web") {
    auto drift = DriftOf(Context::Background(), kube_, {"shop", name}, absl::UnixEpoch());
    EXPECT_TRUE(drift.ok()) << drift.status();
    return drift.ok() ? *drift : v1::ReleaseDrift();
  }

  kube::FakeKube kube_;
};

TEST_F(DriftTest, WhatIsAsItWasDeployedIsInSync) {
  Deployed("web", 3);
  Exists();
  const v1::ReleaseDrift drift = Look();
  EXPECT_EQ(drift.state(), v1::DRIFT_STATE_IN_SYNC) << drift.DebugString();
  EXPECT_EQ(drift.revision(), 3);
  EXPECT_THAT(drift.objects(), IsEmpty());
  EXPECT_THAT(kube_.calls(), testing::Contains(HasSubstr("dry run, by force")));
}

TEST_F(DriftTest, AChangedFieldIsTheReleasesAndTheClustersWithWhoHasSetIt) {
  Deployed("web");
  Json& live = Exists();
  Json as_deployed = live;
  live["data"]["color"] = "blue";
  live["metadata"]["managedFields"] = {{{"manager", "kubectl-edit"},
                                        {"time", "2026-01-01T00:00:00Z"},
                                        {"fieldsV1", {{"f:data", {{"f:color", Json::object()}}}}}}};
  kube_.applied = as_deployed;
  const v1::ReleaseDrift drift = Look();
  EXPECT_EQ(drift.state(), v1::DRIFT_STATE_DRIFTED);
  ASSERT_EQ(drift.objects_size(), 1);
  EXPECT_EQ(drift.objects(0).kind(), v1::DRIFT_KIND_CHANGED);
  EXPECT_EQ(drift.objects(0).object(), "ConfigMap shop/web");
  const v1::FieldChange& field = drift.objects(0).fields(0);
  EXPECT_EQ(field.path(), ".data.color");
  EXPECT_EQ(field.before(), "\"red\"") << "the release's";
  EXPECT_EQ(field.after(), "\"blue\"") << "the cluster's";
  EXPECT_EQ(field.manager(), "kubectl-edit");
  EXPECT_EQ(DriftLine("prod", drift),
            "drift on prod: shop/web, revision 1, has drifted: ConfigMap shop/web .data.color "
            "(kubectl-edit)");
}

TEST_F(DriftTest, WhatIsGoneOrGoingIsMissing) {
  Deployed("web");
  EXPECT_EQ(Look().objects(0).kind(), v1::DRIFT_KIND_MISSING);
  Exists()["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  const v1::ReleaseDrift drift = Look();
  EXPECT_EQ(drift.state(), v1::DRIFT_STATE_DRIFTED);
  EXPECT_EQ(drift.objects(0).kind(), v1::DRIFT_KIND_MISSING);
  EXPECT_EQ(drift.objects(0).detail(), "is being deleted");
}

TEST_F(DriftTest, AnObjectOfAnotherReleaseIsNamedWithItsOwner) {
  Deployed("web");
  Exists("api");
  v1::ReleaseDrift drift = Look();
  EXPECT_EQ(drift.state(), v1::DRIFT_STATE_DRIFTED);
  EXPECT_EQ(drift.objects(0).kind(), v1::DRIFT_KIND_NOT_OWNED);
  EXPECT_EQ(drift.objects(0).detail(), "belongs to the release shop/api");
  kube_.At(IdOf("ConfigMap", "shop", "web"))["metadata"].erase("annotations");
  EXPECT_EQ(Look().objects(0).detail(), "has no marks of helm");
}

TEST_F(DriftTest, WhatMayNotBeLookedAtIsUnknownAndNoDrift) {
  Deployed("web");
  Exists();
  kube_.forbidden = {"get configmaps"};
  v1::ReleaseDrift drift = Look();
  EXPECT_EQ(drift.state(), v1::DRIFT_STATE_UNKNOWN);
  EXPECT_EQ(drift.objects(0).kind(), v1::DRIFT_KIND_UNKNOWN);
  EXPECT_EQ(SummaryOf(drift).objects(), 0);
  kube_.forbidden = {"list secrets"};
  drift = Look();
  EXPECT_EQ(drift.state(), v1::DRIFT_STATE_UNKNOWN);
  EXPECT_FALSE(drift.detail().empty());
}

TEST_F(DriftTest, ARecordThatIsNotThereOrUninstalledHasNothingToCompare) {
  EXPECT_EQ(Look().state(), v1::DRIFT_STATE_ABSENT);
  kube_.PutRecord("shop", "old", 2, "uninstalled", {}, kManifest);
  EXPECT_EQ(Look("old").state(), v1::DRIFT_STATE_ABSENT);
  Deployed("web");
  EXPECT_THAT(*InstalledReleases(Context::Background(), kube_, ""),
              ElementsAre(ReleaseKey("shop", "web")));
}

TEST_F(DriftTest, AClusterThatDoesNotAnswerIsAnError) {
  Deployed("web");
  Exists();
  kube_.FailNext("try ConfigMap shop/web", MakeFailure(Reason::kClusterUnreachable, "no route"));
  EXPECT_TRUE(
      HasReason(DriftOf(Context::Background(), kube_, {"shop", "web"}, absl::UnixEpoch()).status(),
                Reason::kClusterUnreachable));
}

TEST_F(DriftTest, APageEndsAtItsSizeAndTheNextBeginsAfterIt) {
  FakeClock clock;
  const std::vector<ReleaseKey> all = {{"a", "x"}, {"a", "y"}, {"b", "x"}};
  auto page = DriftPage(Context::Background(), kube_, all, {"", ""}, 2, clock);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->releases_size(), 2);
  EXPECT_EQ(page->next_page_token(), "a/y");
  page = DriftPage(Context::Background(), kube_, all, {"a", "y"}, 2, clock);
  EXPECT_EQ(page->releases(0).namespace_(), "b");
  EXPECT_EQ(page->next_page_token(), "");
}

class Observer final : public DriftObserver {
 public:
  void OnRelease(const std::string&, const v1::ReleaseDrift& drift,
                 const v1::DriftCheck* before) override {
    seen.push_back(drift.name() + (before == nullptr ? " first" : " again"));
  }
  void OnCluster(const std::string& cluster, int releases, int drifted,
                 const absl::Status& failed) override {
    rounds.push_back(cluster + " " + std::to_string(drifted) + "/" + std::to_string(releases) +
                     (failed.ok() ? "" : " failed"));
  }
  std::vector<std::string> seen, rounds;
};

TEST_F(DriftTest, TheWatchRemembersWhatItSawOfARevision) {
  FakeClock clock;
  Observer observer;
  DriftWatch watch({{"prod", kube_}}, {absl::ZeroDuration(), &observer}, clock);
  Deployed("web");
  EXPECT_FALSE(watch.LastSeen("prod", {"shop", "web"}, 1).has_value());
  watch.Round();
  EXPECT_EQ(watch.LastSeen("prod", {"shop", "web"}, 1)->state(), v1::DRIFT_STATE_DRIFTED);
  EXPECT_FALSE(watch.LastSeen("prod", {"shop", "web"}, 2).has_value()) << "it is newer";
  EXPECT_FALSE(watch.LastSeen("test", {"shop", "web"}, 1).has_value());
  watch.Round();
  EXPECT_THAT(observer.seen, ElementsAre("web first", "web again"));
  EXPECT_THAT(observer.rounds, ElementsAre("prod 1/1", "prod 1/1"));
  // What could not be looked at is known as it was.
  kube_.FailNext("list secrets in ", MakeFailure(Reason::kClusterUnreachable, "no route"));
  watch.Round();
  EXPECT_EQ(observer.rounds.back(), "prod 0/1 failed");
  EXPECT_TRUE(watch.LastSeen("prod", {"shop", "web"}, 1).has_value());
  // What is gone is forgotten.
  kube_.Remove(IdOf("Secret", "shop", "sh.helm.release.v1.web.v1"));
  watch.Round();
  EXPECT_FALSE(watch.LastSeen("prod", {"shop", "web"}, 1).has_value());
}

}  // namespace
}  // namespace wheelhouse::inspection
