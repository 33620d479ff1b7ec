// What every command prints alike: an answer as JSON or YAML, and an error.
#pragma once

#include <absl/status/status.h>
#include <absl/strings/string_view.h>
#include <google/protobuf/message.h>

#include "client/cli/shell/console.h"

namespace wheelhouse::cli {

// One line of proto JSON, or a YAML document of the same fields that begins with `---`.
void PrintMessage(const Console& console, const google::protobuf::Message& message);

// A text of several lines as it is; on a terminal, made printable.
void PrintText(const Console& console, absl::string_view text);

// Reports an error, which must not be OK. Returns the exit code.
int Fail(const Console& console, const absl::Status& status);

}  // namespace wheelhouse::cli
