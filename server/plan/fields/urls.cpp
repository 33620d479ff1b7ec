#include "server/plan/fields/urls.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace wheelhouse::plan {

std::optional<UrlParts> SplitUrl(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::nullopt;
  const auto part = [&](CURLUPart which, unsigned flags) {
    char* text = nullptr;
    if (curl_url_get(parsed.get(), which, &text, flags) != CURLUE_OK) return std::string();
    std::string copy = text;
    curl_free(text);
    return copy;
  };
  UrlParts parts{part(CURLUPART_SCHEME, 0), part(CURLUPART_HOST, 0),
                 part(CURLUPART_PORT, CURLU_DEFAULT_PORT), part(CURLUPART_PATH, 0)};
  parts.has_user = !part(CURLUPART_USER, 0).empty() || !part(CURLUPART_PASSWORD, 0).empty();
  return parts;
}

std::string CheckUrl(const std::string& url) {
  const auto parts = SplitUrl(url);
  if (absl::StrContains(url, "${"))
    return "the URL must be static: ${payload.key} is not allowed here";
  if (!parts.has_value() || parts->host.empty() ||
      (parts->scheme != "http" && parts->scheme != "https"))
    return "expected an http or https URL";
  if (parts->has_user) return "the URL must not contain a user or password";
  return "";
}

std::string CheckHost(const std::string& host) {
  const bool sane = !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(".-_:", c);
  });
  return sane && SplitUrl(absl::StrCat("http://", ShownEndpoint(host, 80))).has_value()
             ? ""
             : "expected a host name or an address";
}

std::string ShownUrl(const std::string& url) {
  const auto parts = SplitUrl(url);
  if (!parts.has_value()) return "the URL";
  return absl::StrCat(parts->scheme, "://", parts->host, ":", parts->port, parts->path);
}

std::string ShownOrigin(const std::string& url) {
  const auto parts = SplitUrl(url);
  if (!parts.has_value()) return "the URL";
  return absl::StrCat(parts->scheme, "://", parts->host, ":", parts->port);
}

std::string ShownEndpoint(const std::string& host, int port) {
  return absl::StrContains(host, ':') ? absl::StrCat("[", host, "]:", port)
                                      : absl::StrCat(host, ":", port);
}

}  // namespace wheelhouse::plan
