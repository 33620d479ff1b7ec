#include "common/formats/json_document.h"

namespace wheelhouse {

// Looks at nothing but strings, brackets and what separates values, so that it may count too many
// in what is not JSON, and never too few in what is.
bool IsWithinBudget(absl::string_view text, const JsonBudget& budget) {
  size_t values = 1, depth = 0;
  bool in_string = false;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      ++values;
      if (++depth > budget.depth) return false;
    } else if (c == ']' || c == '}') {
      if (depth > 0) --depth;
    } else if (c == ',') {
      ++values;
    }
    if (values > budget.values) return false;
  }
  return true;
}

nlohmann::json ParseJson(absl::string_view text, const JsonBudget& budget) {
  if (!IsWithinBudget(text, budget)) return nlohmann::json(nlohmann::json::value_t::discarded);
  return nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
}

}  // namespace wheelhouse
