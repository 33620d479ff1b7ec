// How often the server is asked, and what stays true although it is asked less.
#include "server/kube/shared_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>

#include "common/clock.h"
#include "common/failure.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class SharedReadsTest : public testing::Test {
 protected:
  SharedReadsTest() {
    for (const char* ns : {"a", "b", "c", "d"})
      kube_.Put(IdOf("ConfigMap", ns, "web"), Json::object());
  }
  std::shared_ptr<const SharedReads::Listing> List(SharedReads& reads, const std::string& ns,
                                                   absl::Duration since = absl::ZeroDuration()) {
    return *reads.List(Context::Background(), IdOf("ConfigMap", "", "").type, {.ns = ns}, since);
  }
  bool MayI(SharedReads& reads, const std::string& ns) {
    return *reads.MayI(Context::Background(), {"list", "", "secrets", ns, ""});
  }
  std::optional<bool> Known(const std::string& ns) {
    return spread_.KnownRight({"list", "", "secrets", ns, ""});
  }

  FakeKube kube_;
  SharedReads spread_{kube_, {{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}}};
  SharedReads together_{kube_, {{"a", 2}, {"b", 1}}};
};

TEST_F(SharedReadsTest, ARunOfManyNamespacesReadsOneListOfTheCluster) {
  for (const char* ns : {"a", "b", "c", "d"})
    EXPECT_EQ(List(spread_, ns)->count({ns, "web"}), 1u) << ns;
  EXPECT_THAT(kube_.calls(), ElementsAre("list configmaps in "));
}

TEST_F(SharedReadsTest, AListIsKnownOnceItsAnswerNeedsNoServer) {
  const auto knows = [](const SharedReads& reads, const std::string& ns,
                        absl::Duration since = absl::ZeroDuration()) {
    return reads.Knows(IdOf("ConfigMap", "", "").type, {.ns = ns}, since);
  };
  EXPECT_FALSE(knows(spread_, "a"));
  List(spread_, "a");
  EXPECT_TRUE(knows(spread_, "b")) << "it is in the same list";
  EXPECT_FALSE(knows(spread_, "a", SteadyNow() + absl::Hours(1)));
  EXPECT_FALSE(knows(together_, "a"));
  EXPECT_TRUE(knows(together_, "b")) << "a single chart uses no list";
}

TEST_F(SharedReadsTest, ThreadsThatAskAtOnceGetOneList) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([this] { List(spread_, "a"); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(kube_.calls(), SizeIs(1));
}

TEST_F(SharedReadsTest, ANamespaceWithSeveralChartsHasAListOfItsOwn) {
  EXPECT_EQ(List(together_, "a")->size(), 1u);
  EXPECT_EQ(List(together_, "b"), nullptr) << "for one chart it does not pay";
  EXPECT_EQ(List(together_, "c"), nullptr) << "the run has nothing there";
  EXPECT_THAT(kube_.calls(), ElementsAre("list configmaps in a"));
}

TEST_F(SharedReadsTest, WhoeverHasToSeeSomethingNewerGetsAnotherList) {
  List(spread_, "a");
  kube_.Remove(IdOf("ConfigMap", "a", "web"));
  EXPECT_EQ(List(spread_, "a")->count({"a", "web"}), 1u) << "nothing says that it has to be newer";
  EXPECT_EQ(List(spread_, "a", SteadyNow())->count({"a", "web"}), 0u);
}

TEST_F(SharedReadsTest, WhoMayNotListTheClusterListsNamespaces) {
  SharedReads reads(kube_, {{"a", 2}, {"b", 1}, {"c", 1}, {"d", 1}});
  kube_.fault = [](const std::string& call) {
    return call == "list configmaps in " ? MakeFailure(Reason::kPermissionDenied, "no")
                                         : absl::OkStatus();
  };
  EXPECT_EQ(List(reads, "a")->size(), 1u);
  EXPECT_EQ(List(reads, "b"), nullptr);
  EXPECT_THAT(kube_.calls(), ElementsAre("list configmaps in ", "list configmaps in a"))
      << "and is not told twice";
}

TEST_F(SharedReadsTest, AListThatIsMuchLongerThanTheRunIsOthersBusiness) {
  for (int i = 0; i < 100; ++i)
    kube_.Put(IdOf("ConfigMap", "others", absl::StrCat("s", i)), Json::object());
  EXPECT_EQ(List(spread_, "a"), nullptr);
}

TEST_F(SharedReadsTest, AListThatIsTooLargeIsNoneAndFailsNobody) {
  kube_.fault = [](const std::string&) {
    return MakeFailure(Reason::kClusterAnswerTooLarge, "its first 5000 objects take more");
  };
  EXPECT_EQ(List(spread_, "a"), nullptr);
  EXPECT_EQ(List(spread_, "b"), nullptr);
  EXPECT_THAT(kube_.calls(), SizeIs(1)) << "and is not read for each chart";
}

TEST_F(SharedReadsTest, HoldsNoManagedFields) {
  kube_.Put(IdOf("ConfigMap", "a", "web"),
            {{"metadata", {{"managedFields", {{{"manager", "x"}}}}}}});
  EXPECT_FALSE(List(spread_, "a")->at({"a", "web"})["metadata"].contains("managedFields"));
}

TEST_F(SharedReadsTest, AListThatTookLongIsUsedLonger) {
  EXPECT_EQ(SharedReads::GoodFor(absl::Milliseconds(20)), SharedReads::kOldest);
  EXPECT_EQ(SharedReads::GoodFor(absl::Seconds(1)), absl::Seconds(10));
  EXPECT_EQ(SharedReads::GoodFor(absl::Minutes(1)), SharedReads::kOldestLong);
}

TEST_F(SharedReadsTest, AnUnreachableServerIsNoEmptyList) {
  kube_.FailNext("list configmaps in ", MakeFailure(Reason::kClusterUnreachable, "gone"));
  EXPECT_TRUE(HasReason(spread_
                            .List(Context::Background(), IdOf("ConfigMap", "", "").type,
                                  {.ns = "a"}, absl::ZeroDuration())
                            .status(),
                        Reason::kClusterUnreachable));
  EXPECT_NE(List(spread_, "a"), nullptr) << "and the next one asks";
}

TEST_F(SharedReadsTest, ARightInAllNamespacesIsAskedForOnce) {
  int asked = 0;
  kube_.on_call = [&asked](const std::string& call) { asked += call == "may I list" ? 1 : 0; };
  for (const char* ns : {"a", "b", "c", "d", "a"}) EXPECT_TRUE(MayI(spread_, ns));
  EXPECT_EQ(asked, 1);
}

TEST_F(SharedReadsTest, WithoutItEachNamespaceIsAskedForOnce) {
  int asked = 0;
  kube_.on_call = [&asked](const std::string& call) { asked += call == "may I list" ? 1 : 0; };
  kube_.forbidden = {"list secrets"};
  for (const char* ns : {"a", "b", "a", "b"}) EXPECT_FALSE(MayI(spread_, ns));
  EXPECT_EQ(asked, 3);
}

TEST_F(SharedReadsTest, ARightIsKnownOnceItsAnswerNeedsNoServer) {
  EXPECT_EQ(Known("a"), std::nullopt);
  MayI(spread_, "a");
  EXPECT_EQ(Known("b"), true) << "it is one in all namespaces";
}

TEST_F(SharedReadsTest, ARightThatIsNotGivenEverywhereIsKnownOfTheNamespacesThatWereAsked) {
  kube_.forbidden = {"list secrets"};
  MayI(spread_, "a");
  EXPECT_EQ(Known("a"), false);
  EXPECT_EQ(Known("b"), std::nullopt);
}

TEST_F(SharedReadsTest, AViewThatIsClosedSharesNothing) {
  SharedView view(&spread_, absl::ZeroDuration());
  EXPECT_FALSE(view.used());
  EXPECT_EQ(view.Use(), &spread_);
  view.Close();
  EXPECT_EQ(view.Use(), nullptr);
  EXPECT_TRUE(view.used()) << "what was decided by it has to be looked at again";
}

}  // namespace
}  // namespace wheelhouse::kube
