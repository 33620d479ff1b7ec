// URLs and hosts of probes and webhooks, as texts: nothing is resolved or connected to. Pure
// functions.
#pragma once

#include <optional>
#include <string>

namespace wheelhouse::plan {

// A URL as curl reads it. An IPv6 host is in brackets; a port that is left out is the scheme's.
struct UrlParts {
  std::string scheme, host, port, path;
  bool has_user = false;
};

// nullopt when curl cannot read it.
std::optional<UrlParts> SplitUrl(const std::string& url);

// What is wrong with a URL that a request is to go to; empty when nothing is.
std::string CheckUrl(const std::string& url);

// What is wrong with a host (a name or an address); empty when nothing is.
std::string CheckHost(const std::string& host);

// The URL for messages: without its query, which may hold a secret.
std::string ShownUrl(const std::string& url);
// The same without the path, which is a webhook's secret.
std::string ShownOrigin(const std::string& url);
// HOST:PORT, an IPv6 address in brackets.
std::string ShownEndpoint(const std::string& host, int port);

}  // namespace wheelhouse::plan
