// cel-go's extension for strings, but for format() and quote(). Indexes count characters.
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/cel/errors.h"
#include "server/cel/functions.h"
#include "server/cel/utf8_text.h"

namespace wheelhouse::cel {
namespace {

using Arguments = absl::Span<const Value>;
constexpr size_t kNone = absl::string_view::npos;

// Checks the kinds of a function's arguments, `s` for a string and `i` for an int, and pays for
// reading the strings.
absl::Status Take(Evaluation& evaluation, absl::string_view name, absl::string_view kinds,
                  Arguments arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].is(kinds[i] == 's' ? Kind::kString : Kind::kInt))
      return NoOverload(name, arguments);
    if (kinds[i] == 's') RETURN_IF_ERROR(evaluation.SpendOnBytes(arguments[i].text().size()));
  }
  return absl::OkStatus();
}

absl::Status OutOfBounds() { return absl::OutOfRangeError("an index lies outside the text"); }

// Where `part`, which is not empty, is found first from byte `from` on. Linear.
size_t FindFrom(absl::string_view text, absl::string_view part, size_t from) {
  if (from >= text.size()) return kNone;  // also a text without data, which memmem may not be given
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? kNone
                          : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

size_t CharacterAt(absl::string_view text, size_t byte) {
  return CountCharacters(text.substr(0, byte));
}

absl::StatusOr<Value> CharAt(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "charAt", "si", arguments));
  const absl::string_view text = arguments[0].text();
  const int64_t index = arguments[1].get<int64_t>();
  const size_t byte = index < 0 ? kNone : ByteOfCharacter(text, static_cast<size_t>(index));
  if (byte == kNone) return OutOfBounds();
  if (byte == text.size()) return Value(absl::string_view());
  return Value(text.substr(byte, DecodeUtf8(text.substr(byte)).bytes));
}

absl::StatusOr<Value> IndexOf(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "indexOf", "ssi", arguments));
  const absl::string_view text = arguments[0].text(), part = arguments[1].text();
  const int64_t offset = arguments.size() > 2 ? arguments[2].get<int64_t>() : 0;
  if (offset < 0) return OutOfBounds();
  const size_t from = ByteOfCharacter(text, static_cast<size_t>(offset));
  if (part.empty())
    return Value(from == kNone ? static_cast<int64_t>(CountCharacters(text)) : offset);
  const size_t found = from == kNone ? kNone : FindFrom(text, part, from);
  return Value(found == kNone ? int64_t{-1} : static_cast<int64_t>(CharacterAt(text, found)));
}

absl::StatusOr<Value> LastIndexOf(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "lastIndexOf", "ssi", arguments));
  const absl::string_view text = arguments[0].text(), part = arguments[1].text();
  const auto size = static_cast<int64_t>(CountCharacters(text));
  const bool given = arguments.size() > 2;
  const int64_t offset = given ? arguments[2].get<int64_t>() : size;
  if (offset < 0) return OutOfBounds();
  if (part.empty()) return Value(std::min(offset, size));
  if (given && offset >= size) return Value(int64_t{-1});
  const size_t from = ByteOfCharacter(text, static_cast<size_t>(offset));
  // rfind is quadratic at worst.
  RETURN_IF_ERROR(evaluation.Spend(text.size() * part.size() / 100));
  const size_t found = std::string_view(text.data(), text.size())
                           .rfind(std::string_view(part.data(), part.size()), from);
  return Value(found == kNone ? int64_t{-1} : static_cast<int64_t>(CharacterAt(text, found)));
}

template <char (*Map)(unsigned char)>
absl::StatusOr<Value> EachAscii(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "lowerAscii or upperAscii", "s", arguments));
  RETURN_IF_ERROR(evaluation.CheckRoom(arguments[0].text().size()));
  std::string text(arguments[0].text());
  for (char& c : text) c = Map(static_cast<unsigned char>(c));
  return evaluation.NewString(std::move(text));
}

absl::StatusOr<Value> Replace(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "replace", "sssi", arguments));
  const absl::string_view text = arguments[0].text(), old = arguments[1].text(),
                          fresh = arguments[2].text();
  const int64_t given = arguments.size() > 3 ? arguments[3].get<int64_t>() : -1;
  size_t left = given < 0 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(given);
  std::string out;
  size_t done = 0;
  const auto put = [&](absl::string_view part) -> absl::Status {
    RETURN_IF_ERROR(evaluation.CheckRoom(out.size() + part.size()));
    out.append(part.data(), part.size());
    return evaluation.SpendOnBytes(part.size());
  };
  // Nothing is found before the first character, and after each.
  for (bool first = true; left > 0; --left, first = false) {
    size_t found = old.empty() ? done : FindFrom(text, old, done);
    if (old.empty() && !first)
      found = done == text.size() ? kNone : done + DecodeUtf8(text.substr(done)).bytes;
    if (found == kNone) break;
    RETURN_IF_ERROR(put(text.substr(done, found - done)));
    RETURN_IF_ERROR(put(fresh));
    done = found + old.size();
  }
  RETURN_IF_ERROR(put(text.substr(done)));
  return evaluation.NewString(std::move(out));
}

absl::StatusOr<Value> Split(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "split", "ssi", arguments));
  absl::string_view rest = arguments[0].text();
  const absl::string_view separator = arguments[1].text();
  const int64_t given = arguments.size() > 2 ? arguments[2].get<int64_t>() : -1;
  std::vector<Value> parts;
  const auto more = [&] { return given < 0 || static_cast<int64_t>(parts.size()) + 1 < given; };
  const auto put = [&](absl::string_view part) {
    parts.emplace_back(part);
    return evaluation.CheckRoom(parts.size() * sizeof(Value));
  };
  if (given == 0) return evaluation.NewList({});
  if (separator.empty()) {  // into characters
    while (!rest.empty()) {
      const size_t size = more() ? DecodeUtf8(rest).bytes : rest.size();
      RETURN_IF_ERROR(put(rest.substr(0, size)));
      rest.remove_prefix(size);
    }
    return evaluation.NewList(std::move(parts));
  }
  while (more()) {
    const size_t found = FindFrom(rest, separator, 0);
    if (found == kNone) break;
    RETURN_IF_ERROR(put(rest.substr(0, found)));
    rest.remove_prefix(found + separator.size());
  }
  RETURN_IF_ERROR(put(rest));
  return evaluation.NewList(std::move(parts));
}

absl::StatusOr<Value> Join(Evaluation& evaluation, Arguments arguments) {
  const bool separated = arguments.size() > 1;
  if (!arguments[0].is(Kind::kList) || (separated && !arguments[1].is(Kind::kString)))
    return NoOverload("join", arguments);
  const ListView& list = arguments[0].get<ListView>();
  std::string out;
  for (size_t i = 0; i < list.size(); ++i) {
    const Value item = list.at(i);
    if (!item.is(Kind::kString))
      return absl::InvalidArgumentError(
          absl::StrCat("join() takes strings, not ", NameOf(item.kind())));
    const absl::string_view between = separated && i > 0 ? arguments[1].text() : "";
    RETURN_IF_ERROR(evaluation.CheckRoom(out.size() + between.size() + item.text().size()));
    RETURN_IF_ERROR(evaluation.SpendOnBytes(between.size() + item.text().size()));
    absl::StrAppend(&out, between, item.text());
  }
  return evaluation.NewString(std::move(out));
}

absl::StatusOr<Value> Substring(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "substring", "sii", arguments));
  const absl::string_view text = arguments[0].text();
  const int64_t begin = arguments[1].get<int64_t>();
  const int64_t end =
      arguments.size() > 2 ? arguments[2].get<int64_t>() : std::numeric_limits<int64_t>::max();
  if (begin < 0 || begin > end) return OutOfBounds();
  const size_t from = ByteOfCharacter(text, static_cast<size_t>(begin));
  const size_t to =
      arguments.size() > 2 ? ByteOfCharacter(text, static_cast<size_t>(end)) : text.size();
  if (from == kNone || to == kNone) return OutOfBounds();
  return Value(text.substr(from, to - from));
}

bool IsSpace(char32_t c) {
  return (c >= 0x9 && c <= 0xD) || c == ' ' || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

absl::StatusOr<Value> Trim(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "trim", "s", arguments));
  absl::string_view text = arguments[0].text();
  while (!text.empty()) {
    const Utf8Character first = DecodeUtf8(text);
    if (!IsSpace(first.code)) break;
    text.remove_prefix(first.bytes);
  }
  while (!text.empty()) {
    size_t last = text.size() - 1;
    while (!BeginsCharacter(text[last])) --last;
    if (!IsSpace(DecodeUtf8(text.substr(last)).code)) break;
    text = text.substr(0, last);
  }
  return Value(text);
}

absl::StatusOr<Value> Reverse(Evaluation& evaluation, Arguments arguments) {
  RETURN_IF_ERROR(Take(evaluation, "reverse", "s", arguments));
  absl::string_view text = arguments[0].text();
  RETURN_IF_ERROR(evaluation.CheckRoom(text.size()));
  std::string out;
  while (!text.empty()) {
    size_t last = text.size() - 1;
    while (!BeginsCharacter(text[last])) --last;
    out.append(text.data() + last, text.size() - last);
    text = text.substr(0, last);
  }
  return evaluation.NewString(std::move(out));
}

char Lower(unsigned char c) { return absl::ascii_tolower(c); }
char Upper(unsigned char c) { return absl::ascii_toupper(c); }

}  // namespace

absl::Span<const Function> StringFunctions() {
  static constexpr Function kFunctions[] = {
      {"charAt", true, 2, CharAt},
      {"indexOf", true, 2, IndexOf},
      {"indexOf", true, 3, IndexOf},
      {"lastIndexOf", true, 2, LastIndexOf},
      {"lastIndexOf", true, 3, LastIndexOf},
      {"lowerAscii", true, 1, EachAscii<Lower>},
      {"upperAscii", true, 1, EachAscii<Upper>},
      {"replace", true, 3, Replace},
      {"replace", true, 4, Replace},
      {"split", true, 2, Split},
      {"split", true, 3, Split},
      {"join", true, 1, Join},
      {"join", true, 2, Join},
      {"substring", true, 2, Substring},
      {"substring", true, 3, Substring},
      {"trim", true, 1, Trim},
      {"reverse", true, 1, Reverse},
  };
  return kFunctions;
}

}  // namespace wheelhouse::cel
