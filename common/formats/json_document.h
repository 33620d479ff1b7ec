// JSON from outside, bounded before it is parsed: nlohmann-json takes 16 to 100 bytes of memory for
// each value, and copies, prints and compares a value by recursion, which many levels overflow the
// stack with.
#pragma once

#include <absl/strings/string_view.h>

#include <nlohmann/json.hpp>

namespace wheelhouse {

struct JsonBudget {
  size_t values = 1'000'000;  // some 100 MiB; a page of 500 pods has some 300,000
  size_t depth = 500;
};

// Whether the text, if it is JSON, is within the budget. Thread-safe.
bool IsWithinBudget(absl::string_view text, const JsonBudget& budget = {});

// Discarded (is_discarded) for what is not JSON or over the budget, and where the ParseScope of the
// thread (parse_scope.h) has ended before the text has. Thread-safe. Use it instead of
// nlohmann::json::parse for whatever comes from outside.
nlohmann::json ParseJson(absl::string_view text, const JsonBudget& budget = {});

// The same, with the members of objects in the order of the text.
nlohmann::ordered_json ParseOrderedJson(absl::string_view text, const JsonBudget& budget = {});

}  // namespace wheelhouse
