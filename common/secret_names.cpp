#include "common/secret_names.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>

#include <algorithm>

namespace wheelhouse {
namespace {

using Words = std::vector<std::string>;

// Words are in the singular, except for `keys`: `secretKeys` holds what keys are called.
constexpr const char* kSecrets[] = {
    "password", "passwd", "passphrase", "passcode", "pwd", "htpasswd", "secret", "token",
    "credential", "cred", "dsn", "jwt", "bearer", "apikey", "authtoken", "accesstoken",
    "connectionstring", "dockerconfigjson", "dockerconfig", "kubeconfig", "connection string",
    "docker config json", "docker config", "erlang cookie",
    // Keys of something. A key of anything else is mostly the name of an entry.
    "api key", "api keys", "access key", "access keys", "account key", "aes key", "app key",
    "application key", "auth key", "ca key", "cert key", "client key", "encryption key",
    "encryption keys", "fernet key", "gpg key", "hmac key", "host key", "integration key",
    "license key", "licence key", "master key", "pgp key", "private key", "private keys",
    "recovery key", "root key", "rsa key", "secret key", "server key", "session key", "shared key",
    "signing key", "signing keys", "ssh key", "ssh keys", "ssl key", "storage key", "tls key",
    "unseal key", "wireguard key"};

// The last word: `dbPass`, but not `passThrough`.
constexpr const char* kSecretLast[] = {"pass", "pw"};

// The whole name, as programs call an option.
constexpr const char* kSecretNames[] = {"p"};

// What is written as one word: `DBPASSWORD`, `mysqlrootpassword`.
constexpr const char* kSecretEnds[] = {"password",  "passwd",    "passphrase", "apikey",
                                       "authtoken", "secretkey", "privatekey", "accesskey"};

// A name that ends in one of these is about a secret.
constexpr const char* kReferenceEnds[] = {
    "name",      "namespace",  "ref",        "reference", "key",      "keys",      "enabled",
    "create",    "type",       "kind",       "class",     "path",     "file",      "filename",
    "dir",       "directory",  "mount",      "volume",    "length",   "size",      "ttl",
    "expiry",    "expiration", "timeout",    "interval",  "policy",   "provider",  "annotation",
    "label",     "version",    "url",        "uri",       "endpoint", "issuer",    "audience",
    "algorithm", "mode",       "format",     "method",    "selector", "store",     "manager",
    "operator",  "driver",     "controller", "review",    "rotation", "projection"};

// What belongs to an object, whatever it stands in: `secret.name`.
constexpr const char* kOfObject[] = {"name",   "namespace",  "kind",  "class", "enabled",
                                     "create", "annotation", "label", "ref"};

// What is done with a secret: `existingSecret`, `imagePullSecrets`, `useSecret`.
constexpr const char* kReferenceBegins[] = {"existing", "external", "sealed",   "pull",
                                            "use",      "create",   "generate", "automount"};

// `tlsSecret` is the name of an object, `clientSecret` a secret.
constexpr const char* kBeforeSecretObject[] = {
    "tls", "ssl", "cert", "certificate", "ca", "config", "credential", "password", "env", "from"};

template <typename List>
bool Has(const List& list, const std::string& word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string Singular(std::string word) {
  if (word == "keys" || word.size() <= 3 || absl::EndsWith(word, "ss") || word.back() != 's')
    return word;
  word.pop_back();
  return word;
}

// Whether `phrase` stands in `words` at `at`.
bool StandsAt(const Words& words, const Words& phrase, size_t at) {
  return at + phrase.size() <= words.size() &&
         std::equal(phrase.begin(), phrase.end(), words.begin() + static_cast<ptrdiff_t>(at));
}

// The secrets' table, split into words once.
const std::vector<Words>& SecretPhrases() {
  static const auto* const phrases = [] {
    auto* all = new std::vector<Words>();
    for (const char* phrase : kSecrets) all->push_back(absl::StrSplit(phrase, ' '));
    return all;
  }();
  return *phrases;
}

bool EndsInSecret(const Words& words) {
  if (Has(kSecretLast, words.back())) return true;
  return std::ranges::any_of(SecretPhrases(), [&](const Words& phrase) {
    return phrase.size() <= words.size() && StandsAt(words, phrase, words.size() - phrase.size());
  });
}

bool HoldsSecret(const Words& words) {
  if (EndsInSecret(words)) return true;
  for (size_t at = 0; at < words.size(); ++at) {
    for (const Words& phrase : SecretPhrases()) {
      if (StandsAt(words, phrase, at)) return true;
    }
  }
  return std::ranges::any_of(words, [](const std::string& word) {
    return std::ranges::any_of(kSecretEnds,
                               [&](const char* end) { return absl::EndsWith(word, end); });
  });
}

Words Singulars(absl::string_view name) {
  Words words = WordsOf(name);
  for (std::string& word : words) {
    // `password1` is a password.
    const size_t digits = word.find_last_not_of("0123456789");
    if (digits != std::string::npos && digits >= 3) word.resize(digits + 1);
    word = Singular(std::move(word));
  }
  return words;
}

// Of a name that holds a secret's word.
NameSays WhatSecretNameSays(const Words& words) {
  if (std::ranges::any_of(words, [](const auto& word) { return Has(kReferenceBegins, word); }))
    return NameSays::kReference;
  if (words.size() > 1 && words.back() == "secret" &&
      Has(kBeforeSecretObject, words[words.size() - 2]))
    return NameSays::kReference;
  if (EndsInSecret(words) || !Has(kReferenceEnds, words.back())) return NameSays::kSecret;
  return NameSays::kReference;
}

}  // namespace

std::vector<std::string> WordsOf(absl::string_view name) {
  std::vector<std::string> words;
  for (size_t at = 0; at < name.size(); ++at) {
    const char c = name[at];
    if (!absl::ascii_isalnum(c)) continue;
    const bool first = at == 0 || !absl::ascii_isalnum(name[at - 1]);
    // `tlsKey`, and the K of `TLSKey`.
    const bool rises = !first && absl::ascii_isupper(c) && !absl::ascii_isupper(name[at - 1]);
    const bool last_of_upper = !first && absl::ascii_isupper(c) && at + 1 < name.size() &&
                               absl::ascii_islower(name[at + 1]);
    if (first || rises || last_of_upper) words.emplace_back();
    words.back() += absl::ascii_tolower(c);
  }
  return words;
}

NameSays WhatNameSays(absl::string_view name, absl::string_view parent) {
  const Words words = Singulars(name);
  if (words.empty()) return NameSays::kNothing;
  if (words.size() == 1 && Has(kSecretNames, words[0])) return NameSays::kSecret;
  if (HoldsSecret(words)) return WhatSecretNameSays(words);
  Words with_parent = Singulars(parent);
  with_parent.insert(with_parent.end(), words.begin(), words.end());
  if (EndsInSecret(with_parent)) return WhatSecretNameSays(with_parent);
  return words.size() == 1 && Has(kOfObject, words[0]) ? NameSays::kReference : NameSays::kNothing;
}

}  // namespace wheelhouse
