#include "server/runs/log/run_observer.h"

#include <gmock/gmock.h>

#include "tests/unit/server/runs/engine/parts_fixture.h"

namespace wheelhouse::runs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Read when what it has seen is durable: a call of the log has returned since.
class Recorder final : public RunObserver {
 public:
  void OnCreated(const v1::Run&) override {}
  void OnEvent(const v1::Run& run, const v1::RunEvent& event) override {
    seen.push_back(absl::StrCat(run.sequence(), " then ", event.sequence()));
  }
  std::vector<std::string> seen;
};

class RunObserverTest : public PartsTest {
 protected:
  std::shared_ptr<RunLog> Log() {
    const v1::Run picture = PictureOf(Stored(Plan({"a/web"})).run);
    return std::make_shared<RunLog>(*store_, clock_, picture, RunLogOptions{1000, &recorder_});
  }
  static v1::RunEvent Line() {
    v1::RunEvent event;
    event.mutable_log()->set_line("hello");
    return event;
  }

  Recorder recorder_;
};

TEST_F(RunObserverTest, SeesEachDurableEventInOrderWithTheRunBeforeIt) {
  const auto log = Log();
  log->AppendStart(nullptr);
  log->AppendAsync({Line(), std::nullopt});
  ASSERT_TRUE(log->Append({{Line(), std::nullopt}, {Line(), std::nullopt}}).ok());
  ASSERT_TRUE(log->AppendEnd({{Line()}, v1::RUN_STATE_RUNNING, std::nullopt}).ok());
  EXPECT_THAT(recorder_.seen,
              ElementsAre("0 then 1", "1 then 2", "2 then 3", "3 then 4", "4 then 5"));
}

TEST_F(RunObserverTest, SeesNothingThatTheStoreRefuses) {
  const auto log = Log();
  LogEntry entry{Line(), std::nullopt};
  ASSERT_TRUE(
      std::make_shared<RunLog>(*store_, clock_, log->Picture(), RunLogOptions{1000, nullptr})
          ->Append({std::move(entry)})
          .ok());
  EXPECT_FALSE(log->Append(Line()).ok()) << "its number is taken";
  EXPECT_THAT(recorder_.seen, IsEmpty());
  EXPECT_FALSE(log->AppendAsync({Line(), std::nullopt})) << "a broken log takes nothing more";
}

}  // namespace
}  // namespace wheelhouse::runs
