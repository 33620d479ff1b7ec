// Checks of single fields, shared by the checks of plans. `path` names the field in the violations
// that are added to `wrong`. Pure functions.
#pragma once

#include <absl/strings/string_view.h>
#include <google/protobuf/duration.pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/failure.h"

namespace wheelhouse::plan {

using FieldViolations = std::vector<FieldViolation>;

// A DNS label of 1 to `most` characters.
void CheckLabel(const std::string& text, size_t most, const std::string& path,
                FieldViolations* wrong);

// A DNS subdomain of 1 to `most` characters: labels with dots between them. What helm takes as the
// name of a release (with `most` 53).
void CheckName(const std::string& text, size_t most, const std::string& path,
               FieldViolations* wrong);

// Durations that are not set are fine.
void CheckPositive(bool set, const google::protobuf::Duration& duration, const std::string& path,
                   FieldViolations* wrong);
void CheckNotNegative(bool set, const google::protobuf::Duration& duration, const std::string& path,
                      FieldViolations* wrong);

void CheckRange(int64_t value, int64_t least, int64_t most, const std::string& path,
                FieldViolations* wrong);

// A key of the payload, so that ${payload.KEY} can name it.
void CheckPayloadKey(const std::string& key, const std::string& path, FieldViolations* wrong);

// A text that must not change during a run: no ${payload.key}.
void CheckStatic(absl::string_view text, const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan
