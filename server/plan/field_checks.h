// Checks of single fields, as the checks of plans need them. `path` names the field in what is
// added to `wrong`. Pure functions.
#pragma once

#include <absl/strings/string_view.h>
#include <google/protobuf/duration.pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/failure.h"

namespace wheelhouse::plan {

using Wrong = std::vector<FieldViolation>;

// A DNS label of 1 to `most` characters.
void CheckLabel(const std::string& text, size_t most, const std::string& path, Wrong* wrong);

// Durations that are not set are fine.
void CheckPositive(bool set, const google::protobuf::Duration& duration, const std::string& path,
                   Wrong* wrong);
void CheckNotNegative(bool set, const google::protobuf::Duration& duration, const std::string& path,
                      Wrong* wrong);

void CheckRange(int64_t value, int64_t least, int64_t most, const std::string& path, Wrong* wrong);

// A key of the payload, so that ${payload.KEY} can name it.
void CheckPayloadKey(const std::string& key, const std::string& path, Wrong* wrong);

// What must not change while a run goes on: no ${payload.key}.
void CheckStatic(absl::string_view text, const std::string& path, Wrong* wrong);

}  // namespace wheelhouse::plan
