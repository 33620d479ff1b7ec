#include "server/plan/source_check.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>

#include "common/formats/semver.h"
#include "server/plan/defaults.h"

namespace wheelhouse::plan {
namespace {

bool IsDigest(absl::string_view text) {
  if (!absl::StartsWith(text, "sha256:")) return false;
  text.remove_prefix(7);
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

// They would appear in messages and in logs.
void CheckNoCredentials(absl::string_view url, const std::string& path, FieldViolations* wrong) {
  const size_t begin = url.find("://");
  if (begin == absl::string_view::npos) return;
  const absl::string_view authority =
      url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - (begin + 3));
  if (!absl::StrContains(authority, "@")) return;
  wrong->push_back({path,
                    "must not contain a user or password; if the repository or registry asks for "
                    "them, the operator configures them (sources.credentials in wheelhoused.yaml), "
                    "or you upload the chart instead."});
}

void CheckDigest(const std::string& digest, const std::string& path, FieldViolations* wrong) {
  if (digest.empty() || IsDigest(digest)) return;
  wrong->push_back({path, "must be `sha256:` and 64 lower-case hex digits."});
}

void CheckVersion(const std::string& version, const std::string& path, FieldViolations* wrong) {
  if (version.empty() || (version.size() <= 250 && VersionRange::Parse(version).ok())) return;
  wrong->push_back(
      {path, "must be a version or a range of them, such as 1.2.3 or `>=1.2.0 <2.0.0`."});
}

// It must not look like a flag, a path or a URL.
bool IsChartName(absl::string_view text) {
  return !text.empty() && text.size() <= 250 && absl::ascii_isalnum(text.front()) &&
         std::ranges::all_of(
             text, [](char c) { return absl::ascii_isalnum(c) || absl::StrContains("._-", c); });
}

}  // namespace

void CheckSource(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  const v1::ChartSource& source = chart.chart();
  if (source.source_case() == v1::ChartSource::SOURCE_NOT_SET) {
    if (ActionOf(chart) == v1::ACTION_DEPLOY) {
      wrong->push_back({path,
                        "must say where the chart is: path, oci or repository (in the API, "
                        "archive_digest for path)."});
    }
    return;
  }
  if (source.has_archive_digest() && !IsDigest(source.archive_digest())) {
    wrong->push_back({path + ".archive_digest", "must be `sha256:` and 64 lower-case hex digits."});
  }
  CheckDigest(source.oci().digest(), path + ".oci.digest", wrong);
  CheckDigest(source.repository().digest(), path + ".repository.digest", wrong);
  if (source.has_oci() && (!absl::StartsWith(source.oci().reference(), "oci://") ||
                           source.oci().reference().size() == 6)) {
    wrong->push_back({path + ".oci.reference", "must be `oci://registry/path/chart`."});
  }
  CheckNoCredentials(source.oci().reference(), path + ".oci.reference", wrong);
  CheckVersion(source.oci().version(), path + ".oci.version", wrong);
  CheckVersion(source.repository().version(), path + ".repository.version", wrong);
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

}  // namespace wheelhouse::plan
