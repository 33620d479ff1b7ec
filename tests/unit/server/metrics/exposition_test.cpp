#include "server/metrics/exposition.h"

#include <absl/strings/str_cat.h>
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "common/failure.h"

namespace wheelhouse::metrics {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The whole answer to GET `path`.
std::string Get(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request =
        absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
    char buffer[4096];
    for (ssize_t got = 0; (got = read(fd, buffer, sizeof(buffer))) > 0;)
      answer.append(buffer, static_cast<size_t>(got));
  }
  close(fd);
  return answer;
}

TEST(Exposition, ServesWhatIsReadAtEachScrape) {
  std::atomic<int> scrapes = 0;
  const auto exposition = Exposition::Start("127.0.0.1:0", [&scrapes] {
    Snapshot now;
    now.runs.queued = ++scrapes;
    return now;
  });
  ASSERT_TRUE(exposition.ok()) << exposition.status();
  const std::string first = Get((*exposition)->port(), "/metrics");
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(first, HasSubstr("\nwheelhouse_runs{state=\"queued\"} 1\n"));
  EXPECT_THAT(Get((*exposition)->port(), "/metrics"),
              HasSubstr("\nwheelhouse_runs{state=\"queued\"} 2\n"));
  EXPECT_THAT(Get((*exposition)->port(), "/../etc/passwd"), StartsWith("HTTP/1.1 404"));
}

TEST(Exposition, AnAddressThatIsTakenIsAnErrorOfTheConfiguration) {
  const auto first = Exposition::Start("127.0.0.1:0", [] { return Snapshot(); });
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string address = absl::StrCat("127.0.0.1:", (*first)->port());
  const auto second = Exposition::Start(address, [] { return Snapshot(); });
  EXPECT_TRUE(HasReason(second.status(), Reason::kConfigInvalid));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("metrics.listen " + address));
}

TEST(Process, IsCounted) {
  const ProcessCounts counts = CountProcess();
  EXPECT_GT(counts.resident_bytes, 1u << 20);
  EXPECT_GE(counts.threads, 1);
  EXPECT_GE(counts.open_descriptors, 3);
  EXPECT_GE(counts.most_descriptors, static_cast<uint64_t>(counts.open_descriptors));
  EXPECT_GT(counts.start, absl::UnixEpoch());
}

}  // namespace
}  // namespace wheelhouse::metrics
