#include "common/formats/json_document.h"

#include <cstddef>
#include <iterator>

#include "common/formats/parse_scope.h"

namespace wheelhouse {
namespace {

// How many bytes are parsed between two looks at the ParseScope: a millisecond's worth.
constexpr size_t kLookEvery = 16 << 10;

struct Interrupted {};

// A text that ends, with Interrupted, when the ParseScope has ended. The parser reads it once, from
// the beginning to the end.
class InterruptibleText {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  InterruptibleText(const char* at, const char* begin) : at_(at), begin_(begin) {}

  reference operator*() const {
    if (static_cast<size_t>(at_ - begin_) % kLookEvery == 0 && ParseScope::Ended())
      throw Interrupted();
    return *at_;
  }
  InterruptibleText& operator++() {
    ++at_;
    return *this;
  }
  bool operator==(const InterruptibleText& other) const { return at_ == other.at_; }
  bool operator!=(const InterruptibleText& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char* begin_;
};

template <typename Json>
Json Parse(absl::string_view text, const JsonBudget& budget) {
  Json discarded(Json::value_t::discarded);
  if (!IsWithinBudget(text, budget)) return discarded;
  const char* const begin = text.data();
  try {
    return Json::parse(InterruptibleText(begin, begin),
                       InterruptibleText(begin + text.size(), begin), nullptr, false);
  } catch (const Interrupted&) {
    return discarded;
  }
}

}  // namespace

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
  return Parse<nlohmann::json>(text, budget);
}

nlohmann::ordered_json ParseOrderedJson(absl::string_view text, const JsonBudget& budget) {
  return Parse<nlohmann::ordered_json>(text, budget);
}

}  // namespace wheelhouse
