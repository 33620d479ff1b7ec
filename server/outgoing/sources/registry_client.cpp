#include "server/outgoing/sources/registry_client.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <curl/curl.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/status_macros.h"
#include "server/kube/json.h"

namespace wheelhouse::outgoing {
namespace {

using kube::Json;

constexpr uint64_t kLargestManifest = 4 << 20;  // as the specification asks of registries
constexpr uint64_t kLargestToken = 1 << 20;
constexpr int kMostPages = 50;  // of tags

std::string Escaped(const std::string& text) {
  char* escaped = curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size()));
  std::string copy = escaped != nullptr ? escaped : "";
  curl_free(escaped);
  return copy;
}

absl::Status NotAsDigested(const std::string& what) {
  return MakeFailure(Reason::kChartInvalid,
                     absl::StrCat(what, " is not what its digest says; the registry is damaged"));
}

}  // namespace

bool IsWithin(absl::string_view text, absl::string_view more) {
  return std::ranges::all_of(
      text, [&](char c) { return absl::ascii_isalnum(c) || absl::StrContains(more, c); });
}

bool IsDigest(absl::string_view digest) {
  return absl::ConsumePrefix(&digest, "sha256:") && digest.size() == 64 && IsWithin(digest, "");
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

RegistryClient::RegistryClient(const Context& context, const Source& source, Login login,
                               std::string name, std::string repository)
    : context_(context),
      source_(source),
      login_(std::move(login)),
      name_(std::move(name)),
      repository_(std::move(repository)),
      authorization_(login_.token.empty() ? "" : AuthorizationOf(login_)) {}

absl::StatusOr<std::vector<std::string>> RegistryClient::Tags() {
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

absl::StatusOr<Downloaded> RegistryClient::GetManifest(const std::string& tag_or_digest,
                                                       const std::string& what,
                                                       const std::vector<std::string>& accept) {
  Download download = Ask("manifests/" + tag_or_digest, what);
  download.accept = accept;
  ASSIGN_OR_RETURN(Downloaded answer, Get(download));
  if (IsDigest(tag_or_digest) && answer.digest != tag_or_digest) return NotAsDigested(what);
  return answer;
}

absl::StatusOr<std::optional<std::string>> RegistryClient::GetReferrers(const std::string& digest,
                                                                        const std::string& what) {
  Download download = Ask("referrers/" + digest, what);
  download.accept = {kImageIndex};
  ASSIGN_OR_RETURN(Downloaded answer, Answer(std::move(download)));
  if (answer.status != 200) return std::nullopt;
  return std::move(answer.body);
}

absl::StatusOr<std::string> RegistryClient::GetBlob(const std::string& digest,
                                                    const std::string& what, uint64_t most,
                                                    const std::string& into) {
  Download download = Ask("blobs/" + digest, what);
  download.most = most;
  download.into = into;
  ASSIGN_OR_RETURN(Downloaded answer, Get(download));
  if (answer.digest != digest) return NotAsDigested(what);
  return std::move(answer.body);
}

Download RegistryClient::Ask(const std::string& below, const std::string& what) const {
  return {.url = absl::StrCat(source_.base().origin(), "/v2/", repository_, "/", below),
          .what = what,
          .most = kLargestManifest};
}

absl::StatusOr<Downloaded> RegistryClient::Answer(Download download) {
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
  return answer;
}

absl::StatusOr<Downloaded> RegistryClient::Get(const Download& download) {
  ASSIGN_OR_RETURN(Downloaded answer, Answer(download));
  if (answer.status != 200) return Unexpected(download, answer.status);
  return answer;
}

absl::StatusOr<std::string> RegistryClient::Authorize(const std::string& header) {
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

}  // namespace wheelhouse::outgoing
