// What lists that charts share show of several objects.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/fakes/gate.h"
#include "tests/unit/server/lifecycle/surroundings.h"

namespace wheelhouse::lifecycle {
namespace {

class GlimpsesTest : public testing::Test {
 protected:
  GlimpsesTest() {
    for (const char* kind : {"ConfigMap", "Secret"}) {
      around_.kube.Put(IdOf(kind, "shop", "web"),
                       {{"metadata", {{"labels", {{"app.kubernetes.io/managed-by", "Helm"}}}}}});
    }
  }
  absl::StatusOr<std::vector<std::shared_ptr<const kube::Json>>> Glimpse() {
    kube::SharedView view(&reads_, absl::ZeroDuration());
    const Chart& known = around_.chart();
    const Chart chart{known.asked, known.services, known.bounds, known.report, &view};
    return chart.Glimpses(Context::Background(), ids_);
  }

  Surroundings around_;
  kube::SharedReads reads_{around_.kube, {{"shop", 2}}};
  const std::vector<kube::ObjectId> ids_ = {IdOf("ConfigMap", "shop", "web"),
                                            IdOf("Secret", "shop", "web"),
                                            IdOf("Secret", "shop", "other")};
};

TEST_F(GlimpsesTest, ListsAreReadAtTheSameTimeAndOnce) {
  Gate lists;
  around_.kube.on_call = [&](const std::string& call) {
    if (call.starts_with("list ")) lists.Pass();
  };
  std::vector<std::shared_ptr<const kube::Json>> seen;
  std::thread looks([&] { seen = *Glimpse(); });
  lists.AwaitArrived(2);
  lists.Open();
  looks.join();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_NE(seen[0], nullptr);
  EXPECT_NE(seen[1], nullptr);
  EXPECT_EQ(seen[2], nullptr) << "no list shows it";
  ASSERT_TRUE(Glimpse().ok());
  EXPECT_EQ(lists.arrived(), 2);
}

TEST_F(GlimpsesTest, AListThatCannotBeReadIsAnError) {
  around_.kube.FailNext("list secrets in shop", MakeFailure(Reason::kClusterUnreachable, "away"));
  around_.kube.FailNext("list secrets in shop", MakeFailure(Reason::kClusterUnreachable, "away"));
  const auto seen = Glimpse();
  EXPECT_TRUE(HasReason(seen.status(), Reason::kClusterUnreachable)) << seen.status();
}

}  // namespace
}  // namespace wheelhouse::lifecycle
