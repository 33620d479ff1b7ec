// What every command prints alike: an answer as JSON, and an error.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

// One line of proto JSON.
void PrintJson(const Console& console, const google::protobuf::Message& message);

// Reports an error, which must not be OK. Returns the exit code.
int Fail(const Console& console, const absl::Status& status);

}  // namespace wheelhouse::cli
