#include "server/cel/functions.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <array>
#include <cstring>

#include "common/status_macros.h"
#include "server/cel/errors.h"
#include "server/cel/utf8_text.h"

namespace wheelhouse::cel {
namespace {

using Arguments = absl::Span<const Value>;

absl::StatusOr<Value> Size(Evaluation& evaluation, Arguments arguments) {
  const Value& value = arguments[0];
  switch (value.kind()) {
    case Kind::kString:
      RETURN_IF_ERROR(evaluation.SpendOnBytes(value.text().size()));
      return Value(static_cast<int64_t>(CountCharacters(value.text())));
    case Kind::kBytes:
      return Value(static_cast<int64_t>(value.get<Bytes>().bytes.size()));
    case Kind::kList:
      return Value(static_cast<int64_t>(value.get<ListView>().size()));
    case Kind::kMap:
      return Value(static_cast<int64_t>(value.get<MapView>().size()));
    default:
      return NoOverload("size", arguments);
  }
}

bool AreStrings(Arguments arguments) {
  return std::ranges::all_of(arguments, [](const Value& a) { return a.is(Kind::kString); });
}

absl::StatusOr<Value> Contains(Evaluation& evaluation, Arguments arguments) {
  if (!AreStrings(arguments)) return NoOverload("contains", arguments);
  const absl::string_view text = arguments[0].text(), part = arguments[1].text();
  RETURN_IF_ERROR(evaluation.SpendOnBytes(text.size() + part.size()));
  if (text.empty() || part.empty()) return Value(part.empty());
  // memmem is linear, unlike string_view::find.
  return Value(memmem(text.data(), text.size(), part.data(), part.size()) != nullptr);
}

absl::StatusOr<Value> StartsWith(Evaluation& evaluation, Arguments arguments) {
  if (!AreStrings(arguments)) return NoOverload("startsWith", arguments);
  RETURN_IF_ERROR(evaluation.SpendOnBytes(arguments[1].text().size()));
  return Value(absl::StartsWith(arguments[0].text(), arguments[1].text()));
}

absl::StatusOr<Value> EndsWith(Evaluation& evaluation, Arguments arguments) {
  if (!AreStrings(arguments)) return NoOverload("endsWith", arguments);
  RETURN_IF_ERROR(evaluation.SpendOnBytes(arguments[1].text().size()));
  return Value(absl::EndsWith(arguments[0].text(), arguments[1].text()));
}

absl::StatusOr<Value> MatchesText(Evaluation& evaluation, Arguments arguments) {
  if (!AreStrings(arguments)) return NoOverload("matches", arguments);
  const absl::string_view text = arguments[1].text();
  // Compiling is dearer than reading: repeats multiply what is written.
  RETURN_IF_ERROR(evaluation.Spend(100 + 10 * text.size()));
  const re2::RE2 pattern(re2::StringPiece(text.data(), text.size()), PatternOptions());
  if (!pattern.ok()) return absl::InvalidArgumentError("matches() has no valid pattern");
  return Matches(evaluation, pattern, arguments[0].text());
}

absl::StatusOr<Value> Same(Evaluation& evaluation, Arguments arguments) { return arguments[0]; }

absl::StatusOr<Value> TypeOf(Evaluation& evaluation, Arguments arguments) {
  return Value(TypeName{arguments[0].kind()});
}

std::array<absl::Span<const Function>, 5> Tables() {
  return {StandardFunctions(), Conversions(), StringFunctions(), TimeFunctions(),
          OptionalFunctions()};
}

}  // namespace

absl::Span<const Function> StandardFunctions() {
  static constexpr Function kFunctions[] = {
      {"size", false, 1, Size},           {"size", true, 1, Size},
      {"contains", true, 2, Contains},    {"startsWith", true, 2, StartsWith},
      {"endsWith", true, 2, EndsWith},    {"matches", true, 2, MatchesText},
      {"matches", false, 2, MatchesText}, {"dyn", false, 1, Same},
      {"type", false, 1, TypeOf},
  };
  return kFunctions;
}

re2::RE2::Options PatternOptions() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

absl::StatusOr<Value> Matches(Evaluation& evaluation, const re2::RE2& pattern,
                              absl::string_view text) {
  RETURN_IF_ERROR(evaluation.SpendOnBytes(text.size() * (1 + pattern.pattern().size() / 4)));
  return Value(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), pattern));
}

const Function* FindFunction(absl::string_view name, bool method, size_t arguments) {
  for (const absl::Span<const Function> table : Tables()) {
    for (const Function& function : table) {
      if (function.name == name && function.method == method && function.arguments == arguments)
        return &function;
    }
  }
  return nullptr;
}

std::vector<std::string> CallsOf(absl::string_view name) {
  std::vector<std::string> calls;
  for (const absl::Span<const Function> table : Tables()) {
    for (const Function& function : table) {
      if (function.name != name) continue;
      std::string call = absl::StrCat(function.method ? "_." : "", name, "(");
      const size_t inside = function.arguments - (function.method ? 1 : 0);
      for (size_t i = 0; i < inside; ++i) absl::StrAppend(&call, i == 0 ? "_" : ", _");
      calls.push_back(call + ")");
    }
  }
  return calls;
}

}  // namespace wheelhouse::cel
