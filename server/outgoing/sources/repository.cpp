#include "server/outgoing/sources/repository.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <curl/curl.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/outgoing/sources/download.h"
#include "server/outgoing/sources/repository_index.h"
#include "server/outgoing/sources/versions.h"

namespace wheelhouse::outgoing {
namespace {

constexpr uint64_t kLargestIndex = 64 << 20;

// `url` as a link of the page `base`; empty for what is none.
std::string Resolved(const std::string& base, const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  char* text = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_URL, &text, 0) != CURLUE_OK)
    return "";
  std::string resolved = text;
  curl_free(text);
  return resolved;
}

// The file beside an archive, as helm finds it; empty when there is none.
absl::StatusOr<std::string> FetchProvenance(const Context& context, const Source& source,
                                            const Login& login, Download archive) {
  const size_t query = std::min(archive.url.find_first_of("?#"), archive.url.size());
  archive.url.insert(query, ".prov");
  archive.what = absl::StrCat("the provenance file of ", archive.what);
  archive.most = signatures::kLargestProvenance;
  archive.into.clear();
  ASSIGN_OR_RETURN(Downloaded file, Get(context, source, login, archive));
  if (file.status == 404) return std::string();
  if (file.status != 200) return Unexpected(archive, file.status);
  return std::move(file.body);
}

}  // namespace

absl::StatusOr<FetchedArchive> FetchFromRepository(const Context& context, const Source& source,
                                                   const v1::RepositoryChart& chart,
                                                   const std::string& directory, uint64_t most,
                                                   bool must_be_signed) {
  const std::string base = absl::EndsWith(chart.url(), "/") ? chart.url() : chart.url() + "/";
  ASSIGN_OR_RETURN(const Login login,
                   ReadLogin(source.credential(), source.base().origin().substr(
                                                      source.base().origin().find("://") + 3)));
  Download download{.url = base + "index.yaml",
                    .what = absl::StrCat("the index of the repository ", chart.url()),
                    .most = kLargestIndex,
                    .into = directory + "/index.yaml",
                    .authorization = AuthorizationOf(login)};
  ASSIGN_OR_RETURN(const Downloaded index, Get(context, source, login, download));
  if (index.status != 200) return Unexpected(download, index.status);
  ASSIGN_OR_RETURN(const auto entries,
                   ReadIndex(context, download.into, chart.name(), download.what));
  std::error_code ignored;  // the folder goes with the chart's run
  std::filesystem::remove(download.into, ignored);

  std::vector<std::string> versions;
  for (const IndexEntry& entry : entries) versions.push_back(entry.version);
  ASSIGN_OR_RETURN(const std::optional<size_t> chosen, ChooseVersion(versions, chart.version()));
  const std::string named =
      absl::StrCat("the chart ", chart.name(), chart.version().empty() ? "" : " ", chart.version());
  if (!chosen.has_value() || entries[*chosen].urls.empty()) {
    return MakeFailure(Reason::kChartNotFound,
                       absl::StrCat("the repository ", chart.url(), " does not have ", named));
  }
  const IndexEntry& entry = entries[*chosen];
  download.url = Resolved(base, entry.urls.front());
  download.what = absl::StrCat("the archive of ", named, " of ", chart.url());
  download.most = most;
  download.into = directory + "/chart.tgz";
  if (!source.base().IsOrigin(download.url)) download.authorization.clear();
  ASSIGN_OR_RETURN(const Downloaded archive, Get(context, source, login, download));
  if (archive.status != 200) return Unexpected(download, archive.status);
  if (!entry.digest.empty() && archive.digest != "sha256:" + entry.digest &&
      archive.digest != entry.digest) {
    return MakeFailure(
        Reason::kChartInvalid,
        absl::StrCat(download.what, " is not the one that the index describes: its digest is ",
                     archive.digest, ", not ", entry.digest));
  }
  FetchedArchive fetched{download.into, entry.version, archive.digest, {}};
  if (must_be_signed) {
    fetched.must_be_signed = {source.keys(), {}};
    ASSIGN_OR_RETURN(fetched.must_be_signed->evidence.provenance,
                     FetchProvenance(context, source, login, std::move(download)));
  }
  return fetched;
}

}  // namespace wheelhouse::outgoing
