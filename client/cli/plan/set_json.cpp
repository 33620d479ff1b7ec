#include "client/cli/plan/set_json.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <nlohmann/json.hpp>

#include "common/formats/set_grammar.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

using Json = nlohmann::ordered_json;

// The end of the JSON value that begins at `at`: a comma outside of brackets and quotes.
size_t ValueEnd(const std::string& text, size_t at) {
  int depth = 0;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return text.size();
}

// The first `=` that no backslash escapes.
size_t KeyEnd(const std::string& text, size_t at) {
  while (at < text.size() && text[at] != '=') at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

// helm's files are merged; a null in a file of its own removes what they have set before.
void AddDocument(const KeyPath& path, const Json& value, std::string* content) {
  Json document = value;
  for (auto part = path.rbegin(); part != path.rend(); ++part)
    document = Json::object({{part->name, std::move(document)}});
  absl::StrAppend(content, content->empty() ? "" : "---\n", document.dump(), "\n");
}

absl::Status AddPair(const std::string& key, const std::string& text, std::string* content) {
  ASSIGN_OR_RETURN(const KeyPath path, ParseSetKey(key));
  for (const KeyPart& part : path) {
    if (part.is_index())
      return absl::InvalidArgumentError(
          absl::StrCat("the path ", key, " has an index; set the whole list"));
  }
  const Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded())
    return absl::InvalidArgumentError(absl::StrCat("the value of ", key, " is not JSON"));
  if (value.is_object()) AddDocument(path, nullptr, content);
  AddDocument(path, value, content);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ValuesFile> ReadSetJson(const std::string& text) {
  v1::ValuesFile file;
  file.set_name("--set-json");
  if (absl::StartsWith(text, "{")) {
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return absl::InvalidArgumentError("the text is not a JSON object");
    file.set_content(json.dump() + "\n");
    return file;
  }
  size_t at = 0;
  do {
    const size_t equals = KeyEnd(text, at);
    if (equals == text.size() || equals == at)
      return absl::InvalidArgumentError("expected a JSON object, or KEY=JSON,...");
    const size_t end = ValueEnd(text, equals + 1);
    RETURN_IF_ERROR(AddPair(text.substr(at, equals - at), text.substr(equals + 1, end - equals - 1),
                            file.mutable_content()));
    at = end + 1;
  } while (at < text.size());
  return file;
}

absl::StatusOr<v1::ValuesFile> ReadJsonPair(const std::string& name, const std::string& key,
                                            const std::string& json) {
  v1::ValuesFile file;
  file.set_name(name);
  RETURN_IF_ERROR(AddPair(key, json, file.mutable_content()));
  return file;
}

v1::SetValue SetToText(const std::string& key, const std::string& content) {
  v1::SetValue pair;
  pair.set_key(key);
  pair.set_value(absl::StrReplaceAll(content, {{"\\", "\\\\"}}));
  // What begins with a brace would be a list.
  if (absl::StartsWith(content, "{")) pair.set_value("\\" + pair.value());
  return pair;
}

}  // namespace wheelhouse::cli
