#include "server/outgoing/sources/registry.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/strip.h>
#include <curl/curl.h>

#include <algorithm>
#include <vector>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/status_macros.h"
#include "server/kube/json.h"
#include "server/outgoing/sources/download.h"
#include "server/outgoing/sources/versions.h"

namespace wheelhouse::outgoing {
namespace {

using kube::Json;

constexpr uint64_t kLargestManifest = 4 << 20;  // as the specification asks of registries
constexpr uint64_t kLargestToken = 1 << 20;
constexpr int kMostPages = 50;  // of tags
constexpr char kChartLayer[] = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
constexpr char kOldChartLayer[] = "application/tar+gzip";
constexpr char kManifest[] = "application/vnd.oci.image.manifest.v1+json";

bool IsWithin(absl::string_view text, absl::string_view more) {
  return std::ranges::all_of(
      text, [&](char c) { return absl::ascii_isalnum(c) || absl::StrContains(more, c); });
}

std::string Escaped(const std::string& text) {
  char* escaped = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  std::string copy = escaped != nullptr ? escaped : "";
  curl_free(escaped);
  return copy;
}

// Tags cannot have a plus.
std::string TagOf(const std::string& version) { return absl::StrReplaceAll(version, {{"+", "_"}}); }
std::string VersionOf(const std::string& tag) { return absl::StrReplaceAll(tag, {{"_", "+"}}); }

// The requests for one chart.
class Registry {
 public:
  Registry(const Context& context, const Source& source, Login login, std::string name,
           std::string repository)
      : context_(context),
        source_(source),
        login_(std::move(login)),
        name_(std::move(name)),
        repository_(std::move(repository)),
        authorization_(login_.token.empty() ? "" : AuthorizationOf(login_)) {}

  absl::StatusOr<std::string> TagFor(const std::string& wanted) {
    if (IsOneVersion(wanted)) return TagOf(wanted);
    ASSIGN_OR_RETURN(const std::vector<std::string> tags, Tags());
    std::vector<std::string> versions;
    for (const std::string& tag : tags) versions.push_back(VersionOf(tag));
    ASSIGN_OR_RETURN(const std::optional<size_t> chosen, ChooseVersion(versions, wanted));
    if (chosen.has_value()) return tags[*chosen];
    return MakeFailure(Reason::kChartNotFound,
                       absl::StrCat(name_, " has no version", wanted.empty() ? "" : " ", wanted));
  }

  // The digest of the layer with the chart.
  absl::StatusOr<std::string> LayerOf(const std::string& tag_or_digest, bool is_digest) {
    Download download = Ask("manifests/" + tag_or_digest,
                            absl::StrCat(name_, is_digest ? "@" : ":", tag_or_digest));
    download.accept = {kManifest};
    ASSIGN_OR_RETURN(const Downloaded answer, Get(download));
    if (is_digest && answer.digest != tag_or_digest) return NotAsDigested(download.what);
    const Json manifest = ParseJson(answer.body);
    if (!manifest.is_discarded()) {
      for (const Json& layer : kube::List(manifest, "/layers")) {
        const std::string type = kube::Text(layer, "/mediaType");
        std::string digest = kube::Text(layer, "/digest");
        absl::string_view hex = digest;
        if ((type == kChartLayer || type == kOldChartLayer) &&
            absl::ConsumePrefix(&hex, "sha256:") && hex.size() == 64 && IsWithin(hex, ""))
          return digest;
      }
    }
    return MakeFailure(Reason::kChartInvalid, absl::StrCat(download.what, " is not a helm chart"));
  }

  absl::Status FetchBlob(const std::string& digest, const std::string& file, uint64_t most) {
    Download download = Ask("blobs/" + digest, absl::StrCat("the archive of ", name_));
    download.most = most;
    download.into = file;
    ASSIGN_OR_RETURN(const Downloaded answer, Get(download));
    return answer.digest == digest ? absl::OkStatus() : NotAsDigested(download.what);
  }

 private:
  static absl::Status NotAsDigested(const std::string& what) {
    return MakeFailure(Reason::kChartInvalid,
                       absl::StrCat(what, " is not what its digest says; the registry is damaged"));
  }

  Download Ask(const std::string& below, const std::string& what) const {
    return {.url = absl::StrCat(source_.base().origin(), "/v2/", repository_, "/", below),
            .what = what,
            .most = kLargestManifest};
  }

  absl::StatusOr<std::vector<std::string>> Tags() {
    std::vector<std::string> tags;
    Download download = Ask("tags/list?n=1000", absl::StrCat("the list of versions of ", name_));
    for (int page = 0; page < kMostPages; ++page) {
      ASSIGN_OR_RETURN(const Downloaded answer, Get(download));
      const Json list = ParseJson(answer.body);
      if (list.is_discarded()) break;
      for (const Json& tag : kube::List(list, "/tags")) {
        if (tag.is_string() && IsWithin(tag.get<std::string>(), "._-"))
          tags.push_back(tag.get<std::string>());
      }
      // `</v2/charts/web/tags/list?n=1000&last=1.2.3>; rel="next"`
      const size_t begin = answer.link.find('<'), end = answer.link.find('>');
      if (begin == std::string::npos || end == std::string::npos || begin > end) break;
      const std::string next = answer.link.substr(begin + 1, end - begin - 1);
      download.url = absl::StartsWith(next, "/") ? source_.base().origin() + next : next;
    }
    return tags;
  }

  // Shows who the daemon is when it is asked to.
  absl::StatusOr<Downloaded> Get(Download download) {
    const bool own = source_.base().IsOrigin(download.url);
    if (own) download.authorization = authorization_;
    ASSIGN_OR_RETURN(Downloaded answer, outgoing::Get(context_, source_, login_, download));
    if (answer.status == 401 && own && authorization_.empty()) {
      ASSIGN_OR_RETURN(authorization_, Authorize(answer.challenge));
      download.authorization = authorization_;
      if (!authorization_.empty()) {
        ASSIGN_OR_RETURN(answer, outgoing::Get(context_, source_, login_, download));
      }
    }
    if (answer.status != 200) return Unexpected(download, answer.status);
    return answer;
  }

  absl::StatusOr<std::string> Authorize(const std::string& header) {
    const auto challenge = ParseChallenge(header);
    if (!challenge.has_value()) return AuthorizationOf(login_);
    Download download{.url = challenge->realm,
                      .what = absl::StrCat("a token for ", name_),
                      .most = kLargestToken,
                      .authorization = AuthorizationOf(login_)};
    absl::StrAppend(
        &download.url, absl::StrContains(download.url, "?") ? "&" : "?",
        "service=", Escaped(challenge->service), "&scope=",
        Escaped(challenge->scope.empty() ? absl::StrCat("repository:", repository_, ":pull")
                                         : challenge->scope));
    ASSIGN_OR_RETURN(const Downloaded answer, outgoing::Get(context_, source_, login_, download));
    if (answer.status != 200) return Unexpected(download, answer.status);
    const Json token = ParseJson(answer.body);
    if (token.is_discarded()) return std::string();
    std::string text = kube::Text(token, "/token");
    if (text.empty()) text = kube::Text(token, "/access_token");
    const bool sane = std::ranges::all_of(text, [](char c) { return absl::ascii_isgraph(c); });
    return text.empty() || !sane ? std::string() : "Bearer " + text;
  }

  const Context& context_;
  const Source& source_;
  const Login login_;
  const std::string name_;
  const std::string repository_;
  std::string authorization_;
};

}  // namespace

std::optional<Reference> ParseReference(const std::string& reference) {
  absl::string_view rest = reference;
  if (!absl::ConsumePrefix(&rest, "oci://")) return std::nullopt;
  const size_t slash = rest.find('/');
  if (slash == absl::string_view::npos || slash == 0) return std::nullopt;
  rest.remove_prefix(slash + 1);
  Reference parsed;
  if (const size_t at = rest.find('@'); at != absl::string_view::npos) {
    parsed.digest = std::string(rest.substr(at + 1));
    rest = rest.substr(0, at);
    absl::string_view hex = parsed.digest;
    if (!absl::ConsumePrefix(&hex, "sha256:") || hex.size() != 64 || !IsWithin(hex, ""))
      return std::nullopt;
  }
  if (const size_t colon = rest.find(':'); colon != absl::string_view::npos) {
    parsed.tag = std::string(rest.substr(colon + 1));
    rest = rest.substr(0, colon);
    if (parsed.tag.empty() || !IsWithin(parsed.tag, "._-")) return std::nullopt;
  }
  parsed.repository = std::string(rest);
  const bool sane = !rest.empty() && IsWithin(rest, "._-/") && !absl::StrContains(rest, "//") &&
                    !absl::StrContains(rest, "..") && rest.front() != '/' && rest.back() != '/';
  return sane ? std::optional(parsed) : std::nullopt;
}

std::optional<Challenge> ParseChallenge(const std::string& header) {
  if (!absl::StartsWithIgnoreCase(header, "Bearer ")) return std::nullopt;
  const auto value = [&header](const char* name) {
    const std::string key = absl::StrCat(name, "=\"");
    const size_t at = header.find(key);
    if (at == std::string::npos) return std::string();
    const size_t begin = at + key.size();
    const size_t end = header.find('"', begin);
    return end == std::string::npos ? std::string() : header.substr(begin, end - begin);
  };
  return Challenge{value("realm"), value("service"), value("scope")};
}

absl::StatusOr<FetchedArchive> FetchFromRegistry(const Context& context, const Source& source,
                                                 const v1::OciChart& chart,
                                                 const std::string& directory, uint64_t most) {
  const auto reference = ParseReference(chart.reference());
  if (!reference.has_value()) {
    return MakeFailure(Reason::kChartNotFound,
                       absl::StrCat(chart.reference(), " does not name a chart in a registry"));
  }
  const std::string& origin = source.base().origin();
  ASSIGN_OR_RETURN(Login login,
                   ReadLogin(source.credential(), origin.substr(origin.find("://") + 3)));
  Registry registry(context, source, std::move(login), chart.reference(), reference->repository);
  std::string which = reference->digest;
  if (which.empty()) {
    which = chart.version().empty() ? reference->tag : "";
    if (which.empty()) {
      ASSIGN_OR_RETURN(which, registry.TagFor(chart.version()));
    }
  }
  ASSIGN_OR_RETURN(const std::string layer, registry.LayerOf(which, !reference->digest.empty()));
  FetchedArchive archive{directory + "/chart.tgz", "", layer};
  if (reference->digest.empty() && IsOneVersion(VersionOf(which)))
    archive.version = VersionOf(which);
  RETURN_IF_ERROR(registry.FetchBlob(layer, archive.path, most));
  return archive;
}

}  // namespace wheelhouse::outgoing
