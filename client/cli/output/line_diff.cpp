#include "client/cli/output/line_diff.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace wheelhouse::cli {
namespace {

constexpr size_t kMostCells = 16'000'000;  // of the table below
constexpr size_t kAround = 3;              // lines

using Texts = std::vector<std::string>;

struct Line {
  char mark;  // ' ', '-' or '+'
  std::string text;
};

Texts LinesOf(const std::string& text) {
  Texts lines = absl::StrSplit(text, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

// Appends the lines between two that are equal: the longest common subsequence stays.
void AddMiddle(const Texts& a, const Texts& b, std::vector<Line>* lines) {
  const size_t width = b.size() + 1;
  const bool small = (a.size() + 1) * width <= kMostCells;
  std::vector<unsigned> common(small ? (a.size() + 1) * width : 0);
  for (size_t i = small ? a.size() : 0; i-- > 0;) {
    for (size_t k = b.size(); k-- > 0;) {
      common[i * width + k] =
          a[i] == b[k] ? common[(i + 1) * width + k + 1] + 1
                       : std::max(common[(i + 1) * width + k], common[i * width + k + 1]);
    }
  }
  size_t i = 0, k = 0;
  while (i < a.size() || k < b.size()) {
    if (small && i < a.size() && k < b.size() && a[i] == b[k]) {
      lines->push_back({' ', a[i]});
      ++i, ++k;
    } else if (i < a.size() && (!small || k == b.size() ||
                                common[(i + 1) * width + k] >= common[i * width + k + 1])) {
      lines->push_back({'-', a[i++]});
    } else {
      lines->push_back({'+', b[k++]});
    }
  }
}

std::vector<Line> Compare(Texts a, Texts b) {
  std::vector<Line> lines, tail;
  size_t same = 0;
  while (same < a.size() && same < b.size() && a[same] == b[same])
    lines.push_back({' ', a[same++]});
  a.erase(a.begin(), a.begin() + static_cast<ptrdiff_t>(same));
  b.erase(b.begin(), b.begin() + static_cast<ptrdiff_t>(same));
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    tail.push_back({' ', a.back()});
    a.pop_back();
    b.pop_back();
  }
  AddMiddle(a, b, &lines);
  lines.insert(lines.end(), tail.rbegin(), tail.rend());
  return lines;
}

// `@@ -3,7 +3,8 @@` and the lines [begin, end).
void AddHunk(const std::vector<Line>& lines, size_t begin, size_t end, std::string* out) {
  const auto count = [&](size_t from, size_t to, char other) {
    return std::count_if(lines.begin() + static_cast<ptrdiff_t>(from),
                         lines.begin() + static_cast<ptrdiff_t>(to),
                         [other](const Line& line) { return line.mark != other; });
  };
  absl::StrAppend(out, "@@ -", count(0, begin, '+') + 1, ",", count(begin, end, '+'), " +",
                  count(0, begin, '-') + 1, ",", count(begin, end, '-'), " @@\n");
  for (size_t i = begin; i < end; ++i)
    absl::StrAppend(out, std::string(1, lines[i].mark), lines[i].text, "\n");
}

}  // namespace

std::string LineDiff(const std::string& before, const std::string& after,
                     const std::string& before_name, const std::string& after_name) {
  if (before == after) return "";
  const std::vector<Line> lines = Compare(LinesOf(before), LinesOf(after));
  std::string out = absl::StrCat("--- ", before_name, "\n+++ ", after_name, "\n");
  for (size_t i = 0; i < lines.size();) {
    if (lines[i].mark == ' ') {
      ++i;
      continue;
    }
    const size_t begin = i < kAround ? 0 : i - kAround;
    size_t last = i;  // changed
    for (size_t k = i; k < lines.size() && k <= last + 2 * kAround; ++k) {
      if (lines[k].mark != ' ') last = k;
    }
    const size_t end = std::min(last + 1 + kAround, lines.size());
    AddHunk(lines, begin, end, &out);
    i = end;
  }
  return out;
}

}  // namespace wheelhouse::cli
