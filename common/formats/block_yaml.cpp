#include "common/formats/block_yaml.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>

#include <set>

namespace wheelhouse {
namespace {

// What YAML 1.1 reads as something else than text, in lower case.
bool IsWordOfYaml(const std::string& text) {
  static const auto* const words = new std::set<std::string>{
      "y", "n", "yes", "no", "true", "false", "on", "off", "null", "merge", "inf", "nan"};
  return words->contains(absl::AsciiStrToLower(text));
}

bool MayStayPlain(const std::string& text) {
  if (text.empty() || IsWordOfYaml(text)) return false;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(text[0])) && text[0] != '/') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool within = i + 1 < text.size();
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("_-./+@", c))
      continue;
    // `a: b` and `a #b` mean something, `a:b` does not.
    if (c == ':' && within && text[i + 1] != ' ') continue;
    if (c == ' ' && within && text[i + 1] != '#' && text[i + 1] != ' ') continue;
    if (c == ',' || c == '(' || c == ')' || c == '=') continue;
    return false;
  }
  return true;
}

// Line breaks of Unicode, which YAML 1.1 takes for line breaks too, and the byte order mark.
bool HasOddCharacters(const std::string& text) {
  for (const char* odd : {"\u2028", "\u2029", "\u0085", "\ufeff"}) {
    if (absl::StrContains(text, odd)) return true;
  }
  return false;
}

// Of several lines, none of which YAML would change.
bool MayBeLiteral(const std::string& text) {
  if (!absl::StrContains(text, '\n') || text[0] == ' ' || text[0] == '\n') return false;
  if (HasOddCharacters(text)) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\n') || c == 0x7f) return false;
    if (c == ' ' && (i + 1 == text.size() || text[i + 1] == '\n')) return false;
  }
  return true;
}

template <typename Json>
class Writer {
 public:
  // At the end of `key:` or `-`, or at the beginning of the text.
  void WriteValue(const Json& json, int depth, bool in_list) {
    if (json.is_object() && !json.empty()) return WriteMap(json, depth, in_list);
    if (json.is_array() && !json.empty()) return WriteList(json, depth, in_list);
    Space();
    WriteScalar(json, depth);
    out_ += '\n';
  }
  std::string Take() { return std::move(out_); }

 private:
  // The first entry of a mapping in a list stands in the line of its dash.
  void WriteMap(const Json& json, int depth, bool in_list) {
    bool first = in_list;
    if (!in_list) EndLine();
    for (const auto& [key, value] : json.items()) {
      if (first) {
        out_ += ' ';
      } else {
        Indent(depth);
      }
      first = false;
      out_ += MayStayPlain(key) ? key : Quoted(Json(key));
      out_ += ':';
      WriteValue(value, depth + 1, false);
    }
  }

  void WriteList(const Json& json, int depth, bool in_list) {
    EndLine();
    const int at = in_list || depth == 0 ? depth : depth - 1;
    for (const Json& item : json) {
      Indent(at);
      out_ += '-';
      WriteValue(item, at + 1, true);
    }
  }

  void WriteScalar(const Json& json, int depth) {
    if (!json.is_string()) {
      out_ += Quoted(json);
      return;
    }
    const std::string& text = json.template get_ref<const std::string&>();
    if (MayStayPlain(text)) {
      out_ += text;
    } else if (MayBeLiteral(text)) {
      WriteLiteral(text, depth);
    } else {
      out_ += Quoted(json);
    }
  }

  void WriteLiteral(const std::string& text, int depth) {
    const bool ends = absl::EndsWith(text, "\n"), ends_twice = absl::EndsWith(text, "\n\n");
    out_ += ends_twice ? "|+" : ends ? "|" : "|-";
    const std::string body = ends ? text.substr(0, text.size() - 1) : text;
    for (const absl::string_view line : absl::StrSplit(body, '\n')) {
      out_ += '\n';
      if (line.empty()) continue;
      Indent(std::max(depth, 1));
      out_.append(line.data(), line.size());
    }
  }

  static std::string Quoted(const Json& json) {
    const bool ascii =
        json.is_string() && HasOddCharacters(json.template get_ref<const std::string&>());
    return json.dump(-1, ' ', ascii, Json::error_handler_t::replace);
  }
  void Space() {
    if (!out_.empty() && out_.back() != '\n') out_ += ' ';
  }
  void EndLine() {
    if (!out_.empty() && out_.back() != '\n') out_ += '\n';
  }
  void Indent(int depth) { out_.append(size_t{2} * static_cast<size_t>(depth), ' '); }

  std::string out_;
};

template <typename Json>
std::string Write(const Json& json) {
  Writer<Json> writer;
  writer.WriteValue(json, 0, false);
  return writer.Take();
}

}  // namespace

std::string BlockYaml(const nlohmann::ordered_json& json) { return Write(json); }
std::string BlockYaml(const nlohmann::json& json) { return Write(json); }

}  // namespace wheelhouse
