#include "server/inspection/release_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::inspection {
namespace {

using kube::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

helm::Release ReleaseWith(const std::string& manifest, Json values = Json::object()) {
  helm::Release release;
  release.record.name = "web";
  release.record.ns = "demo";
  release.manifest = manifest;
  release.values = std::move(values);
  return release;
}

TEST(ReleaseMask, ValuesAreMaskedByNameAndByWhatSecretsHold) {
  const helm::Release release = ReleaseWith(
      "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: held-by-a-secret}\n",
      {{"db", {{"password", "hunter2-hunter2"}, {"port", 5432}, {"pin", 1}}},
       {"innocent", "x held-by-a-secret y"},
       {"copy", "hunter2-hunter2"},
       {"existingSecret", "the-name"}});
  const auto mask = ReleaseMask::Of({&release});
  ASSERT_TRUE(mask.ok()) << mask.status();
  std::vector<std::string> masked;
  const Json shown = mask->Values(release.values, {}, &masked);
  EXPECT_EQ(shown["db"]["password"], "***");
  EXPECT_EQ(shown["db"]["port"], 5432);
  EXPECT_EQ(shown["innocent"], "x *** y");
  EXPECT_EQ(shown["copy"], "***");
  EXPECT_EQ(shown["existingSecret"], "the-name");
  EXPECT_THAT(masked, testing::IsSupersetOf({"db.password", "innocent", "copy"}));
  EXPECT_EQ(mask->Values("short", {"db", "password"}, nullptr), "***") << "its name counts";
}

TEST(ReleaseMask, SecretsOfAManifestAreEmptiedAlsoInLists) {
  const helm::Release release = ReleaseWith(
      "# Source: a\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}  # kept\n"
      "---\napiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n"
      "  metadata: {name: inner}\n  data: {k: aGVsZC1ieS1hLXNlY3JldA==}\n");
  const auto mask = ReleaseMask::Of({&release});
  ASSERT_TRUE(mask.ok()) << mask.status();
  std::vector<std::string> masked;
  const auto shown = mask->Manifest(release.manifest, &masked);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_THAT(*shown, HasSubstr("# kept"));
  EXPECT_THAT(*shown, HasSubstr("k: \"***\""));
  EXPECT_THAT(*shown, Not(HasSubstr("aGVsZC1ieS1hLXNlY3JldA")));
  EXPECT_THAT(masked, ElementsAre("Secret inner"));
  EXPECT_EQ(mask->Text("says held-by-a-secret"), "says ***");
}

TEST(ReleaseMask, AManifestThatCannotBeReadIsNotShown) {
  const helm::Release release = ReleaseWith("kind: Secret\n  stringData: {a: b\n");
  EXPECT_FALSE(ReleaseMask::Of({&release}).ok());
}

}  // namespace
}  // namespace wheelhouse::inspection
