#include "client/cli/plan/yaml_layout.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/string_view.h>

#include <algorithm>
#include <utility>

namespace wheelhouse::cli {
namespace {

using Kind = YamlLine::Kind;

bool IsBlank(absl::string_view line) {
  return line.find_first_not_of(" \t") == absl::string_view::npos;
}

size_t AfterBlanks(absl::string_view text, size_t at) {
  return std::min(text.find_first_not_of(' ', at), text.size());
}

bool EndsWord(absl::string_view text, size_t at) { return at >= text.size() || text[at] == ' '; }

bool BeginsComment(absl::string_view text, size_t at) {
  return at < text.size() && text[at] == '#' && (at == 0 || text[at - 1] == ' ');
}

// What a line that is not the last of its value leaves open.
class OpenValue {
 public:
  // Reads the value that begins at `at` in the line of an entry at the column `owner`.
  void Begin(absl::string_view line, size_t at, int owner) {
    *this = OpenValue();
    at = AfterBlanks(line, at);
    while (at < line.size() && (line[at] == '&' || line[at] == '!'))
      at = AfterBlanks(line, std::min(line.find(' ', at), line.size()));
    if (at >= line.size() || BeginsComment(line, at)) return;
    const char first = line[at];
    owner_ = owner;
    if (first == '|' || first == '>') {
      state_ = State::kBlock;
      keeps_ = absl::StrContains(line.substr(at, line.find(' ', at) - at), '+');
    } else if (first == '[' || first == '{') {
      state_ = State::kFlow;
      ReadFlow(line, at);
    } else if (first == '"' || first == '\'') {
      state_ = State::kQuoted;
      quote_ = first;
      ReadQuoted(line, at + 1);
    } else if (first != '*') {
      state_ = State::kPlain;
    }
  }

  // Whether the line is still of the value.
  bool Takes(absl::string_view line, int indentation) {
    switch (state_) {
      case State::kNone:
        return false;
      case State::kBlock:
        if (IsBlank(line) || indentation > owner_) return true;
        break;
      case State::kPlain:
        if (!IsBlank(line) && indentation > owner_ && line[static_cast<size_t>(indentation)] != '#')
          return true;
        break;
      case State::kFlow:
        ReadFlow(line, 0);
        return true;
      case State::kQuoted:
        ReadQuoted(line, 0);
        return true;
    }
    *this = OpenValue();
    return false;
  }
  bool in_quotes() const { return state_ == State::kQuoted || quote_ != 0; }
  // Whether blank lines at its end are part of it.
  bool keeps_blanks() const { return state_ == State::kBlock && keeps_; }
  bool is_block() const { return state_ == State::kBlock; }

 private:
  enum class State { kNone, kPlain, kBlock, kFlow, kQuoted };

  // Past the closing quote; the end of the line where there is none.
  size_t SkipQuoted(absl::string_view line, size_t at) {
    for (; at < line.size(); ++at) {
      if (quote_ == '"' && line[at] == '\\') {
        ++at;
      } else if (line[at] == quote_) {
        const bool doubled = quote_ == '\'' && at + 1 < line.size() && line[at + 1] == '\'';
        if (!doubled) {
          quote_ = 0;
          return at + 1;
        }
        ++at;
      }
    }
    return line.size();
  }

  void ReadQuoted(absl::string_view line, size_t at) {
    SkipQuoted(line, at);
    if (quote_ == 0) state_ = State::kNone;
  }

  void ReadFlow(absl::string_view line, size_t at) {
    if (quote_ != 0) at = SkipQuoted(line, at);
    while (at < line.size()) {
      const char c = line[at];
      if (BeginsComment(line, at)) return;
      const bool begins = at == 0 || absl::StrContains(" [{,:", line[at - 1]);
      ++at;
      if ((c == '"' || c == '\'') && begins) {
        quote_ = c;
        at = SkipQuoted(line, at);
      } else if (c == '[' || c == '{') {
        ++depth_;
      } else if ((c == ']' || c == '}') && --depth_ == 0) {
        state_ = State::kNone;
        return;
      }
    }
  }

  State state_ = State::kNone;
  int owner_ = 0;  // the column of the entry
  int depth_ = 0;
  char quote_ = 0;
  bool keeps_ = false;
};

// Past the colon of the key that begins at `at`; npos where there is none.
size_t EndOfKey(absl::string_view text, size_t at) {
  if (at >= text.size() || absl::StrContains("[{", text[at])) return absl::string_view::npos;
  if (text[at] == '"' || text[at] == '\'') {
    const size_t close = text.find(text[at], at + 1);
    if (close == absl::string_view::npos) return close;
    const size_t colon = AfterBlanks(text, close + 1);
    const bool key = colon < text.size() && text[colon] == ':' && EndsWord(text, colon + 1);
    return key ? colon + 1 : absl::string_view::npos;
  }
  for (; at < text.size() && !BeginsComment(text, at); ++at) {
    if (text[at] == ':' && EndsWord(text, at + 1)) return at + 1;
  }
  return absl::string_view::npos;
}

class Layout {
 public:
  bool Add(absl::string_view line) {
    const size_t begin = AfterBlanks(line, 0);
    const int indentation = static_cast<int>(begin);
    if (value_.Takes(line, indentation)) {
      AddRest(line);
      return true;
    }
    if (IsBlank(line)) {
      if (!lines_.empty() && lines_.back().kind != Kind::kBlank) lines_.emplace_back();
      return true;
    }
    const absl::string_view text = absl::StripTrailingAsciiWhitespace(line.substr(begin));
    if (text[0] == '\t' || (text[0] == '?' && EndsWord(text, 1))) return false;
    if (text[0] == '#') {
      lines_.push_back({Kind::kComment, indentation, std::string(text)});
    } else if (begin == 0 && (absl::StartsWith(text, "---") || absl::StartsWith(text, "..."))) {
      levels_.clear();
      lines_.push_back({Kind::kMarker, 0, std::string(text)});
    } else {
      AddEntry(line, text, indentation);
    }
    return true;
  }

  std::vector<YamlLine> Take() {
    PlaceComments(-1);
    while (!lines_.empty() && IsBlank(lines_.back().text) && !value_.keeps_blanks())
      lines_.pop_back();
    return std::move(lines_);
  }

 private:
  // A list or a mapping that is open, from the outermost.
  struct Level {
    int old_column, column;
    bool is_list;
  };

  // As deep as the entry has moved.
  void AddRest(absl::string_view line) {
    const size_t begin = AfterBlanks(line, 0);
    const int column = std::max(0, static_cast<int>(begin) + moved_);
    // Blanks alone may be of a block scalar's text.
    const bool blank = begin == line.size() && begin > 0;
    lines_.push_back(
        {Kind::kRest, blank ? 0 : column,
         blank ? std::string(static_cast<size_t>(column), ' ') : std::string(line.substr(begin))});
  }

  // The new column of what begins at `column` of the old text.
  int Open(int column, bool is_list) {
    while (!levels_.empty() &&
           (levels_.back().old_column > column ||
            (levels_.back().is_list && !is_list && levels_.back().old_column == column)))
      levels_.pop_back();
    if (!levels_.empty() && levels_.back().old_column == column &&
        levels_.back().is_list == is_list)
      return levels_.back().column;
    int fresh = 0;
    if (!levels_.empty()) {
      const bool under_key = is_list && !levels_.back().is_list;
      fresh = levels_.back().column + (under_key ? 0 : 2);
    }
    levels_.push_back({column, fresh, is_list});
    return fresh;
  }

  void AddEntry(absl::string_view line, absl::string_view text, int indentation) {
    const std::vector<size_t> above = PlaceComments(indentation);
    YamlLine entry{Kind::kEntry};
    size_t at = 0;
    int owner = indentation;
    std::string dashes;
    while (at < text.size() && text[at] == '-' && EndsWord(text, at + 1)) {
      owner = indentation + static_cast<int>(at);
      const int column = Open(owner, true);
      if (entry.dash_column < 0) entry.dash_column = column;
      moved_ = column - owner;
      at = AfterBlanks(text, at + 1);
      absl::StrAppend(&dashes, at < text.size() ? "- " : "-");
    }
    const size_t end = EndOfKey(text, at);
    if (end != absl::string_view::npos) {
      owner = indentation + static_cast<int>(at);
      entry.key_column = Open(owner, false);
      moved_ = entry.key_column - owner;
      entry.key = std::string(absl::StripAsciiWhitespace(text.substr(at, end - 1 - at)));
    }
    // A text that goes on at the level of the document has nothing to move it.
    if (dashes.empty() && entry.key.empty()) entry.kind = Kind::kRest;
    entry.column = entry.dash_column >= 0  ? entry.dash_column
                   : entry.key_column >= 0 ? entry.key_column
                                           : std::max(0, indentation + moved_);
    const size_t value = end == absl::string_view::npos ? at : end;
    const size_t value_at = AfterBlanks(text, value);
    entry.has_value = value_at < text.size() && !BeginsComment(text, value_at);
    value_.Begin(text, value, owner);
    // White space at the end of a line in quotes is part of the text.
    const absl::string_view kept =
        value_.in_quotes() ? line.substr(static_cast<size_t>(indentation)) : text;
    entry.text = absl::StrCat(dashes, kept.substr(at));
    for (const size_t i : above) lines_[i].column = entry.column;
    lines_.push_back(std::move(entry));
    placed_ = lines_.size();
  }

  // Comments move with the entry that they stand above, whose lines are returned; others to the
  // level whose column they have.
  std::vector<size_t> PlaceComments(int column_below) {
    std::vector<size_t> above;
    for (size_t i = placed_; i < lines_.size(); ++i) {
      YamlLine& line = lines_[i];
      if (line.kind != Kind::kComment) continue;
      const auto level = std::ranges::find(levels_, line.column, &Level::old_column);
      if (line.column == column_below) {
        above.push_back(i);
      } else {
        line.column = level != levels_.end() ? level->column : std::max(0, line.column + moved_);
      }
    }
    placed_ = lines_.size();
    return above;
  }

  std::vector<YamlLine> lines_;
  std::vector<Level> levels_;
  OpenValue value_;
  int moved_ = 0;      // by how much the last entry has
  size_t placed_ = 0;  // the comments before this line are where they belong
};

}  // namespace

std::optional<std::vector<YamlLine>> LayOutYaml(const std::string& text) {
  Layout layout;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
    if (!layout.Add(line)) return std::nullopt;
  }
  return layout.Take();
}

std::string TextOfLines(const std::vector<YamlLine>& lines) {
  std::string text;
  for (const YamlLine& line : lines) {
    if (!line.text.empty()) text.append(static_cast<size_t>(line.column), ' ');
    absl::StrAppend(&text, line.text, "\n");
  }
  return text;
}

}  // namespace wheelhouse::cli
