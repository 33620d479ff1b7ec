#include "server/kube/clusters.h"

#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/empty_clusters.h"

namespace wheelhouse::kube {
namespace {

std::string NameFound(const Clusters& clusters, const std::string& name) {
  const auto found = clusters.Find(name);
  return found.ok() ? (*found)->config().name : std::string(found.status().message());
}

TEST(Clusters, AreFoundByNameAndWithoutOneTheDefaultIsMeant) {
  const Clusters clusters = EmptyClusters({"prod", "test"});
  EXPECT_EQ(NameFound(clusters, "prod"), "prod");
  EXPECT_EQ(NameFound(clusters, "test"), "test");
  EXPECT_EQ(NameFound(clusters, ""), "prod");
}

TEST(Clusters, AnUnknownOneIsRefusedWithThoseThatAreKnown) {
  const Clusters clusters = EmptyClusters({"prod", "test"});
  EXPECT_TRUE(HasReason(clusters.Find("production").status(), Reason::kClusterUnknown));
  EXPECT_EQ(NameFound(clusters, "production"),
            "there is no cluster production; configured: prod, test");
}

TEST(Clusters, WithoutADefaultACallerHasToNameOne) {
  std::vector<std::unique_ptr<Cluster>> some;
  some.push_back(std::make_unique<FakeCluster>(ClusterConfig{.name = "prod"}));
  const Clusters clusters(std::move(some));
  EXPECT_TRUE(HasReason(clusters.Find("").status(), Reason::kClusterUnknown));
  EXPECT_EQ(NameFound(clusters, ""), "name a cluster, since none is the default; configured: prod");
}

}  // namespace
}  // namespace wheelhouse::kube
