#include "client/cli/output/change_report.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "client/cli/output/terminal_text.h"
#include "common/formats/json_document.h"

namespace wheelhouse::cli {
namespace {

using Json = nlohmann::json;
using Lines = std::vector<std::string>;

constexpr int kColumnsOfAField = 100;  // both values stand beside the path up to here
constexpr size_t kMostLines = 20;      // of one value

struct ActionRow {
  v1::ObjectAction action;
  const char* sign;
  const char* summary;
};

constexpr std::array<ActionRow, 6> kActions = {{
    {v1::OBJECT_ACTION_CREATE, "+", "to create"},
    {v1::OBJECT_ACTION_CHANGE, "~", "to change"},
    {v1::OBJECT_ACTION_REPLACE, "!", "to replace"},
    {v1::OBJECT_ACTION_DELETE, "-", "to delete"},
    {v1::OBJECT_ACTION_KEEP, "=", "to keep"},
    {v1::OBJECT_ACTION_RUN_HOOK, ">", "to run as hooks"},
}};

std::string SignOf(v1::ObjectAction action) {
  const auto* const row = std::ranges::find(kActions, action, &ActionRow::action);
  return row == kActions.end() ? "!" : row->sign;
}

// A value in lines: a text as it is written, anything else as JSON.
Lines LinesOf(const std::string& value) {
  const Json json = ParseJson(value);
  if (json.is_string()) {
    const std::string text = json;
    if (absl::StrContains(text, '\n')) return absl::StrSplit(absl::string_view(text), '\n');
  }
  if (json.is_structured()) return absl::StrSplit(json.dump(2), '\n');
  return {value};
}

void AddSigned(const char* sign, Lines::const_iterator from, Lines::const_iterator to, Lines* out) {
  const auto end = std::min(to, from + std::min<std::ptrdiff_t>(kMostLines, to - from));
  for (auto line = from; line != end; ++line)
    out->push_back(absl::StrCat("      ", sign, " ", Printable(*line)));
  if (end != to) out->push_back(absl::StrCat("      ", sign, " ... and ", to - end, " more lines"));
}

// The lines in which two values differ: without those at both ends that are equal.
void AddBelow(const std::string& before, const std::string& after, Lines* out) {
  const Lines old_lines = before.empty() ? Lines() : LinesOf(before);
  const Lines new_lines = after.empty() ? Lines() : LinesOf(after);
  const auto [old_from, new_from] =
      std::mismatch(old_lines.begin(), old_lines.end(), new_lines.begin(), new_lines.end());
  auto old_to = old_lines.end(), new_to = new_lines.end();
  while (old_to != old_from && new_to != new_from && *(old_to - 1) == *(new_to - 1))
    --old_to, --new_to;
  AddSigned("-", old_from, old_to, out);
  AddSigned("+", new_from, new_to, out);
}

std::string SecretText(const v1::FieldChange& field) {
  if (field.before().empty()) return "is added (secret)";
  if (field.after().empty()) return "is removed (secret)";
  return field.before() == field.after() ? "changes (secret)" : "";
}

void AddField(const v1::FieldChange& field, const std::string& label, Lines* out) {
  const std::string start = absl::StrCat("    ", label, Printable(field.path()));
  if (field.secret()) {
    const std::string text = SecretText(field);
    if (!text.empty()) return out->push_back(absl::StrCat(start, "  ", text));
  }
  const auto side = [](const std::string& value) {
    return value.empty() ? std::string("(not set)") : Printable(value);
  };
  const std::string line =
      absl::StrCat(start, "  ", side(field.before()), " -> ", side(field.after()));
  const bool several = LinesOf(field.before()).size() > 1 || LinesOf(field.after()).size() > 1;
  if (!several && Columns(line) <= kColumnsOfAField) return out->push_back(line);
  out->push_back(start);
  AddBelow(field.before(), field.after(), out);
}

void AddDrift(const v1::FieldChange& field, Lines* out) {
  const std::string by = field.manager().empty() ? "" : absl::StrCat(" by ", field.manager());
  AddField(field, absl::StrCat("changed in the cluster", by, ": "), out);
}

void AddObject(const v1::ObjectChange& change, Lines* out) {
  const std::string note =
      change.note().empty() ? "" : absl::StrCat("  (", Printable(change.note()), ")");
  out->push_back(absl::StrCat(SignOf(change.action()), " ", Printable(change.object()), note));
  Lines noise;
  for (const v1::FieldChange& field : change.fields()) {
    if (field.noise()) {
      noise.push_back(Printable(field.path()));
    } else {
      AddField(field, "", out);
    }
  }
  if (!noise.empty()) out->push_back(absl::StrCat("    also ", absl::StrJoin(noise, ", ")));
  for (const v1::FieldChange& field : change.drift()) AddDrift(field, out);
}

std::string Listed(const google::protobuf::RepeatedPtrField<std::string>& names) {
  return Printable(absl::StrJoin(names, ", "));
}

void AddCrd(const v1::CrdChange& change, Lines* out) {
  std::string line =
      absl::StrCat(SignOf(change.action()), " CustomResourceDefinition ", Printable(change.name()));
  if (change.action() == v1::OBJECT_ACTION_CHANGE)
    absl::StrAppend(&line, "  (", change.live_objects(), " custom resources)");
  out->push_back(line);
  if (!change.added_versions().empty())
    out->push_back(absl::StrCat("    newly serves ", Listed(change.added_versions())));
  if (!change.dropped_versions().empty())
    out->push_back(absl::StrCat("    no longer serves ", Listed(change.dropped_versions())));
  if (!change.dropped_stored_versions().empty())
    out->push_back(absl::StrCat("    drops ", Listed(change.dropped_stored_versions()),
                                ", in which objects may be stored: the API server refuses that"));
}

}  // namespace

std::vector<std::string> ChangeLines(const v1::ChartRun& chart) {
  Lines lines;
  for (const v1::CrdChange& change : chart.crd_changes()) AddCrd(change, &lines);
  for (const v1::ObjectChange& change : chart.changes()) AddObject(change, &lines);
  if (chart.changes_left_out() > 0)
    lines.push_back(absl::StrCat("  and ", chart.changes_left_out(), " more objects"));
  return lines;
}

void AddDriftLines(const v1::DriftedObject& object, std::vector<std::string>* lines) {
  const char* sign = "?";
  std::string note = Printable(object.detail());
  if (object.kind() == v1::DRIFT_KIND_CHANGED) sign = "~";
  if (object.kind() == v1::DRIFT_KIND_NOT_OWNED) sign = "!";
  if (object.kind() == v1::DRIFT_KIND_MISSING) {
    sign = "-";
    if (note.empty()) note = "is missing";
  }
  lines->push_back(absl::StrCat(sign, " ", Printable(object.object()),
                                note.empty() ? "" : absl::StrCat("  (", note, ")")));
  for (const v1::FieldChange& field : object.fields()) {
    const std::string by = field.manager().empty() ? "" : Printable(field.manager()) + ": ";
    AddField(field, by, lines);
  }
}

std::string ColourOfLine(const std::string& line) {
  const size_t sign = line.find_first_not_of(' ');
  const bool deeper = sign != 0 && sign != 6;
  if (sign == std::string::npos || deeper || sign + 1 >= line.size() || line[sign + 1] != ' ')
    return "";
  switch (line[sign]) {
    case '+':
      return "32";
    case '-':
      return "31";
    case '~':
      return "33";
    case '!':
      return "35";
    default:
      return "";
  }
}

std::string Coloured(const std::string& line) {
  const std::string code = ColourOfLine(line);
  return code.empty() ? line : absl::StrCat("\x1b[", code, "m", line, "\x1b[0m");
}

std::string ChangeSummary(const v1::ChartRun& chart) {
  std::map<v1::ObjectAction, int> counts;
  for (const v1::ObjectChange& change : chart.changes()) ++counts[change.action()];
  Lines parts;
  for (const ActionRow& row : kActions) {
    if (counts[row.action] > 0) parts.push_back(absl::StrCat(counts[row.action], " ", row.summary));
  }
  const auto drifted = std::ranges::count_if(
      chart.changes(), [](const v1::ObjectChange& change) { return !change.drift().empty(); });
  if (drifted > 0) parts.push_back(absl::StrCat(drifted, " changed in the cluster since"));
  return absl::StrJoin(parts, ", ");
}

bool WouldChange(const v1::ChartRun& chart) {
  switch (chart.decision()) {
    case v1::DECISION_UNSPECIFIED:
    case v1::DECISION_UNCHANGED:
    case v1::DECISION_ABSENT:
    case v1::DECISION_ALREADY_INSTALLED:
    case v1::DECISION_KEEP:
      return false;
    default:
      return true;
  }
}

}  // namespace wheelhouse::cli
