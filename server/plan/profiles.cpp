#include "server/plan/profiles.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <set>
#include <vector>

#include "common/failure.h"
#include "common/formats/semver.h"
#include "common/formats/values_layer.h"
#include "common/formats/yaml_proto.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "server/plan/fields/field_checks.h"
#include "server/plan/own_profiles.h"
#include "server/plan/plan_check.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::plan {
namespace {

// The fields of a chart that a profile may set: none that names or locates the chart, and none that
// allows data to be lost.
const std::set<std::string> kFields = {"namespace_labels",
                                       "timeout",
                                       "failure_timeout",
                                       "wait",
                                       "wait_for_load_balancers",
                                       "yaml_files_content",
                                       "crd_policy",
                                       "crd_files",
                                       "early_failure",
                                       "logs",
                                       "upgrade_retry",
                                       "extra_namespaces",
                                       "stages",
                                       "patches",
                                       "backup_resources",
                                       "last_breaking_version_requiring_restart",
                                       "recreate_pods"};

YamlReadOptions Options(YamlLocations* locations) {
  YamlReadOptions options;
  options.reason = Reason::kConfigInvalid;
  options.locations = locations;
  const auto* chart = v1::ChartInfo::descriptor();
  for (int i = 0; i < chart->field_count(); ++i) {
    const auto* field = chart->field(i);
    if (!kFields.contains(std::string(field->name())))
      options.not_yet[absl::StrCat("ChartInfo.", field->json_name())] =
          "cannot be set in a profile";
  }
  for (const char* own : {"digest", "text"})
    options.not_yet[absl::StrCat("Profile.", own)] = "is computed from the file";
  return options;
}

// A stage has steps of several origins, and a profile's steps are identified by their names.
void CheckNames(const v1::Stages& stages, FieldViolations* wrong) {
  for (const StageRow& row : kStages) {
    const v1::StagePlan& stage = (stages.*row.get)();
    for (const auto& [list, steps] :
         {std::pair{"before", &stage.before()}, std::pair{"after", &stage.after()}}) {
      for (int i = 0; i < steps->size(); ++i) {
        if (!(*steps)[i].name().empty()) continue;
        wrong->push_back(
            {absl::StrCat("chart.stages.", row.name, ".", list, "[", i, "]"), "needs a name."});
      }
    }
  }
}

// Adds the violations for which every plan with this profile would be refused.
void CheckAsPlan(const v1::ChartInfo& chart, FieldViolations* wrong) {
  v1::Plan plan;
  *plan.add_charts() = chart;
  v1::ChartInfo* whole = plan.mutable_charts(0);
  whole->set_name("release");
  whole->set_namespace_("namespace");
  whole->mutable_chart()->set_archive_digest("sha256:" + std::string(64, '0'));
  FieldViolations found;
  CheckPlan(plan, &found);
  for (FieldViolation& violation : found) {
    violation.field = absl::StrCat("chart", absl::StripPrefix(violation.field, "plan.charts[0]"));
    wrong->push_back(std::move(violation));
  }
  for (int i = 0; i < chart.yaml_files_content_size(); ++i) {
    const v1::ValuesFile& file = chart.yaml_files_content(i);
    const absl::Status read = ParseValuesLayer(file.name(), file.content()).status();
    if (read.ok()) continue;
    wrong->push_back(
        {absl::StrCat("chart.yaml_files_content[", i, "]"), std::string(read.message())});
  }
}

void Check(const v1::Profile& profile, FieldViolations* wrong) {
  CheckLabel(profile.name(), 63, "name", wrong);
  if (profile.name() == "auto")
    wrong->push_back({"name", "is reserved: callers use it to have a profile chosen."});
  const auto range = VersionRange::Parse(profile.versions());
  if (!profile.versions().empty() && !range.ok())
    wrong->push_back({"versions", std::string(range.status().message())});
  CheckNames(profile.chart().stages(), wrong);
  CheckAsPlan(profile.chart(), wrong);
}

}  // namespace

absl::StatusOr<v1::Profile> ReadProfile(const std::string& text, const std::string& file) {
  v1::Profile profile;
  YamlLocations locations;
  RETURN_IF_ERROR(ReadYaml(text, {file}, Options(&locations), &profile));
  FieldViolations wrong;
  Check(profile, &wrong);
  for (FieldViolation& violation : wrong) {
    const std::string position = LocationOf(locations, violation.field);
    violation.description = absl::StrCat(violation.field, ": ", violation.description);
    violation.field = position.empty() ? absl::StrCat(file, ":1:1") : position;
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kConfigInvalid, std::move(wrong));
  profile.set_text(text);
  profile.set_digest(absl::StrCat("sha256:", Sha256Hex(text)));
  return profile;
}

absl::StatusOr<Profiles> Profiles::Load(const std::map<std::string, std::string>& files) {
  Profiles profiles;
  for (const OwnProfile& own : OwnProfiles()) {
    ASSIGN_OR_RETURN(v1::Profile profile, ReadProfile(own.text, own.file));
    RETURN_IF_ERROR(profiles.Add(std::move(profile), "the daemon"));
  }
  for (const auto& [file, text] : files) {
    ASSIGN_OR_RETURN(v1::Profile profile, ReadProfile(text, file));
    RETURN_IF_ERROR(profiles.Add(std::move(profile), file));
  }
  return profiles;
}

absl::Status Profiles::Add(v1::Profile profile, const std::string& file) {
  const std::string name = profile.name();
  if (const auto known = files_.find(name); known != files_.end()) {
    return MakeFailure(Reason::kConfigInvalid, absl::StrCat(file, ": there is already a profile ",
                                                            name, ", from ", known->second));
  }
  files_[name] = file;
  by_name_[name] = std::move(profile);
  return absl::OkStatus();
}

const v1::Profile* Profiles::Find(const std::string& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &found->second;
}

absl::StatusOr<const v1::Profile*> Profiles::FindFor(const ChartIdentity& chart) const {
  std::vector<std::string> names;
  for (const auto& [name, profile] : by_name_) {
    const bool is_for = std::ranges::count(profile.charts(), chart.name) > 0 &&
                        (chart.version.empty() || IsFor(profile, chart.version));
    if (is_for) names.push_back(name);
  }
  if (names.size() <= 1) return names.empty() ? nullptr : Find(names.front());
  return MakeFailure(Reason::kPlanInvalid,
                     absl::StrCat("several profiles match the chart ", chart.name, " ",
                                  chart.version, ": ", absl::StrJoin(names, ", "), "; name one"));
}

bool IsFor(const v1::Profile& profile, const std::string& version) {
  if (profile.versions().empty()) return true;
  const auto range = VersionRange::Parse(profile.versions());
  const auto parsed = ParseVersion(version);
  return range.ok() && parsed.ok() && range->Contains(*parsed);
}

}  // namespace wheelhouse::plan
