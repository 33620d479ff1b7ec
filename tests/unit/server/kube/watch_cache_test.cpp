#include "server/kube/watch_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_kube.h"

namespace wheelhouse::kube {
namespace {

class WatchCacheTest : public testing::Test {
 protected:
  WatchCacheTest() { kube_.Put(IdOf("Pod", "shop", "a"), {{"spec", "of a"}}); }

  // Blocks until `done` holds, looking again with each change of the collection.
  void Until(const WatchCache::Collection* collection, const std::function<bool(int64_t*)>& done) {
    for (int64_t version = 0; !done(&version);)
      ASSERT_TRUE(cache_.AwaitChange(context_, {{collection, version}}, absl::Minutes(1)).ok());
  }
  void UntilKnown(const WatchCache::Collection* collection) {
    Until(collection,
          [&](int64_t* version) { return cache_.List(*collection, "", version).has_value(); });
  }
  WatchCache::Collection* Pods(WatchCache* cache) { return cache->Join(type_, {.ns = "shop"}); }

  const Context context_ = Context::Background().WithTimeout(
      absl::Minutes(1), MakeFailure(Reason::kDeadlineExceeded, "no end"));
  const ResourceType type_ = IdOf("Pod", "", "").type;
  FakeKube kube_;
  WatchCache cache_{kube_};
};

TEST_F(WatchCacheTest, KnowsWhatIsThereAndWhatComesAndGoes) {
  WatchCache::Collection* pods = Pods(&cache_);
  UntilKnown(pods);
  int64_t version = 0;
  EXPECT_EQ(cache_.Find(*pods, "a", &version)->at("spec"), "of a");
  EXPECT_TRUE(cache_.Find(*pods, "b", &version)->is_null());
  kube_.Put(IdOf("Pod", "shop", "b"), {{"metadata", {{"labels", {{"app", "b"}}}}}});
  Until(pods, [&](int64_t* at) { return !cache_.Find(*pods, "b", at)->is_null(); });
  EXPECT_EQ(cache_.List(*pods, "", &version)->items.size(), 2u);
  EXPECT_EQ(cache_.List(*pods, "app=b", &version)->items.size(), 1u);
  EXPECT_EQ(cache_.List(*pods, "app!=b", &version)->items.size(), 1u);
  EXPECT_FALSE(cache_.List(*pods, "app ~ b", &version).has_value()) << "the server knows more";
  kube_.Remove(IdOf("Pod", "shop", "a"));
  Until(pods, [&](int64_t* at) { return cache_.Find(*pods, "a", at)->is_null(); });
  cache_.Leave(pods);
}

TEST_F(WatchCacheTest, AllWhoReadACollectionShareItsWatch) {
  WatchCache::Collection* pods = Pods(&cache_);
  EXPECT_EQ(Pods(&cache_), pods);
  WatchCache::Collection* metadata =
      cache_.Join(type_, {.ns = "shop", .label_selector = "app=web", .metadata_only = true});
  EXPECT_NE(metadata, pods);
  UntilKnown(pods);
  UntilKnown(metadata);
  const auto calls = kube_.calls();
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "watch pods in shop"), 2);
  cache_.Leave(pods);
  int64_t version = 0;
  EXPECT_TRUE(cache_.List(*pods, "", &version).has_value()) << "somebody still reads it";
  cache_.Leave(pods);
  cache_.Leave(metadata);
}

TEST_F(WatchCacheTest, WhatMayNotBeWatchedIsNeverKnown) {
  kube_.forbidden = {"watch pods"};
  WatchCache::Collection* pods = Pods(&cache_);
  ASSERT_TRUE(cache_.AwaitChange(context_, {{pods, 0}}, absl::Minutes(1)).ok()) << "it has ended";
  int64_t version = 0;
  EXPECT_FALSE(cache_.List(*pods, "", &version).has_value());
  EXPECT_FALSE(cache_.Find(*pods, "a", &version).has_value());
  cache_.Leave(pods);
}

TEST_F(WatchCacheTest, ThereAreOnlySoManyWatchesAndOneThatNobodyReadsEnds) {
  WatchCache one(kube_, 1);
  WatchCache::Collection* pods = Pods(&one);
  ASSERT_NE(pods, nullptr);
  const auto elsewhere = [&] { return one.Join(type_, {.ns = "far"}); };
  EXPECT_EQ(elsewhere(), nullptr);
  one.Leave(pods);
  WatchCache::Collection* next = elsewhere();
  EXPECT_NE(next, nullptr);
  one.Leave(next);
}

TEST_F(WatchCacheTest, AWaitEndsWithItsContext) {
  WatchCache::Collection* pods = Pods(&cache_);
  UntilKnown(pods);
  int64_t version = 0;
  cache_.List(*pods, "", &version);
  const Context ended = context_.WithCancel();
  ended.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  EXPECT_TRUE(HasReason(cache_.AwaitChange(ended, {{pods, version}}, absl::InfiniteDuration()),
                        Reason::kCancelled));
  EXPECT_TRUE(cache_.AwaitChange(context_, {{pods, version}}, absl::Milliseconds(1)).ok());
  cache_.Leave(pods);
}

}  // namespace
}  // namespace wheelhouse::kube
