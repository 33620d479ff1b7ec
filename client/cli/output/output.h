// stdout.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>

namespace wheelhouse::cli {

// One line of proto JSON.
void PrintJson(const google::protobuf::Message& message);

// Tells an error on stderr; answers the exit code.
int Fail(const absl::Status& status);

}  // namespace wheelhouse::cli
