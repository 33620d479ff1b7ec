// The canonical layout of plan files: `wheelhouse plan fmt`.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

// `text` with the layout of yaml_layout.h, and with the fields of the plan, of its layers and of
// its charts in the order of the API's messages, what they are called and where they come from
// first. Where fields could not be moved without parting them from a comment, an empty line or an
// anchor they stay where they are. Every comment and every value stays as it is written: the result
// means the same, and formatting it again changes nothing. Errors: PLAN_INVALID with the place
// where `text` is not YAML; INVALID_ARGUMENT for what cannot be laid out.
absl::StatusOr<std::string> FormatPlan(const std::string& text, const std::string& file);

}  // namespace wheelhouse::cli
