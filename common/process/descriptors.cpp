#include "common/process/descriptors.h"

#include <absl/strings/str_cat.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

#include "common/failure.h"

namespace wheelhouse {

absl::StatusOr<uint64_t> RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return MakeFailure(Reason::kInternal, absl::StrCat("getrlimit: ", strerror(errno)));
  }
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return MakeFailure(Reason::kInternal, absl::StrCat("setrlimit: ", strerror(errno)));
  }
  return limit.rlim_cur;
}

}  // namespace wheelhouse
