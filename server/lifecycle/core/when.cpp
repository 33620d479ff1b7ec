#include "server/lifecycle/core/when.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "common/failure.h"
#include "common/formats/semver.h"
#include "common/status_macros.h"
#include "server/cel/expression.h"
#include "server/helm/releases.h"
#include "server/plan/defaults.h"
#include "server/plan/fields/expressions.h"
#include "server/plan/stage_table.h"

namespace wheelhouse::lifecycle {
namespace {

bool AsksForVersion(const v1::Stages& stages) {
  const auto asks = [](const v1::Step& step) {
    return !step.when().installed_version().empty() ||
           absl::StrContains(step.when().expression(), "installed_version");
  };
  return std::ranges::any_of(plan::kStages, [&](const plan::StageRow& row) {
    const v1::StagePlan& plan = (stages.*row.get)();
    return std::ranges::any_of(plan.before(), asks) || std::ranges::any_of(plan.after(), asks);
  });
}

absl::StatusOr<bool> ExpressionHolds(const Context& context, const Chart& chart, const Trail& trail,
                                     const std::string& text, const WhenFacts& facts) {
  const auto in_words = [](const std::string& name, absl::string_view prefix, bool known) {
    return nlohmann::json(known ? name.substr(prefix.size()) : "");
  };
  const v1::Action acts = plan::ActionOf(chart.info());
  const nlohmann::json action = in_words(v1::Action_Name(acts), "ACTION_", true);
  const nlohmann::json decision = in_words(v1::Decision_Name(facts.decision), "DECISION_",
                                           facts.decision != v1::DECISION_UNSPECIFIED);
  const nlohmann::json release = {{"name", chart.info().name()},
                                  {"namespace", chart.info().namespace_()}};
  const nlohmann::json deployed = {{"name", facts.chart_name}, {"version", facts.chart_version}};
  const nlohmann::json installed_version = trail.installed_version();
  nlohmann::json payload = nlohmann::json::object();
  for (const auto& [key, value] : trail.payload()) payload[key] = value;

  cel::Activation activation;
  activation.Set("action", action);
  activation.Set("decision", decision);
  activation.Set("release", release);
  activation.Set("chart", deployed);
  activation.Set("installed_version", installed_version);
  activation.Set("payload", payload);
  const auto expression = cel::Expression::Parse(text, plan::WhenVariables());
  const auto holds = expression.ok() ? expression->Holds(context, activation)
                                     : absl::StatusOr<bool>(expression.status());
  RETURN_IF_ERROR(context.Check());
  if (holds.ok()) return *holds;
  return MakeFailure(Reason::kStepFailed,
                     absl::StrCat("its when.expression, ", std::string(holds.status().message())));
}

bool InRange(const std::string& range, const std::string& version) {
  const auto wanted = VersionRange::Parse(range);
  const auto installed = ParseVersion(version);
  return wanted.ok() && installed.ok() && wanted->Contains(*installed);
}

}  // namespace

absl::Status ReadInstalledVersion(const Context& context, const Chart& chart, Trail& trail) {
  if (!AsksForVersion(chart.info().stages())) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  std::string version;
  if (const helm::ReleaseRecord* installed = helm::InstalledRecord(records)) {
    ASSIGN_OR_RETURN(const helm::Release release,
                     helm::ReadRelease(context, chart.kube(), *installed));
    version = release.chart_version;
  }
  trail.set_installed_version(version);
  return absl::OkStatus();
}

absl::StatusOr<bool> Holds(const Context& context, const Chart& chart, Trail& trail,
                           const v1::When& when, const WhenFacts& facts) {
  if (!plan::CoversAction(when, chart.info().action())) return false;
  if (when.has_payload()) {
    const auto found = trail.payload().find(when.payload().key());
    if (found == trail.payload().end() || found->second != when.payload().equals()) return false;
  }
  if (when.installed_version().empty() && when.expression().empty()) return true;
  // A caller's step of check_prerequisites comes ahead of the step that reads the release's state.
  if (!trail.has_installed_version()) RETURN_IF_ERROR(ReadInstalledVersion(context, chart, trail));
  if (!when.installed_version().empty() &&
      !InRange(when.installed_version(), trail.installed_version()))
    return false;
  if (when.expression().empty()) return true;
  return ExpressionHolds(context, chart, trail, when.expression(), facts);
}

v1::When KnownBefore(v1::When when) {
  when.clear_payload();
  when.clear_expression();
  return when;
}

}  // namespace wheelhouse::lifecycle
