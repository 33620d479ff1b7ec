#include "server/api/release_reader.h"

#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/empty_clusters.h"
#include "tests/unit/fakes/fake_cluster.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::api {
namespace {

class ReleaseReaderTest : public testing::Test {
 protected:
  ReleaseReaderTest() {
    cluster_.kube.PutRecord("shop", "web", 1, "superseded");
    cluster_.kube.PutRecord("shop", "web", 2, "deployed");
    cluster_.kube.PutRecord("shop", "web", 3, "failed");
  }
  absl::StatusOr<ReleaseReader> Open(const std::string& name) {
    return ReleaseReader::Open(BoundedRead(), cluster_, "shop", name);
  }
  kube::FakeCluster cluster_;
};

TEST_F(ReleaseReaderTest, TheNewestRevisionIsMeantWhereNoneIsNamed) {
  const auto reader = Open("web");
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->records().size(), 3u);
  EXPECT_EQ(reader->ReadRevision(0)->record.revision, 3);
  EXPECT_EQ(reader->ReadRevision(1)->record.revision, 1);
  const absl::Status none = reader->ReadRevision(4).status();
  EXPECT_TRUE(HasReason(none, Reason::kObjectNotFound));
  EXPECT_EQ(none.message(), "there is no revision 4 of shop/web; the newest is 3");
}

TEST_F(ReleaseReaderTest, WhatIsInstalledIsTheDeployedRevisionElseTheNewest) {
  EXPECT_EQ(Open("web")->ReadInstalled()->record.revision, 2);
  cluster_.kube.PutRecord("shop", "gone", 1, "uninstalled");
  EXPECT_EQ(Open("gone")->ReadInstalled()->record.revision, 1);
}

TEST_F(ReleaseReaderTest, AReleaseWithoutRecordsIsNotFound) {
  EXPECT_TRUE(HasReason(Open("other").status(), Reason::kObjectNotFound));
}

// They become part of a path and of a selector.
TEST_F(ReleaseReaderTest, NamesAreCheckedBeforeAnythingIsRead) {
  const kube::Clusters clusters = kube::EmptyClusters({"prod"});
  v1::GetReleaseRequest request;
  request.set_namespace_("shop/../kube-system");
  request.set_name("web,owner!=helm");
  const absl::Status refused = ReleaseReader::Open(clusters, request).status();
  EXPECT_TRUE(HasReason(refused, Reason::kPlanInvalid)) << refused;
  EXPECT_EQ(ViolationsOf(refused).size(), 2u);
  request.set_namespace_("shop");
  request.set_name("web");
  request.set_cluster("nowhere");
  EXPECT_TRUE(HasReason(ReleaseReader::Open(clusters, request).status(), Reason::kClusterUnknown));
}

}  // namespace
}  // namespace wheelhouse::api
