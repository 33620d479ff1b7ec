#include "server/api/upload_space.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"

namespace wheelhouse::api {

absl::Status UploadSpace::Take(const std::string& caller, int64_t bytes) {
  MutexLock lock(&mutex_);
  const auto known = by_caller_.find(caller);
  const int64_t before = known == by_caller_.end() ? 0 : known->second;
  if (before + bytes > limits_.bytes_per_caller) {
    return MakeFailure(Reason::kCallerLimit,
                       absl::StrCat("the caller's uploads in progress would take more than ",
                                    limits_.bytes_per_caller,
                                    " bytes (limits.quotaBytes): wait until some are complete"));
  }
  if (taken_ + bytes > limits_.bytes) {
    return MakeFailure(Reason::kCallerLimit,
                       absl::StrCat("all uploads in progress would take more than ", limits_.bytes,
                                    " bytes (limits.uploadingBytes): try again later"));
  }
  by_caller_[caller] = before + bytes;
  taken_ += bytes;
  return absl::OkStatus();
}

void UploadSpace::Return(const std::string& caller, int64_t bytes) {
  MutexLock lock(&mutex_);
  taken_ -= bytes;
  const auto of = by_caller_.find(caller);
  if (of == by_caller_.end()) return;
  of->second -= bytes;
  if (of->second == 0) by_caller_.erase(of);
}

}  // namespace wheelhouse::api
