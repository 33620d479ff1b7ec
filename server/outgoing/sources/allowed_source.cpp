#include "server/outgoing/sources/allowed_source.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include <algorithm>

#include "server/plan/fields/urls.h"

namespace wheelhouse::outgoing {
namespace {

bool IsAmbiguous(const std::string& path) {
  const std::string lower = absl::AsciiStrToLower(path);
  for (const char* part : {"%2e", "%2f", "%5c", "\\", "/../", "/./"}) {
    if (absl::StrContains(lower, part)) return true;
  }
  return absl::EndsWith(lower, "/..") || absl::EndsWith(lower, "/.");
}

// nullopt for what is no http or https URL, or has a user.
std::optional<plan::UrlParts> Split(const std::string& url) {
  auto parts = plan::SplitUrl(url);
  if (!parts.has_value() || parts->host.empty() || parts->has_user) return std::nullopt;
  parts->scheme = absl::AsciiStrToLower(parts->scheme);
  parts->host = absl::AsciiStrToLower(parts->host);
  if (parts->scheme != "http" && parts->scheme != "https") return std::nullopt;
  return parts;
}

std::string OriginOf(const plan::UrlParts& parts) {
  return absl::StrCat(parts.scheme, "://", parts.host, ":", parts.port);
}

absl::Status Wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

}  // namespace

std::optional<UrlPrefix> UrlPrefix::Parse(const std::string& url) {
  const auto parts = Split(url);
  if (!parts.has_value() || url.find_first_of("?#") != std::string::npos || IsAmbiguous(url))
    return std::nullopt;
  UrlPrefix prefix;
  prefix.origin_ = OriginOf(*parts);
  prefix.path_ = absl::EndsWith(parts->path, "/") ? parts->path : parts->path + "/";
  return prefix;
}

bool UrlPrefix::Covers(const std::string& url) const {
  const auto parts = Split(url);
  if (!parts.has_value() || IsAmbiguous(url.substr(0, url.find_first_of("?#")))) return false;
  return OriginOf(*parts) == origin_ && absl::StartsWith(parts->path + "/", path_);
}

bool UrlPrefix::IsOrigin(const std::string& url) const {
  const auto parts = Split(url);
  return parts.has_value() && OriginOf(*parts) == origin_;
}

std::string RegistryUrl(absl::string_view reference, bool plain_http) {
  if (!absl::ConsumePrefix(&reference, "oci://")) return "";
  return absl::StrCat(plain_http ? "http://" : "https://", reference);
}

absl::StatusOr<Source> Source::Make(const AllowedSource& configured) {
  Source source;
  source.is_registry_ = absl::StartsWith(configured.url, "oci://");
  const auto named = UrlPrefix::Parse(
      source.is_registry_ ? RegistryUrl(configured.url, configured.plain_http) : configured.url);
  if (!named.has_value())
    return Wrong("url: expected https://HOST/PATH or oci://HOST/PATH, without user and query");
  if (configured.plain_http && !source.is_registry_)
    return Wrong("plainHttp: applies to registries; write the URL of a repository with http://");
  source.name_ = source.is_registry_ ? absl::StrCat("oci ", named->origin(), named->path())
                                     : absl::StrCat(named->origin(), named->path());
  // A registry has its API, and often its tokens, anywhere on its host.
  source.base_ = source.is_registry_ ? *UrlPrefix::Parse(named->origin()) : *named;
  for (const std::string& url : configured.also) {
    const auto also = UrlPrefix::Parse(url);
    if (!also.has_value())
      return Wrong(absl::StrCat("also: ", url, " is no http or https URL without user and query"));
    source.also_.push_back(*also);
  }
  for (const std::string& cidr : configured.networks) {
    const auto network = Network::Parse(cidr);
    if (!network.has_value())
      return Wrong(absl::StrCat("networks: ", cidr, " is not a CIDR such as 10.0.0.0/8"));
    source.networks_.push_back(*network);
  }
  source.ca_ = configured.ca;
  source.credential_ = configured.credential;
  source.keys_ = configured.keys;
  return source;
}

std::optional<size_t> Source::Allows(const std::string& url) const {
  const bool registry = absl::StartsWith(url, "oci://");
  if (registry != is_registry_) return std::nullopt;
  const bool plain = absl::StartsWith(base_.origin(), "http://");
  const auto asked = UrlPrefix::Parse(registry ? RegistryUrl(url, plain) : url);
  if (!asked.has_value()) return std::nullopt;
  const std::string name = registry ? absl::StrCat("oci ", asked->origin(), asked->path())
                                    : absl::StrCat(asked->origin(), asked->path());
  if (!absl::StartsWith(name, name_)) return std::nullopt;
  return name_.size();
}

bool Source::MayReach(const std::string& url) const {
  return base_.Covers(url) ||
         std::ranges::any_of(also_, [&](const UrlPrefix& also) { return also.Covers(url); });
}

bool Source::MayConnect(const sockaddr& address) const {
  const auto endpoint = EndpointOf(address);
  if (!endpoint.has_value() || IsLinkLocal(endpoint->address)) return false;
  if (networks_.empty()) return IsPublic(endpoint->address);
  return std::ranges::any_of(
      networks_, [&](const Network& network) { return network.Contains(endpoint->address); });
}

}  // namespace wheelhouse::outgoing
