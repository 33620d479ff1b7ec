#include "common/formats/yaml_document.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/string_view.h>
#include <absl/strings/strip.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <istream>
#include <sstream>
#include <streambuf>
#include <utility>

#include "common/failure.h"
#include "common/formats/parse_scope.h"
#include "common/formats/yaml_budget.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace wheelhouse {
namespace {

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

absl::Status Invalid(Reason reason, std::string position, std::string what) {
  return MakeInvalid(reason, {{std::move(position), std::move(what)}});
}

absl::Status CheckUtf8(const std::string& text, const std::string& file, Reason reason) {
  YAML::Mark mark;
  for (size_t at = 0; at < text.size();) {
    const Utf8Character character = DecodeUtf8(absl::string_view(text).substr(at));
    if (character.bytes == 0)
      return Invalid(reason, YamlLocation(file, mark), "this is not UTF-8: save the file as UTF-8");
    ++mark.column;
    if (character.code == '\n') {
      ++mark.line;
      mark.column = 0;
    }
    at += character.bytes;
  }
  return absl::OkStatus();
}

// The last node of the text. Only its quote can be open.
YAML::Node LastNode(YAML::Node node) {
  // An alias may lead back up; the parser itself nests no deeper than 500.
  for (int depth = 0; depth < 500 && (node.IsMap() || node.IsSequence()) && node.size() > 0;
       ++depth) {
    if (node.IsSequence()) {
      node.reset(node[node.size() - 1]);
    } else {
      YAML::Node last;
      for (const auto& entry : node) last.reset(entry.second);
      node.reset(last);
    }
  }
  return node;
}

// yaml-cpp 0.7 takes the end of the text for the missing quote, and so swallows all that follows.
bool QuoteIsOpen(const std::string& text, const YAML::Node& scalar) {
  if (!scalar.IsScalar() || scalar.Mark().is_null()) return false;
  const size_t begin = static_cast<size_t>(scalar.Mark().pos);
  if (begin >= text.size() || (text[begin] != '\'' && text[begin] != '"')) return false;
  const char quote = text[begin];
  for (size_t at = begin + 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      if (quote == '"' || at + 1 == text.size() || text[at + 1] != quote) return false;
      ++at;
    }
  }
  return true;
}

// yaml-cpp's message does not say that a tab is the cause.
std::string Explained(const std::string& text, const YAML::Exception& error) {
  size_t begin = 0;
  for (int line = 0; line < error.mark.line && begin != std::string::npos; ++line)
    begin = text.find('\n', begin) + 1;
  const size_t end = text.find_first_not_of(" \t", begin);
  const bool tab = text.substr(begin, end - begin).find('\t') != std::string::npos;
  return absl::StrCat("this is not YAML: ", error.msg,
                      tab ? " (a tab indents this line; YAML allows only spaces)" : "");
}

// Throws when a document begins where the one before it did.
class Progress final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == last_)
      throw YAML::ParserException(mark, "expected a value or the end of the document");
    last_ = mark.pos;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

 private:
  int last_ = -1;
};

// A text that ends, with an exception, when the ParseScope has ended. yaml-cpp parses as it reads,
// some kilobytes at a time.
class InterruptibleText final : public std::streambuf {
 public:
  explicit InterruptibleText(const std::string& text) {
    ThrowWhenEnded();
    char* const begin = const_cast<char*>(text.data());  // nothing is ever put there
    setg(begin, begin, begin + text.size());
  }

 private:
  static void ThrowWhenEnded() {
    if (ParseScope::Ended()) throw YamlInterrupted(YAML::Mark());
  }
  // The first read is in the constructor of YAML::Stream, which loses its buffer to an exception.
  std::streamsize xsgetn(char* to, std::streamsize most) override {
    if (std::exchange(has_begun_, true)) ThrowWhenEnded();
    return std::streambuf::xsgetn(to, most);
  }

  bool has_begun_ = false;
};

absl::StatusOr<std::vector<YAML::Node>> Parse(const std::string& text, const std::string& file,
                                              Reason reason) {
  try {
    return LoadAllYaml(text);
  } catch (const YAML::DeepRecursion& error) {
    return Invalid(reason, YamlLocation(file, error.mark),
                   absl::StrCat("nested deeper than ", error.depth(), " levels"));
  } catch (const YamlTooLarge& error) {
    return Invalid(reason, YamlLocation(file, error.mark), error.msg);
  } catch (const YAML::Exception& error) {
    return Invalid(reason, YamlLocation(file, error.mark), Explained(text, error));
  }
}

}  // namespace

std::vector<YamlText> SplitYaml(absl::string_view text) {
  std::vector<YamlText> documents(1);
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = text.find('\n');
    absl::string_view row = text.substr(0, end);
    text.remove_prefix(std::min(row.size() + 1, text.size()));
    const absl::string_view rest = absl::StripPrefix(row, "---");
    const bool separates =
        rest.size() < row.size() && (rest.empty() || absl::ascii_isspace(rest[0]));
    if (separates) {
      row = absl::StripAsciiWhitespace(rest);
      documents.push_back({"", row.empty() ? line + 1 : line});
      if (row.empty()) continue;
    }
    absl::StrAppend(&documents.back().text, row, "\n");
  }
  return documents;
}

YAML::Node LoadFirstYaml(const std::string& text) {
  CheckYamlBudget(text);
  InterruptibleText buffer(text);
  std::istream stream(&buffer);
  return YAML::Load(stream);
}

YAML::Node MappingIn(const std::string& text) {
  try {
    YAML::Node node = LoadFirstYaml(text);
    if (node.IsMap()) return node;
  } catch (const YAML::Exception&) {
    return YAML::Node(YAML::NodeType::Map);
  }
  return YAML::Node(YAML::NodeType::Map);
}

std::string ScalarIn(const YAML::Node& mapping, const char* key) {
  const YAML::Node field = mapping[key];
  return field.IsDefined() && field.IsScalar() ? field.Scalar() : std::string();
}

std::vector<YAML::Node> LoadAllYaml(const std::string& text) {
  // What libyaml can read has no documents without end.
  if (!CheckYamlBudget(text)) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    Progress progress;
    while (parser.HandleNextDocument(progress)) {
    }
  }
  InterruptibleText buffer(text);
  std::istream stream(&buffer);
  return YAML::LoadAll(stream);
}

YAML::Mark MarkOf(const YAML::Node& node) {
  if (!node.IsDefined()) return YAML::Mark::null_mark();
  if (!node.Mark().is_null() || node.size() == 0) return node.Mark();
  return MarkOf(node.IsMap() ? node.begin()->first : node[0]);
}

std::string YamlLocation(const std::string& file, const YAML::Mark& mark) {
  // A node without a mark is the document itself.
  const YAML::Mark at = mark.is_null() ? YAML::Mark() : mark;
  return absl::StrCat(file, ":", at.line + 1, ":", at.column + 1);
}

absl::StatusOr<YAML::Node> LoadYaml(const std::string& with_mark, const std::string& file,
                                    Reason reason) {
  const std::string text =
      with_mark.substr(absl::StartsWith(with_mark, kByteOrderMark) ? kByteOrderMark.size() : 0);
  RETURN_IF_ERROR(CheckUtf8(text, file, reason));
  ASSIGN_OR_RETURN(const std::vector<YAML::Node> documents, Parse(text, file, reason));
  if (documents.empty()) return YAML::Node();
  for (size_t i = 1; i < documents.size(); ++i) {
    if (!documents[i].IsNull())
      return Invalid(reason, YamlLocation(file, documents[i].Mark()),
                     "a second document starts here: a file holds one document");
  }
  if (const YAML::Node last = LastNode(documents[0]); QuoteIsOpen(text, last))
    return Invalid(reason, YamlLocation(file, last.Mark()), "this quote is never closed");
  return documents[0];
}

}  // namespace wheelhouse
