#include "server/charts/dependency_source.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include "common/failure.h"
#include "common/formats/semver.h"
#include "common/status_macros.h"

namespace wheelhouse::charts {
namespace {

absl::Status Invalid(const std::string& what) { return MakeFailure(Reason::kChartInvalid, what); }

absl::StatusOr<std::string> VersionOf(const helm::ChartDependency& dependency) {
  if (!dependency.has_lock) return dependency.version;
  const auto range = VersionRange::Parse(dependency.version.empty() ? "*" : dependency.version);
  const auto locked = ParseVersion(dependency.locked);
  // A pre-release that was locked is meant, although a range leaves pre-releases out.
  const bool fits =
      dependency.locked == dependency.version ||
      (range.ok() && locked.ok() && (range->Contains(*locked) || !locked->prerelease.empty()));
  if (fits) return dependency.locked;
  return Invalid(absl::StrCat(
      "Chart.lock does not fit Chart.yaml: it ",
      dependency.locked.empty() ? "does not have it" : absl::StrCat("has ", dependency.locked),
      ", Chart.yaml wants ", dependency.version, ": run helm dependency update"));
}

}  // namespace

absl::StatusOr<v1::ChartSource> SourceOf(const helm::ChartDependency& dependency) {
  const std::string& from = dependency.repository;
  ASSIGN_OR_RETURN(const std::string version, VersionOf(dependency));
  v1::ChartSource source;
  if (absl::StartsWith(from, "oci://")) {
    source.mutable_oci()->set_reference(
        absl::StrCat(absl::StripSuffix(from, "/"), "/", dependency.name));
    source.mutable_oci()->set_version(version);
    return source;
  }
  if (absl::StartsWith(from, "https://") || absl::StartsWith(from, "http://")) {
    source.mutable_repository()->set_url(from);
    source.mutable_repository()->set_name(dependency.name);
    source.mutable_repository()->set_version(version);
    return source;
  }
  if (from.empty()) return Invalid("it has no repository: put it into the chart's charts/ folder");
  if (absl::StartsWith(from, "file://"))
    return Invalid(absl::StrCat(from,
                                " is a folder beside the chart, which was not uploaded with it: "
                                "put it into the chart's charts/ folder"));
  return Invalid(absl::StrCat("the repository ", from,
                              " is a name that only a helm knows: write its URL into Chart.yaml"));
}

}  // namespace wheelhouse::charts
