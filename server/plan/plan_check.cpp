#include "server/lifecycle/plan/plan_check.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/formats/semver.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/losses.h"
#include "server/lifecycle/objects/patches.h"
#include "server/lifecycle/objects/values_from.h"
#include "server/lifecycle/plan/field_checks.h"
#include "server/lifecycle/plan/plan_defaults.h"
#include "server/lifecycle/plan/plan_graph.h"
#include "server/lifecycle/plan/stage_check.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kMaxValuesBytes = size_t{1} << 20;

bool IsDigest(absl::string_view text) {
  if (!absl::StartsWith(text, "sha256:")) return false;
  text.remove_prefix(7);
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

// They would stand in helm's argv and in logs.
void CheckNoCredentials(absl::string_view url, const std::string& path, Wrong* wrong) {
  const size_t begin = url.find("://");
  if (begin == absl::string_view::npos) return;
  const absl::string_view authority =
      url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - (begin + 3));
  if (!absl::StrContains(authority, "@")) return;
  wrong->push_back({path,
                    "must not hold a user or a password; a repository or registry that asks for "
                    "them cannot be used: upload the chart instead."});
}

// Stands alone in helm's argv, so it must not look like a flag, a path or a URL.
bool IsChartName(absl::string_view text) {
  return !text.empty() && text.size() <= 250 && absl::ascii_isalnum(text.front()) &&
         std::ranges::all_of(
             text, [](char c) { return absl::ascii_isalnum(c) || absl::StrContains("._-", c); });
}

void CheckSource(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  const v1::ChartSource& source = chart.chart();
  if (source.source_case() == v1::ChartSource::SOURCE_NOT_SET) {
    if (ActionOf(chart) == v1::ACTION_DEPLOY) {
      wrong->push_back(
          {path, "must name archive_digest, oci or repository for a chart to deploy."});
    }
    return;
  }
  if (source.has_archive_digest() && !IsDigest(source.archive_digest())) {
    wrong->push_back({path + ".archive_digest", "must be `sha256:` and 64 lower-case hex digits."});
  }
  if (source.has_oci() && (!absl::StartsWith(source.oci().reference(), "oci://") ||
                           source.oci().reference().size() == 6)) {
    wrong->push_back({path + ".oci.reference", "must be `oci://registry/path/chart`."});
  }
  CheckNoCredentials(source.oci().reference(), path + ".oci.reference", wrong);
  if (!source.has_repository()) return;
  const std::string& url = source.repository().url();
  if (!absl::StartsWith(url, "https://") && !absl::StartsWith(url, "http://"))
    wrong->push_back({path + ".repository.url", "must be an https:// or http:// URL."});
  CheckNoCredentials(url, path + ".repository.url", wrong);
  if (!IsChartName(source.repository().name())) {
    wrong->push_back({path + ".repository.name",
                      "must name the chart in the repository's index: A-Z, a-z, 0-9, `.`, `_` and "
                      "`-`, beginning with a letter or digit."});
  }
}

void CheckTimes(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  CheckPositive(chart.has_timeout(), chart.timeout(), path + ".timeout", wrong);
  CheckPositive(chart.has_failure_timeout(), chart.failure_timeout(), path + ".failure_timeout",
                wrong);
  const v1::EarlyFailure& early = chart.early_failure();
  const std::string at = path + ".early_failure";
  CheckPositive(early.has_image_pull(), early.image_pull(), at + ".image_pull", wrong);
  CheckPositive(early.has_crash_loop_time(), early.crash_loop_time(), at + ".crash_loop_time",
                wrong);
  if (early.has_crash_loop_restarts() && early.crash_loop_restarts() < 1)
    wrong->push_back({at + ".crash_loop_restarts", "must be at least 1."});
  const v1::UpgradeRetry& retry = chart.upgrade_retry();
  CheckRange(retry.count(), 0, 100, path + ".upgrade_retry.count", wrong);
  CheckNotNegative(retry.has_delay(), retry.delay(), path + ".upgrade_retry.delay", wrong);
}

void CheckFiles(const google::protobuf::RepeatedPtrField<v1::ValuesFile>& files,
                const std::string& path, Wrong* wrong) {
  for (int i = 0; i < files.size(); ++i) {
    if (files[i].content().size() <= kMaxValuesBytes) continue;
    wrong->push_back({absl::StrCat(path, "[", i, "].content"), "must be at most 1 MiB."});
  }
}

void CheckAction(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  if (chart.action() > v1::ACTION_UNLOCK)
    wrong->push_back({path + ".action", "must be DEPLOY, DESTROY, SKIP, ROLLBACK or UNLOCK."});
  if (chart.rollback_revision() < 0 ||
      (chart.rollback_revision() > 0 && chart.action() != v1::ACTION_ROLLBACK))
    wrong->push_back({path + ".rollback_revision",
                      "must be a revision, 1 or more, of a chart whose action is ROLLBACK."});
}

void CheckCrdFields(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  if (chart.crd_policy() > v1::CRD_POLICY_CREATE_REPLACE)
    wrong->push_back({path + ".crd_policy", "must be SKIP, CREATE or CREATE_REPLACE."});
  CheckFiles(chart.crd_files(), path + ".crd_files", wrong);
  for (int i = 0; i < chart.crd_files_size(); ++i) {
    CheckCrds(chart.crd_files(i).content(), absl::StrCat(path, ".crd_files[", i, "].content"),
              wrong);
  }
  if (chart.action() == v1::ACTION_DESTROY && chart.delete_crds() && chart.crd_files().empty() &&
      chart.chart().source_case() == v1::ChartSource::SOURCE_NOT_SET && chart.profile().empty() &&
      CrdsDeletedBySteps(chart).empty()) {
    wrong->push_back({path + ".delete_crds",
                      "needs the CRDs that are to be deleted: give the chart whose crds/ folders "
                      "hold them, or crd_files."});
  }
}

void CheckReinstall(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  const std::string& breaking = chart.last_breaking_version_requiring_restart();
  if (!breaking.empty() && !ParseVersion(breaking).ok()) {
    wrong->push_back({path + ".last_breaking_version_requiring_restart",
                      "must be a version, such as 1.2.3 or 2.0.0-rc.1."});
  }
  for (int i = 0; i < chart.backup_resources_size(); ++i) {
    CheckSelector(chart.backup_resources(i), absl::StrCat(path, ".backup_resources[", i, "]"),
                  wrong);
  }
}

void CheckChart(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  CheckLabel(chart.name(), 53, path + ".name", wrong);
  CheckLabel(chart.namespace_(), 63, path + ".namespace", wrong);
  for (int i = 0; i < chart.extra_namespaces_size(); ++i) {
    CheckLabel(chart.extra_namespaces(i), 63, absl::StrCat(path, ".extra_namespaces[", i, "]"),
               wrong);
  }
  CheckAction(chart, path, wrong);
  CheckSource(chart, path + ".chart", wrong);
  CheckTimes(chart, path, wrong);
  CheckFiles(chart.values_files(), path + ".values_files", wrong);
  CheckFiles(chart.yaml_files_content(), path + ".yaml_files_content", wrong);
  CheckCrdFields(chart, path, wrong);
  CheckReinstall(chart, path, wrong);
  CheckValuesFrom(chart, path, wrong);
  CheckPatches(chart, path, wrong);
  if (chart.has_max_history())
    CheckRange(chart.max_history(), 1, 1000, path + ".max_history", wrong);
  CheckStages(chart.stages(), path + ".stages", wrong);
}

}  // namespace

absl::Status CheckPlan(const v1::Plan& plan) {
  Wrong wrong;
  if (!plan.name().empty()) CheckLabel(plan.name(), 63, "plan.name", &wrong);
  if (plan.charts_size() < 1 || plan.charts_size() > 500) {
    wrong.push_back(
        {"plan.charts", absl::StrCat("has ", plan.charts_size(), " charts, must have 1 to 500.")});
    return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  }
  CheckPositive(plan.has_deadline(), plan.deadline(), "plan.deadline", &wrong);
  CheckPositive(plan.has_queue_timeout(), plan.queue_timeout(), "plan.queue_timeout", &wrong);
  CheckRange(plan.priority(), -100, 100, "plan.priority", &wrong);
  for (int i = 0; i < plan.charts_size(); ++i)
    CheckChart(plan.charts(i), absl::StrCat("plan.charts[", i, "]"), &wrong);
  CheckGraph(plan, &wrong);
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

}  // namespace wheelhouse::lifecycle
