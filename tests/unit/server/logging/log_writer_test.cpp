#include "server/logging/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sstream>

namespace wheelhouse {
namespace {

std::string Told(uint64_t number) { return "dropped " + std::to_string(number) + "\n"; }

// Both ends of a pipe or a pair of sockets.
class Ends {
 public:
  explicit Ends(bool sockets) {
    EXPECT_EQ(sockets ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds_) : pipe(fds_), 0);
  }
  ~Ends() {
    CloseReader();
    close(fds_[1]);
  }
  void CloseReader() {
    if (fds_[0] >= 0) close(fds_[0]);
    fds_[0] = -1;
  }
  int in() const { return fds_[1]; }
  // Reads until the text ends with a line's end and has `word` in it.
  std::string ReadTo(const std::string& word) const {
    std::string text;
    char buffer[65536];
    while (!text.ends_with("\n") || text.find(word) == std::string::npos) {
      const ssize_t size = read(fds_[0], buffer, sizeof(buffer));
      if (size <= 0) break;
      text.append(buffer, static_cast<size_t>(size));
    }
    return text;
  }

 private:
  int fds_[2];
};

class LogWriterTest : public testing::TestWithParam<bool> {
 protected:
  LogWriterTest() { signal(SIGPIPE, SIG_IGN); }
  Ends ends_{GetParam()};
};

TEST_P(LogWriterTest, ALineIsWrittenAtOnce) {
  LogWriter writer(ends_.in(), 100, Told);
  writer.Write("hello\n");
  EXPECT_TRUE(writer.Flush(absl::ZeroDuration()));
  EXPECT_EQ(ends_.ReadTo(""), "hello\n");
}

TEST_P(LogWriterTest, WhenNobodyReadsLinesWaitAndThenAreDroppedAndCounted) {
  LogWriter writer(ends_.in(), 1 << 20, Told);
  const std::string fill(1000, '.');
  constexpr int kLines = 5000;  // more than the pipe and the queue hold
  for (int i = 0; i < kLines; ++i) writer.Write(std::to_string(i) + fill + "\n");
  EXPECT_FALSE(writer.Flush(absl::ZeroDuration()));
  // Told as soon as there is room, which the reader makes.
  std::istringstream text(ends_.ReadTo("dropped"));
  std::string line;
  int next = 0, dropped = 0;
  while (std::getline(text, line)) {
    if (line.starts_with("dropped ")) {
      dropped += std::stoi(line.substr(8));
      break;
    }
    ASSERT_EQ(line, std::to_string(next++) + fill);
  }
  EXPECT_GT(next, 1000);
  EXPECT_EQ(next + dropped, kLines);
}

TEST_P(LogWriterTest, ALineThatIsLongerThanAPipeTakesAtOnceIsWhole) {
  LogWriter writer(ends_.in(), 8 << 20, Told);
  const std::string line = std::string(3 << 20, 'x') + "\n";
  writer.Write(line);
  EXPECT_EQ(ends_.ReadTo(""), line);
}

TEST_P(LogWriterTest, WhenTheReaderIsGoneLinesAreLost) {
  LogWriter writer(ends_.in(), 100, Told);
  ends_.CloseReader();
  for (int i = 0; i < 100; ++i) writer.Write("hello\n");
  EXPECT_TRUE(writer.Flush(absl::InfiniteDuration()));
}

TEST_P(LogWriterTest, EndsThoughNobodyReads) {
  LogWriter writer(ends_.in(), 8 << 20, Told);
  writer.Write(std::string(3 << 20, 'x') + "\n");
}

INSTANTIATE_TEST_SUITE_P(Ends, LogWriterTest, testing::Values(false, true),
                         [](const auto& info) { return info.param ? "Sockets" : "Pipe"; });

}  // namespace
}  // namespace wheelhouse
