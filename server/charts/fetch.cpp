#include "server/charts/fetch.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/process/temp_folder.h"
#include "common/status_macros.h"
#include "server/charts/signed.h"

namespace wheelhouse::charts {
namespace {

absl::Status CheckDigest(const v1::ChartSource& source, const FetchedChart& fetched) {
  const std::string& wanted =
      source.has_oci() ? source.oci().digest() : source.repository().digest();
  const std::string& found = fetched.chart.digest;
  if (wanted.empty() || wanted == found) return absl::OkStatus();
  return MakeFailure(Reason::kChartChanged,
                     absl::StrCat(TextOf(source, fetched.version),
                                  " is not the chart that the plan names: its digest is ", found,
                                  ", not ", wanted),
                     {{"digest", found}, {"expected", wanted}});
}

}  // namespace

absl::StatusOr<FetchedChart> FetchChart(const Context& context, const FetchParts& parts,
                                        const v1::ChartSource& source) {
  ASSIGN_OR_RETURN(auto folder, TempFolder::Make(parts.temp_directory, "chart"));
  ASSIGN_OR_RETURN(const auto download, TempFolder::Make(folder->path(), "fetch"));
  ASSIGN_OR_RETURN(
      outgoing::FetchedArchive archive,
      parts.sources.Fetch(context, source, download->path(), parts.archives.most_bytes()));
  FetchedChart fetched;
  ASSIGN_OR_RETURN(fetched.signature, VerifyFetched(context, parts, source, archive));
  ASSIGN_OR_RETURN(fetched.chart,
                   parts.archives.ReadFetched(archive.path, helm::PackedChart::FileIn(*folder)));
  if (fetched.signature.has_value())
    RETURN_IF_ERROR(CheckIsWhatWasAsked(source, archive.version, fetched.chart));
  fetched.archive = std::make_shared<helm::PackedChart>(std::move(folder));
  fetched.version = archive.version.empty() ? fetched.chart.version : std::move(archive.version);
  fetched.archive_sha256 = std::move(archive.sha256);
  RETURN_IF_ERROR(CheckDigest(source, fetched));
  return fetched;
}

}  // namespace wheelhouse::charts
