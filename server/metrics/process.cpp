#include "server/metrics/process.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace wheelhouse::metrics {
namespace {

std::string Read(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The fields of /proc/self/stat from the state on, which is the third (proc(5)): the name before it
// may hold spaces.
std::vector<std::string> StatFields() {
  const std::string text = Read("/proc/self/stat");
  const size_t name_end = text.rfind(") ");
  if (name_end == std::string::npos) return {};
  return absl::StrSplit(text.substr(name_end + 2), ' ');
}

double NumberAt(const std::vector<std::string>& fields, size_t field) {
  constexpr size_t kFirst = 3;
  double number = 0;
  if (field - kFirst < fields.size()) (void)absl::SimpleAtod(fields[field - kFirst], &number);
  return number;
}

absl::Duration Ticks(double ticks) {
  return absl::Seconds(ticks / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

absl::Time BootTime() {
  for (const absl::string_view line : absl::StrSplit(Read("/proc/stat"), '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    int64_t seconds = 0;
    if (parts.first == "btime" && absl::SimpleAtoi(parts.second, &seconds))
      return absl::FromUnixSeconds(seconds);
  }
  return absl::UnixEpoch();
}

int OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  return error ? 0 : static_cast<int>(std::distance(begin(all), end(all)));
}

}  // namespace

ProcessCounts CountProcess() {
  const std::vector<std::string> fields = StatFields();
  ProcessCounts counts;
  counts.cpu = Ticks(NumberAt(fields, 14) + NumberAt(fields, 15));  // utime, stime
  counts.threads = static_cast<int>(NumberAt(fields, 20));
  counts.start = BootTime() + Ticks(NumberAt(fields, 22));
  counts.resident_bytes =
      static_cast<uint64_t>(NumberAt(fields, 24)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  counts.open_descriptors = OpenDescriptors();
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) counts.most_descriptors = limit.rlim_cur;
  return counts;
}

}  // namespace wheelhouse::metrics
