#include "server/config/sources_check.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>
#include <utility>

namespace wheelhouse::config {
namespace {

using Fail = std::function<void(const std::string& path, const std::string& what)>;

void CheckFile(const std::string& at, const std::string& path, const Checks& checks,
               const Fail& fail) {
  if (path.empty()) return;
  if (path[0] != '/') {
    fail(at, "expected an absolute path");
  } else if (checks.readable != nullptr && !checks.readable(path)) {
    fail(at, absl::StrCat(path, " cannot be read"));
  }
}

void CheckSecret(const std::string& at, const std::string& path, const Checks& checks,
                 const Fail& fail) {
  if (path.empty()) return;
  if (path[0] != '/') return fail(at, "expected an absolute path");
  if (checks.secret == nullptr) return;
  const std::string wrong = checks.secret(path);
  if (!wrong.empty()) fail(at, wrong);
}

void CheckCredential(const v1::SourceCredential& credential, const std::string& at,
                     const Checks& checks, const Fail& fail) {
  const bool password = !credential.password_file().empty();
  const bool certificate = !credential.client_cert().empty();
  const bool docker = !credential.docker_config().empty();
  const bool token = !credential.token_file().empty();
  if (password == credential.username().empty()) fail(at, "set username and passwordFile together");
  if (certificate == credential.client_key().empty())
    fail(at, "set clientCert and clientKey together");
  if (password + docker + token > 1)
    fail(at, "set only one of username, tokenFile and dockerConfig");
  if (!password && !docker && !token && !certificate)
    fail(at, "set username and passwordFile, tokenFile, dockerConfig, or clientCert and clientKey");
  CheckSecret(at + ".passwordFile", credential.password_file(), checks, fail);
  CheckSecret(at + ".tokenFile", credential.token_file(), checks, fail);
  CheckSecret(at + ".dockerConfig", credential.docker_config(), checks, fail);
  CheckFile(at + ".clientCert", credential.client_cert(), checks, fail);
  CheckSecret(at + ".clientKey", credential.client_key(), checks, fail);
}

void CheckKeys(const std::string& at, const std::string& path,
               const std::function<std::string(const std::string&)>& wrong_with, const Fail& fail) {
  if (path[0] != '/') return fail(at, "expected an absolute path");
  if (wrong_with == nullptr) return;
  const std::string wrong = wrong_with(path);
  if (!wrong.empty()) fail(at, wrong);
}

void CheckSignatures(const v1::Signatures& signatures, const std::string& at, bool registry,
                     const Checks& checks, const Fail& fail) {
  constexpr int kMostCosignKeys = 20;
  const int cosign_keys = signatures.cosign_keys_size();
  if (signatures.required() && signatures.keyring().empty() && cosign_keys == 0)
    fail(at + ".required", registry ? "name the keys that are trusted, in keyring or cosignKeys"
                                    : "name the keys that are trusted, in keyring");
  if (!signatures.keyring().empty())
    CheckKeys(at + ".keyring", signatures.keyring(), checks.keyring, fail);
  if (cosign_keys > 0 && !registry)
    fail(at + ".cosignKeys", "cosign signs what is in a registry (oci://): name a keyring here");
  if (cosign_keys > kMostCosignKeys)
    fail(at + ".cosignKeys", absl::StrCat("expected at most ", kMostCosignKeys, " files"));
  for (int i = 0; i < std::min(cosign_keys, kMostCosignKeys); ++i) {
    const std::string field = absl::StrCat(at, ".cosignKeys[", i, "]");
    if (signatures.cosign_keys(i).empty()) {
      fail(field, "expected a file");
    } else {
      CheckKeys(field, signatures.cosign_keys(i), checks.cosign_key, fail);
    }
  }
}

}  // namespace

void CheckUploads(const v1::Uploads& uploads, const Checks& checks, const Fail& fail) {
  CheckSignatures(uploads.signatures(), "uploads.signatures", false, checks, fail);
}

void CheckSources(const v1::Sources& sources, const Checks& checks, const Fail& fail) {
  std::set<std::string> names;
  for (int i = 0; i < sources.credentials_size(); ++i) {
    const v1::SourceCredential& credential = sources.credentials(i);
    const std::string at = absl::StrCat("sources.credentials[", i, "]");
    if (credential.name().empty()) {
      fail(at, "a credential needs a name");
    } else if (!names.insert(credential.name()).second) {
      fail(at + ".name", absl::StrCat("two credentials are named ", credential.name()));
    }
    CheckCredential(credential, at, checks, fail);
  }
  for (int i = 0; i < sources.allow_size(); ++i) {
    const v1::AllowedSource& source = sources.allow(i);
    const std::string at = absl::StrCat("sources.allow[", i, "]");
    CheckFile(at + ".ca", source.ca(), checks, fail);
    CheckSignatures(source.signatures(), at + ".signatures",
                    absl::StartsWith(source.url(), "oci://"), checks, fail);
    if (!source.credential().empty() && !names.contains(source.credential()))
      fail(at + ".credential",
           absl::StrCat("sources.credentials has none named ", source.credential()));
    if (checks.source == nullptr) continue;
    for (const auto& [field, what] : checks.source(source)) fail(absl::StrCat(at, field), what);
  }
}

}  // namespace wheelhouse::config
