// What the operator allows to be fetched from: one repository or registry, and how.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <optional>
#include <string>
#include <vector>

#include "server/outgoing/networks.h"
#include "server/signatures/trusted_keys.h"

namespace wheelhouse::outgoing {

// How the daemon shows a source who it is. Files are read when they are used, so that they can be
// replaced; what is in them is never shown.
struct SourceCredential {
  std::string name;
  std::string username, password_file;
  std::string token_file;  // a bearer token
  std::string client_cert, client_key;
  std::string docker_config;  // config.json of `docker login`, with the secrets in it
};

// As configured.
struct AllowedSource {
  std::string url;  // https://HOST[:PORT][/PATH] or oci://HOST[:PORT][/PATH]
  std::vector<std::string> also;
  std::vector<std::string> networks;  // CIDRs
  std::string ca;                     // a file
  bool plain_http = false;            // of a registry
  SourceCredential credential;        // without a name: none
  signatures::TrustedKeys keys;       // of its charts' signers
};

// A URL and everything below it: `https://charts.example/stable` has `.../stable/web.tgz`, but
// neither `.../stable-2` nor `http://...`. A value.
class UrlPrefix {
 public:
  // An http or https URL without user, query and fragment; nullopt for anything else.
  static std::optional<UrlPrefix> Parse(const std::string& url);

  // False for a URL that two readers may read differently (`..`, `%2f`, a backslash).
  bool Covers(const std::string& url) const;
  // Whether it goes to the same scheme, host and port.
  bool IsOrigin(const std::string& url) const;

  const std::string& origin() const { return origin_; }
  const std::string& path() const { return path_; }

 private:
  std::string origin_;  // `https://host:443`, in lower case
  std::string path_;    // ends with a slash
};

// A source that may be fetched from, checked and ready for use. Immutable; thread-safe.
class Source {
 public:
  // An error's message says what is wrong with the first wrong field.
  static absl::StatusOr<Source> Make(const AllowedSource& configured);

  // How long the part of `url` is that it shares with what is allowed; nullopt when that is not all
  // of what is allowed. The longer one of two decides.
  std::optional<size_t> Allows(const std::string& url) const;
  // Whether a request for this source may go there: to the source itself, or where it sends the
  // daemon on to.
  bool MayReach(const std::string& url) const;
  bool MayConnect(const sockaddr& address) const;

  bool is_registry() const { return is_registry_; }
  // Where requests to the source itself go; the path is empty for a registry.
  const UrlPrefix& base() const { return base_; }
  const std::string& ca() const { return ca_; }
  const SourceCredential& credential() const { return credential_; }
  const signatures::TrustedKeys& keys() const { return keys_; }

 private:
  bool is_registry_ = false;
  std::string name_;  // `oci://host:443/path/` or as base
  UrlPrefix base_;
  std::vector<UrlPrefix> also_;
  std::vector<Network> networks_;
  std::string ca_;
  SourceCredential credential_;
  signatures::TrustedKeys keys_;
};

// `oci://host/a/b` as the URL of the registry, by https or http; empty for what is none.
std::string RegistryUrl(absl::string_view reference, bool plain_http);

}  // namespace wheelhouse::outgoing
