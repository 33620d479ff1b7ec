#include "server/outgoing/sources/login.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/status_macros.h"
#include "server/kube/json.h"

namespace wheelhouse::outgoing {
namespace {

constexpr size_t kLargestSecret = 1 << 20;

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  if (const std::string wrong = WrongWithSecretFile(path); !wrong.empty())
    return absl::InvalidArgumentError(wrong);
  std::ifstream in(path);
  std::string text(kLargestSecret, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return absl::InvalidArgumentError(path + " cannot be read");
  text.resize(static_cast<size_t>(in.gcount()));
  return text;
}

std::string Trimmed(const std::string& text) {
  return std::string(absl::StripTrailingAsciiWhitespace(text));
}

// `docker login` calls Docker Hub by the name of its first API.
bool IsFor(const std::string& entry, const std::string& host) {
  absl::string_view name = entry;
  for (const char* scheme : {"https://", "http://"}) absl::ConsumePrefix(&name, scheme);
  name = name.substr(0, name.find('/'));
  if (name == "index.docker.io") name = "registry-1.docker.io";
  return name == host || absl::StrCat(name, ":443") == host;
}

absl::Status ReadDockerConfig(const SourceCredential& credential, const std::string& host,
                              Login* login) {
  ASSIGN_OR_RETURN(const std::string text, ReadSecret(credential.docker_config));
  const kube::Json json = ParseJson(text);
  const kube::Json::json_pointer auths("/auths");
  if (json.is_discarded() || !json.contains(auths) || !json[auths].is_object())
    return absl::InvalidArgumentError(credential.docker_config + " has no auths");
  for (const auto& [entry, value] : json[auths].items()) {
    if (!IsFor(entry, host)) continue;
    login->username = kube::Text(value, "/username");
    login->password = kube::Text(value, "/password");
    std::string both;
    if (absl::Base64Unescape(kube::Text(value, "/auth"), &both) &&
        both.find(':') != std::string::npos) {
      login->username = both.substr(0, both.find(':'));
      login->password = both.substr(both.find(':') + 1);
    }
    if (!login->username.empty()) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(credential.docker_config,
                                                 " has no user and password for ", host,
                                                 " (credential helpers are not asked)"));
}

absl::Status Read(const SourceCredential& credential, const std::string& host, Login* login) {
  login->client_cert = credential.client_cert;
  login->client_key = credential.client_key;
  if (!credential.client_key.empty()) RETURN_IF_ERROR(ReadSecret(credential.client_key).status());
  if (!credential.docker_config.empty()) return ReadDockerConfig(credential, host, login);
  login->username = credential.username;
  if (!credential.password_file.empty()) {
    ASSIGN_OR_RETURN(const std::string password, ReadSecret(credential.password_file));
    login->password = Trimmed(password);
  }
  if (!credential.token_file.empty()) {
    ASSIGN_OR_RETURN(const std::string token, ReadSecret(credential.token_file));
    login->token = Trimmed(token);
  }
  return absl::OkStatus();
}

}  // namespace

std::string WrongWithSecretFile(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) != 0 || access(path.c_str(), R_OK) != 0)
    return path + " cannot be read";
  if ((info.st_mode & S_IROTH) != 0)
    return path + " can be read by everybody; make its mode 0600 or 0640";
  return "";
}

absl::StatusOr<Login> ReadLogin(const SourceCredential& credential, const std::string& host) {
  Login login;
  if (credential.name.empty()) return login;
  const absl::Status read = Read(credential, host, &login);
  if (read.ok()) return login;
  spdlog::error("the credential {} of sources cannot be used: {}", credential.name,
                std::string(read.message()));
  return MakeFailure(Reason::kRepositoryUnavailable,
                     absl::StrCat("the daemon's credential ", credential.name,
                                  " cannot be used; its log says why"));
}

std::string AuthorizationOf(const Login& login) {
  if (!login.token.empty()) return "Bearer " + login.token;
  if (login.username.empty()) return "";
  return "Basic " + absl::Base64Escape(absl::StrCat(login.username, ":", login.password));
}

}  // namespace wheelhouse::outgoing
