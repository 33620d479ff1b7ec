#include "client/cli/plan/plan_format.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "client/cli/plan/yaml_layout.h"
#include "common/formats/yaml_document.h"
#include "common/status_macros.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::cli {
namespace {

using Kind = YamlLine::Kind;
using Lines = std::vector<YamlLine>;
using Order = std::vector<std::string>;

void AddFields(const google::protobuf::Descriptor& message, Order* order) {
  for (int i = 0; i < message.field_count(); ++i) order->push_back(message.field(i)->json_name());
}

Order PlanOrder() {
  Order order;
  AddFields(*v1::Plan::descriptor(), &order);
  std::erase(order, "charts");
  for (const char* own : {"allowEnv", "defaults", "environments", "charts"})
    order.emplace_back(own);
  return order;
}

Order ChartOrder() {
  Order order;
  AddFields(*v1::ChartInfo::descriptor(), &order);
  const auto after = std::ranges::find(order, "valuesString");
  order.insert(after + 1, {"valuesJson", "setFile"});
  return order;
}

// An alias must come after its anchor. What only looks like one is taken for one.
bool HasAnchors(const std::string& text) {
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    const bool begins = i == 0 || absl::StrContains(" \n[{,", text[i - 1]);
    if (begins && (text[i] == '&' || text[i] == '*') && !absl::ascii_isspace(text[i + 1]))
      return true;
  }
  return false;
}

// Part of the lines: [begin, end).
struct Span {
  size_t begin = 0, end = 0;
};

// An entry of a mapping: its lines, with the comments that stand above its key.
struct Entry {
  Lines lines;
  size_t key_line = 0;  // in `lines`
  size_t rank = 0;
  bool blank_before = false;  // an empty line stands before it
};

// Sorts the entries of one mapping, whose keys are in one column.
class Sorter {
 public:
  Sorter(const Order& order, int column, bool may_have_blanks)
      : order_(order), column_(column), may_have_blanks_(may_have_blanks) {}

  // Does nothing where an entry would be parted from what belongs to it.
  void Sort(Span span, Lines* lines) const {
    const std::optional<std::vector<Entry>> entries = Split(span, *lines);
    if (!entries.has_value() || entries->size() < 2) return;
    std::vector<Entry> sorted = *entries;
    std::ranges::sort(sorted, {}, &Entry::rank);
    const size_t begin = span.end - SizeOf(*entries);
    if (sorted.front().rank != entries->front().rank) {
      // Whose comment is it: the entry's, or that of the whole mapping or item?
      const bool beside_dash = entries->front().lines[entries->front().key_line].dash_column >= 0;
      const bool of_first = entries->front().key_line > 0 && begin == span.begin;
      if (of_first || (beside_dash && sorted.front().key_line > 0)) return;
      MoveDash(*entries, &sorted);
    }
    auto to = lines->begin() + static_cast<ptrdiff_t>(begin);
    for (Entry& entry : sorted) {
      if (entry.blank_before) *to++ = YamlLine();
      to = std::ranges::move(entry.lines, to).out;
    }
  }

 private:
  static size_t SizeOf(const std::vector<Entry>& entries) {
    size_t size = 0;
    for (const Entry& entry : entries) size += entry.lines.size() + (entry.blank_before ? 1 : 0);
    return size;
  }

  // The first entry of an item of a list stands beside the dash, and no empty line before it.
  void MoveDash(const std::vector<Entry>& before, std::vector<Entry>* sorted) const {
    const size_t rank = before.front().rank;
    const YamlLine& old = before.front().lines[before.front().key_line];
    const auto was_first = std::ranges::find(*sorted, rank, &Entry::rank);
    std::swap(was_first->blank_before, sorted->front().blank_before);
    if (old.dash_column < 0) return;
    YamlLine& beside = sorted->front().lines.front();
    YamlLine& below = was_first->lines.front();
    below.text = below.text.substr(static_cast<size_t>(column_ - old.dash_column));
    below.column = column_;
    beside.text =
        absl::StrCat(old.text.substr(0, old.text.size() - below.text.size()), beside.text);
    beside.column = old.column;
    beside.dash_column = std::exchange(below.dash_column, -1);
  }

  bool IsKey(const YamlLine& line) const {
    return line.kind == Kind::kEntry && line.key_column == column_;
  }

  // nullopt for a mapping whose order is to stay. Lines before the first entry are left out.
  std::optional<std::vector<Entry>> Split(Span span, const Lines& lines) const {
    std::vector<Entry> entries;
    Lines between;  // empty lines and comments, of the last entry or of the next one
    for (size_t i = span.begin; i < span.end; ++i) {
      const YamlLine& line = lines[i];
      if (line.kind == Kind::kMarker) return std::nullopt;
      if (IsKey(line)) {
        std::optional<Entry> entry = Begin(line, std::exchange(between, {}), entries);
        if (!entry.has_value()) return std::nullopt;
        entries.push_back(*std::move(entry));
      } else if (line.kind == Kind::kBlank ||
                 (line.kind == Kind::kComment && line.column <= column_)) {
        between.push_back(line);
      } else if (entries.empty()) {
        return std::nullopt;
      } else {
        Lines& own = entries.back().lines;
        std::ranges::move(std::exchange(between, {}), std::back_inserter(own));
        own.push_back(line);
      }
    }
    if (!between.empty()) return std::nullopt;
    return entries;
  }

  // The entry whose key is in `line`, with the comments directly above it. nullopt where a comment
  // stands by itself, or entries are in groups.
  std::optional<Entry> Begin(const YamlLine& line, Lines between,
                             const std::vector<Entry>& before) const {
    const auto rank = std::ranges::find(order_, line.key);
    if (rank == order_.end()) return std::nullopt;
    const auto last_blank =
        std::ranges::find(between.rbegin(), between.rend(), Kind::kBlank, &YamlLine::kind);
    Entry entry{Lines(last_blank.base(), between.end())};
    entry.key_line = entry.lines.size();
    entry.rank = static_cast<size_t>(rank - order_.begin());
    entry.lines.push_back(line);
    if (before.empty()) return entry;
    const auto above = static_cast<size_t>(last_blank.base() - between.begin());
    entry.blank_before = above > 0;
    // A key that appears twice is the reader's to refuse.
    const bool twice = std::ranges::find(before, entry.rank, &Entry::rank) != before.end();
    const bool group = entry.blank_before && !may_have_blanks_;
    return twice || group || above > 1 ? std::nullopt : std::optional(std::move(entry));
  }

  const Order& order_;
  const int column_;
  const bool may_have_blanks_;
};

// The lines below the key at `at`.
Span Below(const Lines& lines, size_t at) {
  Span span{at + 1, at + 1};
  const int column = lines[at].key_column;
  for (size_t i = at + 1; i < lines.size(); ++i) {
    const YamlLine& line = lines[i];
    const bool begins = line.kind == Kind::kEntry &&
                        (line.column < column || (line.column == column && line.dash_column < 0));
    if (begins || line.kind == Kind::kMarker) break;
    // Comments and empty lines may be of what comes next.
    if (line.kind == Kind::kEntry || line.kind == Kind::kRest ||
        (line.kind == Kind::kComment && line.column > column))
      span.end = i + 1;
  }
  return span;
}

class Formatter {
 public:
  explicit Formatter(Lines lines) : lines_(std::move(lines)) {}

  void SortFields() {
    for (size_t i = 0; i < lines_.size(); ++i) {
      if (lines_[i].key_column != 0 || lines_[i].has_value) continue;
      const Span below = Below(lines_, i);
      if (lines_[i].key == "charts") SortItems(below);
      if (lines_[i].key == "defaults") Sorter(chart_, 2, false).Sort(below, &lines_);
      if (lines_[i].key == "environments") SortEnvironments(below);
    }
    Sorter(plan_, 0, true).Sort({0, lines_.size()}, &lines_);
  }
  std::string Text() const { return TextOfLines(lines_); }

 private:
  void SortItems(Span all) {
    for (size_t i = all.begin; i < all.end; ++i) {
      if (lines_[i].dash_column != 0) continue;
      Span item{i, i + 1};
      for (size_t k = i + 1; k < all.end && lines_[k].dash_column != 0; ++k) {
        const YamlLine& line = lines_[k];
        if (line.kind == Kind::kRest || (line.kind != Kind::kBlank && line.column >= 2))
          item.end = k + 1;
      }
      Sorter(chart_, 2, false).Sort(item, &lines_);
    }
  }

  void SortEnvironments(Span all) {
    for (size_t i = all.begin; i < all.end; ++i) {
      if (lines_[i].key_column == 2 && !lines_[i].has_value)
        Sorter(chart_, 4, false).Sort(Below(lines_, i), &lines_);
    }
  }

  const Order plan_ = PlanOrder(), chart_ = ChartOrder();
  Lines lines_;
};

// Compares documents. Aliases may make one large, or without end.
class Comparison {
 public:
  // Whether both are the same, but for the order of keys.
  bool Same(const YAML::Node& a, const YAML::Node& b) {
    if (--left_ < 0) return false;
    if (a.Type() != b.Type() || a.Tag() != b.Tag() || a.size() != b.size()) return false;
    if (a.IsScalar()) return a.Scalar() == b.Scalar();
    if (a.IsMap()) return SameEntries(a, b);
    for (size_t i = 0; a.IsSequence() && i < a.size(); ++i) {
      if (!Same(a[i], b[i])) return false;
    }
    return true;
  }

 private:
  bool SameEntries(const YAML::Node& a, const YAML::Node& b) {
    // Not a list of nodes: assigning one to another writes into the document.
    std::vector<bool> taken(b.size());
    for (const auto& entry : a) {
      size_t i = 0;
      bool found = false;
      for (const auto& other : b) {
        found = !taken[i] && Same(entry.first, other.first) && Same(entry.second, other.second);
        if (found) break;
        ++i;
      }
      if (!found) return false;
      taken[i] = true;
    }
    return true;
  }

  int left_ = 1'000'000;  // nodes
};

absl::Status CannotBeLaidOut(const std::string& file) {
  return absl::InvalidArgumentError(
      absl::StrCat(file, " cannot be laid out without changing what it means: it stays as it is"));
}

}  // namespace

absl::StatusOr<std::string> FormatPlan(const std::string& text, const std::string& file) {
  ASSIGN_OR_RETURN(const YAML::Node before, LoadYaml(text, file, Reason::kPlanInvalid));
  std::optional<Lines> lines = LayOutYaml(text);
  if (!lines.has_value()) return CannotBeLaidOut(file);
  Formatter formatter(*std::move(lines));
  if (!HasAnchors(text)) formatter.SortFields();
  std::string formatted = formatter.Text();
  const absl::StatusOr<YAML::Node> after = LoadYaml(formatted, file, Reason::kPlanInvalid);
  if (!after.ok() || !Comparison().Same(before, *after)) return CannotBeLaidOut(file);
  return formatted;
}

}  // namespace wheelhouse::cli
