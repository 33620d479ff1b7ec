#include "common/secret_forms.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <set>

#include "common/utf8.h"

namespace wheelhouse {
namespace {

using Match = SecretForm::Match;

constexpr size_t kShortWord = 8;
// Of a longer text of several lines the lines are found, wherever it stands.
constexpr size_t kLongestWhole = 4096;
// The rest of a longer base64 run is masked with its beginning.
constexpr size_t kLongestBase64 = 64;
// Shorter ones may be part of any other base64.
constexpr size_t kShortestInBase64 = 7;

// A character that begins as `\`; empty for one that stays as it is.
std::string Escape(char32_t code, bool html, bool go) {
  switch (code) {
    case '\n':
      return "\\n";
    case '\t':
      return "\\t";
    case '\r':
      return "\\r";
    case '\\':
      return "\\\\";
    case '"':
      return "\\\"";
    default:
      break;
  }
  if (code < 0x20 || code == 0x7f) {
    return go ? absl::StrCat("\\x", absl::Hex(code, absl::kZeroPad2))
              : absl::StrCat("\\u", absl::Hex(code, absl::kZeroPad4));
  }
  if (html && (code == '<' || code == '>' || code == '&'))
    return absl::StrCat("\\u", absl::Hex(code, absl::kZeroPad4));
  return "";
}

// As it stands between the quotes: of Go's %q and YAML's (`go`), of JSON, of Go's own JSON
// (`html`).
std::string Quoted(absl::string_view text, bool html, bool go) {
  std::string quoted;
  while (!text.empty()) {
    const Utf8Character character = DecodeUtf8(text);
    const size_t bytes = std::max<size_t>(character.bytes, 1);
    const std::string escape =
        character.bytes == 0 ? std::string() : Escape(character.code, html, go);
    absl::StrAppend(&quoted, escape.empty() ? text.substr(0, bytes) : escape);
    text.remove_prefix(bytes);
  }
  return quoted;
}

// Go's url.QueryEscape, or url.PathEscape.
std::string UrlEscaped(absl::string_view text, bool query) {
  std::string escaped;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || absl::StrContains(query ? "-_.~" : "-_.~$&+:=@", c)) {
      escaped += c;
    } else if (query && c == ' ') {
      escaped += '+';
    } else {
      absl::StrAppend(&escaped, "%",
                      absl::AsciiStrToUpper(
                          absl::StrCat(absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2))));
    }
  }
  return escaped;
}

class Collector {
 public:
  void AddText(const std::string& text) {
    const Match match = text.size() < kShortWord ? Match::kWord : Match::kAnywhere;
    Add(text, match);
    for (const bool go : {true, false}) {
      for (const bool html : {false, true}) {
        const std::string once = Quoted(text, html, go);
        Add(once, match);
        Add(Quoted(once, html, go), match);
      }
    }
    Add(absl::StrReplaceAll(text, {{"'", "''"}}), match);
    Add(UrlEscaped(text, true), match);
    Add(UrlEscaped(text, false), match);
  }

  void AddBase64(absl::string_view text) {
    // What comes before and after it in a longer text changes the characters at its ends.
    for (const size_t before : {0, 1, 2}) {
      const std::string padded = absl::Base64Escape(absl::StrCat(std::string(before, ' '), text));
      const size_t begin = (before * 8 + 5) / 6;
      const size_t end = (before + text.size()) * 8 / 6;
      AddRun(padded.substr(begin, std::min(end - begin, kLongestBase64)));
    }
    // A shorter one is found alone only.
    if (text.size() * 8 / 6 >= kShortestInBase64) return;
    const std::string whole = absl::Base64Escape(text);
    AddEncoded(whole, Match::kWholeBase64);
    AddEncoded(whole.substr(0, whole.find('=')), Match::kWholeBase64);
  }

  std::vector<SecretForm> Take() { return std::move(forms_); }

 private:
  void AddRun(const std::string& run) {
    if (run.size() >= kShortestInBase64) AddEncoded(run, Match::kBase64);
  }
  void AddEncoded(const std::string& text, Match match) {
    Add(text, match);
    Add(absl::StrReplaceAll(text, {{"+", "-"}, {"/", "_"}}), match);
  }
  void Add(const std::string& text, Match match) {
    if (text.size() >= kShortestSecret && known_.insert(text).second)
      forms_.push_back({text, match});
  }

  std::set<std::string> known_;
  std::vector<SecretForm> forms_;
};

// A line that is too common to identify the text that it is from: `}`, `route:`.
bool IsStructure(absl::string_view line) {
  return absl::EndsWith(line, ":") || std::none_of(line.begin(), line.end(), absl::ascii_isalnum);
}

}  // namespace

bool IsCommonWord(absl::string_view word) {
  static constexpr absl::string_view kWords[] = {"true",    "false",    "null",  "yes",     "no",
                                                 "on",      "off",      "none",  "default", "auto",
                                                 "enabled", "disabled", "empty", "unset"};
  if (std::ranges::any_of(kWords,
                          [&](absl::string_view one) { return absl::EqualsIgnoreCase(one, word); }))
    return true;
  return word.size() <= 4 && std::all_of(word.begin(), word.end(), absl::ascii_isdigit);
}

std::vector<SecretForm> FormsOf(absl::string_view secret) {
  const absl::string_view text = absl::StripAsciiWhitespace(secret);
  if (text.size() < kShortestSecret || IsCommonWord(text)) return {};
  Collector forms;
  const bool lines = absl::StrContains(text, '\n');
  if (!lines || text.size() <= kLongestWhole) forms.AddText(std::string(text));
  forms.AddBase64(text);
  if (secret.size() != text.size()) forms.AddBase64(secret);
  if (!lines) return forms.Take();
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.size() >= kShortestSecret && !IsCommonWord(line) && !IsStructure(line))
      forms.AddText(std::string(line));
  }
  return forms.Take();
}

}  // namespace wheelhouse
