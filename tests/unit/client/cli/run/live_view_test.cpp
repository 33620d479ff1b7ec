#include "client/cli/run/live_view.h"

#include <gmock/gmock.h>

#include <sstream>

#include "client/cli/output/terminal_text.h"
#include "client/cli/run/live_printer.h"
#include "tests/unit/client/cli/run_fixture.h"

namespace wheelhouse::cli {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LiveViewTest : public RunFixture {
 protected:
  LiveViewTest() { run.set_state(v1::RUN_STATE_RUNNING); }

  std::vector<std::string> Lines(TerminalSize size = {120, 24}) {
    return LiveLines({run, progress, words, question}, absl::FromUnixSeconds(kStart + 12), size);
  }

  void Say(const std::string& chart, const std::string& line) {
    v1::Log log;
    log.set_chart(chart);
    log.set_kind(v1::LOG_KIND_POD);
    log.set_source("web-x");
    log.set_line(line);
    words.Hear(log);
  }

  std::map<std::string, v1::Progress> progress;
  LastWords words;
  std::string question;
};

TEST_F(LiveViewTest, AChartIsALineWithItsStageItsTimeAndWhatItWaitsFor) {
  Stand(AddChart("web", v1::STATE_RUNNING), v1::STAGE_EXEC, "helm");
  progress["demo/web"] = Progress(1, 3, "1 of 3 pods are available").progress();
  AddChart("api");
  run.mutable_plan()->mutable_charts(1)->add_depends_on("web");
  AddChart("db");
  AddChart("done", v1::STATE_SUCCEEDED);
  EXPECT_THAT(Lines(),
              ElementsAre("demo/web   exec/helm     12s  1 of 3 ready; Deployment demo/web: "
                          "1 of 3 pods are available",
                          "demo/api   waits for          demo/web",
                          "demo/db    waits for          its turn"));
}

TEST_F(LiveViewTest, ProgressOfAnEarlierStepIsNotShown) {
  auto* step = Stand(AddChart("web", v1::STATE_RUNNING), v1::STAGE_VALIDATE, "workloads");
  step->set_outcome("looking");
  step->set_attempt(2);
  progress["demo/web"] = Progress(1, 3, "old").progress();
  EXPECT_THAT(Lines(), ElementsAre("demo/web  validate/workloads     12s  try 2; looking"));
}

TEST_F(LiveViewTest, DependenciesMayBeNamedWithTheirNamespaceAndThoseThatAreOverAreLeftOut) {
  AddChart("a", v1::STATE_SUCCEEDED);
  AddChart("b", v1::STATE_RUNNING);
  AddChart("c");
  for (const char* name : {"a", "demo/b"})
    run.mutable_plan()->mutable_charts(2)->add_depends_on(name);
  EXPECT_THAT(Lines().back(), HasSubstr("waits for          demo/b"));
}

TEST_F(LiveViewTest, AQueuedRunSaysItsPlaceAndForWhom) {
  run.set_state(v1::RUN_STATE_QUEUED);
  run.mutable_create_time()->set_seconds(kStart);
  AddChart("web");
  auto* other = run.mutable_queue()->add_waits_for();
  run.mutable_queue()->set_position(1);
  other->set_run_id("01b");
  other->set_caller("ci");
  other->add_keys("demo");
  EXPECT_THAT(Lines(), ElementsAre("queued  12s  position 1, waits for 01b of ci (demo)"));
}

TEST_F(LiveViewTest, TheQuestionStandsLastAndWhoCancelledFirst) {
  AddChart("web", v1::STATE_RUNNING);
  run.set_cancel_requested(true);
  run.set_cancelled_by("ci");
  question = "Cancel?";
  const auto lines = Lines();
  EXPECT_EQ(lines.front(), "cancel requested by ci");
  EXPECT_EQ(lines.back(), "Cancel?");
}

TEST_F(LiveViewTest, TheLastWordsOfAChartStandUnderIt) {
  Stand(AddChart("web", v1::STATE_RUNNING), v1::STAGE_EXEC, "helm");
  AddChart("api");
  for (const char* line : {"1", "2", "3", "4\x1b[2J"}) Say("demo/web", line);
  EXPECT_THAT(Lines(),
              ElementsAre("demo/web  exec/helm     12s", "    | web-x: 2", "    | web-x: 3",
                          "    | web-x: 4\\u001b[2J", "demo/api  waits for          its turn"));
  words.Forget("demo/web");
  EXPECT_EQ(Lines().size(), 2);
}

TEST_F(LiveViewTest, LastWordsTakeNoRoomFromCharts) {
  for (const char* name : {"a", "b"}) {
    AddChart(name, v1::STATE_RUNNING);
    for (const char* line : {"1", "2", "3"}) Say(absl::StrCat("demo/", name), line);
  }
  EXPECT_THAT(Lines({80, 24}).size(), 8);
  EXPECT_THAT(Lines({80, 8}).size(), 6) << "as many lines for one chart as for the other";
  EXPECT_THAT(Lines({80, 5}), ElementsAre(HasSubstr("demo/a"), "    | web-x: 3",
                                          HasSubstr("demo/b"), "    | web-x: 3"));
  EXPECT_THAT(Lines({80, 4}), ElementsAre(HasSubstr("demo/a"), HasSubstr("demo/b")));
}

TEST_F(LiveViewTest, NoLineIsAsWideAsTheTerminal) {
  Stand(AddChart("\xe4\xb8\x96\xe7\x95\x8c", v1::STATE_RUNNING), v1::STAGE_EXEC, "helm")
      ->set_outcome(std::string(200, 'x') + "\xe4\xb8\x96");
  AddChart("a");
  for (int columns = 1; columns < 150; ++columns) {
    for (const std::string& line : Lines({columns, 24})) EXPECT_LT(Columns(line), columns);
  }
}

TEST_F(LiveViewTest, NoMoreLinesThanTheTerminalHasRowsAndTheRestIsCounted) {
  for (int i = 0; i < 5; ++i) AddChart(absl::StrCat("waits", i));
  for (int i = 0; i < 5; ++i) AddChart(absl::StrCat("runs", i), v1::STATE_RUNNING);
  for (int rows = 1; rows < 15; ++rows)
    EXPECT_LE(static_cast<int>(Lines({80, rows}).size()), std::max(rows - 1, 1));
  const auto lines = Lines({80, 5});
  EXPECT_THAT(lines[0], HasSubstr("runs0"));
  EXPECT_EQ(lines[3], "... and 7 more: 2 running, 5 waiting");
  question = "Cancel?";
  EXPECT_EQ(Lines({80, 2}).back(), "Cancel?");
}

TEST_F(LiveViewTest, NothingOfTheDaemonsIsObeyed) {
  Stand(AddChart("a\x1b[2J", v1::STATE_RUNNING), v1::STAGE_EXEC, "s\r")
      ->set_outcome("\x1b]0;x\x07");
  run.set_cancel_requested(true);
  run.set_cancelled_by("\x1b[1m");
  for (const std::string& line : Lines()) {
    for (const char byte : {'\x1b', '\r', '\x07', '\n'})
      EXPECT_EQ(line.find(byte), std::string::npos) << line;
  }
}

TEST(Frame, WritesOverWhatWasThereInOnePiece) {
  EXPECT_EQ(Frame({}, {"a", "b"}, 0), "\ra\x1b[K\r\nb\x1b[K\r\n\x1b[J");
  EXPECT_EQ(Frame({}, {"a"}, 2), "\r\x1b[2Aa\x1b[K\r\n\x1b[J");
  EXPECT_EQ(Frame({"kept"}, {}, 1), "\r\x1b[1A\x1b[Jkept\x1b[K\r\n\x1b[J");
}

TEST(Frame, CountsTheRowsThatANarrowerTerminalWraps) {
  EXPECT_EQ(RowsOf({"", "12345", "1234567890", "12345678901"}, 5), 1 + 1 + 2 + 3);
}

class LivePrinterTest : public RunFixture {
 protected:
  LivePrinterTest() {
    run.set_state(v1::RUN_STATE_RUNNING);
    AddChart("web", v1::STATE_RUNNING);
    AddChart("api", v1::STATE_RUNNING);
  }
  std::string Tick(LivePrinter* printer, int seconds) {
    written.clear();
    printer->Tick(run, absl::FromUnixSeconds(kStart + seconds));
    return written;
  }

  std::string written;
  TerminalSize size;
  std::ostringstream errors;
  const Terminal terminal{[this](const std::string& bytes) { written += bytes; },
                          [this] { return size; }};
};

TEST_F(LivePrinterTest, DrawsAtTicksAndOnlyWhatHasChanged) {
  LivePrinter printer(terminal, &errors, false);
  printer.Event(Progress(1, 3, "x"), run);
  EXPECT_EQ(written, "");
  EXPECT_THAT(Tick(&printer, 1), HasSubstr("1s"));
  EXPECT_EQ(Tick(&printer, 1), "");
  EXPECT_THAT(Tick(&printer, 2), HasSubstr("\x1b[2A"));
  size.columns = 30;
  EXPECT_THAT(Tick(&printer, 2), HasSubstr("\x1b["));
}

TEST_F(LivePrinterTest, AChartThatIsOverBecomesALineThatStays) {
  for (const bool colour : {false, true}) {
    LivePrinter printer(terminal, &errors, colour);
    run.mutable_charts(0)->set_state(v1::STATE_FAILED);
    run.mutable_charts(0)->mutable_failure()->set_reason("NOT_READY");
    run.mutable_charts(0)->mutable_failure()->set_message("x\x1b[2J");
    run.mutable_charts(0)->mutable_end_time()->set_seconds(kStart + 3);
    printer.Event(Progress(0, 1, ""), run);
    const std::string first = Tick(&printer, 3);
    EXPECT_THAT(first, HasSubstr(colour ? "\x1b[31mFAILED\x1b[0m" : "demo/web  FAILED"));
    EXPECT_THAT(first, ::testing::Not(HasSubstr("x\x1b[2J")));
    printer.Event(Progress(0, 1, ""), run);
    EXPECT_THAT(Tick(&printer, 4), ::testing::Not(HasSubstr("FAILED")));
  }
}

TEST_F(LivePrinterTest, OutputStaysAndLastWordsGoWithTheirStep) {
  LivePrinter printer(terminal, &errors, false);
  v1::RunEvent output;
  output.mutable_log()->set_chart("demo/web");
  output.mutable_log()->set_line("out");
  v1::RunEvent word = output;
  word.mutable_log()->set_kind(v1::LOG_KIND_EVENT);
  word.mutable_log()->set_source("event");
  word.mutable_log()->set_line("Pod web-x: FailedMount: m");
  printer.Event(output, run);
  printer.Event(word, run);
  const std::string first = Tick(&printer, 1);
  EXPECT_THAT(first, HasSubstr("| out"));
  EXPECT_THAT(first, HasSubstr("    | event: Pod web-x: FailedMount: m"));
  printer.Event(Step(v1::STATE_RUNNING, "asks helm for revision 1"), run);
  EXPECT_THAT(Tick(&printer, 2), HasSubstr("FailedMount"));
  printer.Event(Step(v1::STATE_SUCCEEDED), run);
  EXPECT_THAT(Tick(&printer, 3), ::testing::Not(HasSubstr("FailedMount")));
}

TEST_F(LivePrinterTest, TheDrawingIsTakenAwayAtTheEnd) {
  {
    LivePrinter printer(terminal, &errors, false);
    Tick(&printer, 1);
    written.clear();
  }
  EXPECT_EQ(written, "\r\x1b[2A\x1b[J");
}

}  // namespace
}  // namespace wheelhouse::cli
