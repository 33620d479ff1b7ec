#include "server/runs/log/run_feed.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "common/failure.h"

namespace wheelhouse::runs {
namespace {

EncodedEvent Event(size_t bytes = 10) {
  return std::make_shared<const std::string>(std::string(bytes, 'x'));
}

class RunFeedTest : public testing::Test {
 protected:
  RunFeedTest() {
    for (RunFeed::Reader* reader : {&first_, &second_}) {
      reader->wake = [this] { ++wakes_; };
      feed_.Join(reader);
    }
  }
  ~RunFeedTest() override {
    feed_.Leave(&first_);
    feed_.Leave(&second_);
  }
  RunFeed::News Take(RunFeed::Reader* reader) { return feed_.Take(reader, absl::ZeroDuration()); }

  RunFeed feed_{0};
  RunFeed::Reader first_, second_;
  int wakes_ = 0;
};

TEST_F(RunFeedTest, AllAreGivenTheSameBytes) {
  const EncodedEvent event = Event();
  feed_.Add(1, event);
  EXPECT_EQ(Take(&first_).event, event);
  EXPECT_EQ(Take(&second_).event, event);
  EXPECT_EQ(event.use_count(), 2) << "ours and the feed's";
}

TEST_F(RunFeedTest, OnlyOneThatWaitsIsWokenAndOnlyOnce) {
  Take(&first_);
  feed_.Add(1, Event());
  feed_.Add(2, Event());
  EXPECT_EQ(wakes_, 1);
  Take(&first_);
  Take(&first_);
  EXPECT_EQ(Take(&first_).event, nullptr);
  feed_.End();
  EXPECT_EQ(wakes_, 2);
  EXPECT_TRUE(Take(&first_).ended);
}

TEST_F(RunFeedTest, WhoeverMustNotWaitIsGivenNothingWhileOthersAreWoken) {
  std::optional<RunFeed::News> meanwhile;
  first_.wake = [&] {
    std::thread([&] { meanwhile = feed_.TryTake(&second_, absl::ZeroDuration()); }).join();
  };
  Take(&first_);
  feed_.Add(1, Event());
  EXPECT_FALSE(meanwhile.has_value());
  EXPECT_NE(feed_.TryTake(&second_, absl::ZeroDuration())->event, nullptr);
}

TEST_F(RunFeedTest, WhoeverIsFarBehindIsSentToTheStore) {
  for (int64_t i = 1; i <= 300; ++i) feed_.Add(i, Event(16 << 10));
  const RunFeed::News news = Take(&first_);
  EXPECT_EQ(news.event, nullptr);
  EXPECT_EQ(news.behind, 300);
  ASSERT_GT(news.stored_until, 200);
  first_.sent = news.stored_until;
  EXPECT_NE(Take(&first_).event, nullptr);
  EXPECT_EQ(first_.sent, news.stored_until + 1);
}

TEST_F(RunFeedTest, AnEndThatIsKnownCountsMoreThanAClosedLog) {
  feed_.Close(MakeFailure(Reason::kShuttingDown, "going"));
  EXPECT_TRUE(HasReason(Take(&first_).closed, Reason::kShuttingDown));
  feed_.End();
  EXPECT_TRUE(Take(&first_).ended);
  EXPECT_TRUE(Take(&first_).closed.ok());
}

TEST_F(RunFeedTest, TheLatestProgressIsGivenToAllAndNotTooOften) {
  const EncodedEvent latest = Event();
  feed_.Progress("demo/web", Event());
  feed_.Progress("demo/web", latest);
  EXPECT_EQ(Take(&first_).event, latest);
  EXPECT_EQ(Take(&first_).event, nullptr);
  feed_.Progress("demo/web", Event());
  const RunFeed::News early = feed_.Take(&first_, absl::Hours(1));
  EXPECT_EQ(early.event, nullptr);
  EXPECT_LE(early.due, absl::Hours(1));
  EXPECT_EQ(feed_.Take(&second_, absl::Hours(1)).event, latest);
}

}  // namespace
}  // namespace wheelhouse::runs
