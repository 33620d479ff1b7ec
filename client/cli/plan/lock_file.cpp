#include "client/cli/plan/lock_file.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/substitute.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "client/cli/shell/files.h"
#include "common/failure.h"
#include "common/formats/block_yaml.h"
#include "common/formats/yaml_document.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

constexpr char kFormat[] = "1";
constexpr char kHead[] =
    "# Made by `wheelhouse plan lock -f $0`: the versions and contents of its charts, which plan "
    "and\n"
    "# apply take. Commit it with the plan; do not edit it. `--update NAME` looks for a newer "
    "version.\n";

std::string ReleaseOf(const v1::ChartInfo& chart) {
  return absl::StrCat(chart.namespace_(), "/", chart.name());
}

// The fields that tell sources apart, in the order in which entries are sorted.
std::tuple<std::string, std::string, std::string> PartsOf(const LockedChart& chart) {
  if (chart.is_git()) return {chart.git.url, chart.git.path, chart.git.ref};
  const v1::ChartSource& source = chart.wanted;
  if (source.has_oci()) return {source.oci().reference(), "", source.oci().version()};
  const v1::RepositoryChart& repository = source.repository();
  return {repository.url(), repository.name(), repository.version()};
}

const char* KindOf(const LockedChart& chart) {
  if (chart.is_git()) return "git";
  return chart.wanted.has_oci() ? "oci" : "repository";
}

// Reads the fields of one entry; what is wrong is added to `wrong`.
class EntryReader {
 public:
  EntryReader(const YAML::Node& node, std::string file, std::vector<FieldViolation>* wrong)
      : node_(node), file_(std::move(file)), wrong_(wrong) {}

  LockedChart Read() {
    LockedChart chart;
    if (!node_.IsMap()) {
      Fail(node_, "expected a mapping");
      return chart;
    }
    chart.release = Text("release", true);
    chart.version = Text("version", true);
    if (const std::string url = Text("git", false); !url.empty()) {
      chart.git = {url, "", Text("chart", true), Text("wanted", true)};
      return chart;
    }
    chart.digest = Text("digest", true);
    if (const std::string reference = Text("oci", false); !reference.empty()) {
      chart.wanted.mutable_oci()->set_reference(reference);
      chart.wanted.mutable_oci()->set_version(Text("wanted", false));
    } else {
      v1::RepositoryChart* repository = chart.wanted.mutable_repository();
      repository->set_url(Text("repository", true));
      repository->set_name(Text("chart", true));
      repository->set_version(Text("wanted", false));
    }
    return chart;
  }

 private:
  std::string Text(const char* key, bool required) {
    const YAML::Node field = node_[key];
    if (field.IsDefined() && field.IsScalar() && !field.Scalar().empty()) return field.Scalar();
    if (field.IsDefined() || required)
      Fail(field.IsDefined() ? field : node_, absl::StrCat(key, ": expected a text"));
    return "";
  }
  void Fail(const YAML::Node& at, const std::string& what) {
    wrong_->push_back({YamlLocation(file_, MarkOf(at)),
                       absl::StrCat(what, "; make the file anew with wheelhouse plan lock")});
  }

  const YAML::Node node_;
  const std::string file_;
  std::vector<FieldViolation>* const wrong_;
};

bool HasRelease(const PlanLock& lock, const std::string& release) {
  return std::ranges::any_of(lock,
                             [&](const LockedChart& locked) { return locked.release == release; });
}

void Pin(const LockedChart& locked, int index, LocalPlan* plan) {
  if (locked.is_git()) {
    plan->git_charts[index].commit = locked.version;
    return;
  }
  v1::ChartSource* source = plan->plan.mutable_charts(index)->mutable_chart();
  if (source->has_oci()) {
    source->mutable_oci()->set_version(locked.version);
    source->mutable_oci()->set_digest(locked.digest);
  } else {
    source->mutable_repository()->set_version(locked.version);
    source->mutable_repository()->set_digest(locked.digest);
  }
}

}  // namespace

std::string LockFileOf(const std::string& plan_file) {
  return plan_file == "-" ? "" : plan_file + ".lock";
}

std::optional<LockedChart> ToLock(const LocalPlan& plan, int index) {
  const v1::ChartInfo& chart = plan.plan.charts(index);
  LockedChart locked{ReleaseOf(chart)};
  if (const auto git = plan.git_charts.find(index); git != plan.git_charts.end()) {
    locked.git = git->second;
    return git->second.ref.empty() ? std::nullopt : std::optional(std::move(locked));
  }
  const v1::ChartSource& source = chart.chart();
  const bool fetched = source.has_oci() || source.has_repository();
  const bool pinned = !source.oci().digest().empty() || !source.repository().digest().empty();
  if (!fetched || pinned) return std::nullopt;
  locked.wanted = source;
  return locked;
}

std::string PlaceOf(const LocalPlan& plan, int index) {
  return LocationOf(plan.locations, absl::StrCat("charts[", index, "].name"));
}

const LockedChart* FindLocked(const PlanLock& lock, const LockedChart& chart) {
  const auto found = std::ranges::find_if(lock, [&](const LockedChart& locked) {
    return locked.release == chart.release && KindOf(locked) == KindOf(chart) &&
           PartsOf(locked) == PartsOf(chart);
  });
  return found == lock.end() ? nullptr : &*found;
}

std::string WantedText(const LockedChart& chart) {
  const auto& [from, name, version] = PartsOf(chart);
  const std::string which = version.empty() ? "" : absl::StrCat(" ", version);
  return name.empty() ? absl::StrCat(from, which) : absl::StrCat(name, which, " of ", from);
}

absl::StatusOr<PlanLock> ParseLock(const std::string& text, const std::string& file) {
  ASSIGN_OR_RETURN(const YAML::Node root, LoadYaml(text, file, Reason::kPlanInvalid));
  const bool known = root.IsMap() && root["lockVersion"].IsDefined() &&
                     root["lockVersion"].IsScalar() && root["lockVersion"].Scalar() == kFormat;
  const YAML::Node list = known ? root["charts"] : YAML::Node();
  if (!known || !list.IsDefined() || !list.IsSequence())
    return MakeInvalid(Reason::kPlanInvalid,
                       {{file + ":1:1",
                         "is no lock file that this version of wheelhouse reads; "
                         "make it anew with wheelhouse plan lock"}});
  PlanLock lock;
  std::vector<FieldViolation> wrong;
  for (const YAML::Node& entry : list) lock.push_back(EntryReader(entry, file, &wrong).Read());
  if (!wrong.empty()) return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  return lock;
}

absl::StatusOr<std::optional<PlanLock>> ReadLockFile(const std::string& path) {
  std::error_code error;
  if (path.empty() || !std::filesystem::exists(path, error)) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string text, ReadTextFile(path));
  ASSIGN_OR_RETURN(PlanLock lock, ParseLock(text, path));
  return lock;
}

std::string LockText(PlanLock lock, const std::string& plan_file) {
  std::ranges::sort(lock, {}, [](const LockedChart& locked) {
    return std::tuple(locked.release, PartsOf(locked), KindOf(locked));
  });
  nlohmann::ordered_json charts = nlohmann::ordered_json::array();
  for (const LockedChart& locked : lock) {
    const auto& [from, name, version] = PartsOf(locked);
    nlohmann::ordered_json entry;
    entry["release"] = locked.release;
    entry[KindOf(locked)] = from;
    if (!name.empty()) entry["chart"] = name;
    if (!version.empty()) entry["wanted"] = version;
    entry["version"] = locked.version;
    if (!locked.is_git()) entry["digest"] = locked.digest;
    charts.push_back(std::move(entry));
  }
  nlohmann::ordered_json file;
  file["lockVersion"] = 1;
  file["charts"] = std::move(charts);
  return absl::StrCat(absl::Substitute(kHead, std::filesystem::path(plan_file).filename().string()),
                      BlockYaml(file));
}

absl::Status UseLock(const std::string& plan_file, bool required, LocalPlan* plan) {
  const std::string file = LockFileOf(plan_file);
  ASSIGN_OR_RETURN(const std::optional<PlanLock> read, ReadLockFile(file));
  const PlanLock lock = read.value_or(PlanLock());
  const std::string renew = absl::StrCat("run wheelhouse plan lock -f ", plan_file);
  std::vector<FieldViolation> wrong;
  for (int i = 0; i < plan->plan.charts_size(); ++i) {
    const std::optional<LockedChart> wanted = ToLock(*plan, i);
    if (!wanted.has_value()) continue;
    if (const LockedChart* locked = FindLocked(lock, *wanted); locked != nullptr) {
      Pin(*locked, i, plan);
      continue;
    }
    const bool stale = HasRelease(lock, wanted->release);
    if (!stale && !required && !wanted->is_git()) continue;
    const std::string path = absl::StrCat("charts[", i, "].chart");
    const std::string what =
        file.empty() ? "a plan on standard input has no lock file; name the file with -f"
        : stale ? absl::StrCat(file, " has another chart or range for ", wanted->release, " than ",
                               WantedText(*wanted), ": ", renew)
                : absl::StrCat(file, " does not have ", wanted->release, " (", WantedText(*wanted),
                               "): ", renew);
    wrong.push_back({PlaceOf(*plan, i), absl::StrCat(path, ": ", what)});
  }
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

}  // namespace wheelhouse::cli
