#include "server/charts/chart_finder.h"

#include <absl/strings/str_cat.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/process/temp_folder.h"
#include "common/status_macros.h"
#include "server/charts/dependency_source.h"
#include "server/charts/signed.h"
#include "server/plan/source_check.h"

namespace wheelhouse::charts {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(2);

absl::Status Check(const v1::ChartSource& source) {
  plan::FieldViolations wrong;
  v1::ChartInfo chart;
  *chart.mutable_chart() = source;
  plan::CheckSource(chart, "source", &wrong);
  if (source.has_archive_digest())
    wrong.push_back(
        {"source", "must be an oci or a repository: what was uploaded has no versions."});
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

absl::Status CheckDigest(const std::string& digest) {
  plan::FieldViolations wrong;
  v1::ChartInfo chart;
  chart.mutable_chart()->set_archive_digest(digest);
  plan::CheckSource(chart, "", &wrong);
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, {{"digest", wrong.front().description}});
}

}  // namespace

absl::StatusOr<v1::ResolveChartResponse> ChartFinder::Resolve(
    const v1::ResolveChartRequest& request) const {
  RETURN_IF_ERROR(Check(request.source()));
  ASSIGN_OR_RETURN(const FetchedChart fetched, FetchChart(Bounded(), parts_, request.source()));
  v1::ResolveChartResponse response;
  v1::ChartSource* source = response.mutable_source();
  *source = request.source();
  if (source->has_oci()) {
    source->mutable_oci()->set_version(fetched.version);
    source->mutable_oci()->set_digest(fetched.chart.digest);
  } else {
    source->mutable_repository()->set_version(fetched.version);
    source->mutable_repository()->set_digest(fetched.chart.digest);
  }
  response.set_name(fetched.chart.name);
  response.set_version(fetched.chart.version);
  response.set_app_version(fetched.chart.app_version);
  response.set_digest(fetched.chart.digest);
  response.set_archive_sha256(fetched.archive_sha256);
  if (fetched.signature.has_value()) *response.mutable_signature() = *fetched.signature;
  return response;
}

absl::StatusOr<v1::BuildDependenciesResponse> ChartFinder::Build(
    const v1::BuildDependenciesRequest& request, const Principal& by) const {
  RETURN_IF_ERROR(CheckDigest(request.digest()));
  const Context context = Bounded();
  std::shared_ptr<void> pin;
  ASSIGN_OR_RETURN(const helm::Chart chart,
                   parts_.archives.ReadUploaded(request.digest(), by, "", &pin));
  v1::BuildDependenciesResponse response;
  response.set_digest(request.digest());
  if (chart.missing.empty()) return response;
  if (parts_.sources.SignersOfUpload(v1::VERIFY_UNSPECIFIED) != nullptr) {
    return MakeFailure(
        Reason::kChartNotSigned,
        absl::StrCat(chart.name, " lacks charts that it depends on, and no chart that the daemon ",
                     "completes is signed: run helm dependency build, and sign the whole"));
  }
  ASSIGN_OR_RETURN(const auto folder, TempFolder::Make(parts_.temp_directory, "dependencies"));
  std::vector<helm::Subchart> subcharts(chart.missing.size());
  for (size_t i = 0; i < subcharts.size(); ++i) {
    const helm::ChartDependency& wanted = chart.missing[i];
    RETURN_IF_ERROR(
        While(absl::StrCat("fetching ", wanted.name, ", which ", chart.name, " depends on"),
              Download(context, absl::StrCat(folder->path(), "/", i), wanted, &subcharts[i])));
  }
  ASSIGN_OR_RETURN(
      const helm::Chart completed,
      parts_.archives.Complete(request.digest(), by, folder->path() + "/complete.tgz", &subcharts));
  response.set_digest(completed.digest);
  for (size_t i = 0; i < subcharts.size(); ++i) {
    v1::ChartDependency* added = response.add_added();
    added->set_name(subcharts[i].name);
    added->set_version(subcharts[i].version);
    added->set_repository(chart.missing[i].repository);
    added->set_digest(subcharts[i].digest);
  }
  return response;
}

absl::Status ChartFinder::Download(const Context& context, const std::string& folder,
                                   const helm::ChartDependency& wanted,
                                   helm::Subchart* subchart) const {
  ASSIGN_OR_RETURN(const v1::ChartSource source, SourceOf(wanted));
  RETURN_IF_ERROR(Check(source));
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error)
    return MakeFailure(Reason::kStoreUnavailable, "a download cannot be written to the disk");
  ASSIGN_OR_RETURN(outgoing::FetchedArchive archive,
                   parts_.sources.Fetch(context, source, folder, parts_.archives.most_bytes()));
  ASSIGN_OR_RETURN(const auto signature, VerifyFetched(context, parts_, source, archive));
  if (signature.has_value()) subchart->must_be = archive.version;
  subchart->archive = std::move(archive.path);
  subchart->name = wanted.name;
  return absl::OkStatus();
}

Context ChartFinder::Bounded() const {
  return scope_.WithTimeout(
      kPatience, MakeFailure(Reason::kDeadlineExceeded, "fetching took longer than two minutes"));
}

void ChartFinder::Stop() {
  scope_.Cancel(MakeFailure(Reason::kShuttingDown, "the daemon is shutting down"));
}

}  // namespace wheelhouse::charts
