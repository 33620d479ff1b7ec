#include "server/kube/rest/exec_plugin.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <cstdlib>
#include <map>
#include <vector>

#include "common/failure.h"
#include "common/formats/json_document.h"
#include "common/process/child_limits.h"
#include "common/redactor.h"
#include "common/secret_names.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "common/utf8.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

constexpr absl::Duration kTimeLimit = absl::Minutes(1);
constexpr size_t kOutputLimit = 1 << 20;
constexpr size_t kLastWords = 1 << 10;

// The value of KUBERNETES_EXEC_INFO.
std::string ExecInfo(const Connection& connection) {
  Json info = {{"apiVersion", connection.exec.api_version},
               {"kind", "ExecCredential"},
               {"spec", {{"interactive", false}}}};
  if (connection.exec.provide_cluster_info) {
    Json& cluster = info["spec"]["cluster"] = {{"server", connection.server}};
    if (!connection.ca.empty())
      cluster["certificate-authority-data"] = absl::Base64Escape(connection.ca);
    if (!connection.tls_server_name.empty())
      cluster["tls-server-name"] = connection.tls_server_name;
    if (connection.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
    if (!connection.proxy_url.empty()) cluster["proxy-url"] = connection.proxy_url;
  }
  return info.dump();
}

absl::StatusOr<ExecCredential> Parse(const std::string& printed, const std::string& api_version,
                                     const std::string& whose) {
  const auto bad = [&](const char* what) {
    return MakeFailure(Reason::kCredentialsInvalid, absl::StrCat(whose, " printed ", what));
  };
  const Json object = ParseJson(printed);
  if (!object.is_object() || Text(object, "/kind") != "ExecCredential")
    return bad("something other than an ExecCredential");
  if (Text(object, "/apiVersion") != api_version)
    return bad("an apiVersion other than the one asked for");
  ExecCredential credential{Text(object, "/status/token"),
                            Text(object, "/status/clientCertificateData"),
                            Text(object, "/status/clientKeyData")};
  if (credential.token.empty() && credential.certificate.empty())
    return bad("neither a token nor a certificate");
  if (credential.certificate.empty() != credential.key.empty())
    return bad("a certificate without a key, or a key without a certificate");
  const std::string expiry = Text(object, "/status/expirationTimestamp");
  if (expiry.empty()) return credential;
  const std::optional<absl::Time> time = ParseRfc3339(expiry);
  if (!time.has_value()) return bad("an expirationTimestamp that is not RFC 3339");
  credential.expiry = *time;
  return credential;
}

std::map<std::string, std::string> EnvironmentOf(const Connection& connection) {
  const ExecPlugin& plugin = connection.exec;
  std::vector<std::string> inherited = {"PATH", "HOME"};
  inherited.insert(inherited.end(), plugin.inherit.begin(), plugin.inherit.end());
  std::map<std::string, std::string> environment = plugin.env;
  for (const std::string& name : inherited) {
    if (const char* value = std::getenv(name.c_str())) environment.emplace(name, value);
  }
  environment["KUBERNETES_EXEC_INFO"] = ExecInfo(connection);
  return environment;
}

// The end of what it wrote to stderr, as one line that may be told; empty when it wrote nothing.
std::string LastWords(const std::string& err, const std::map<std::string, std::string>& env) {
  std::vector<std::string> secrets;
  for (const auto& [name, value] : env) {
    if (WhatNameSays(name) == NameSays::kSecret) secrets.push_back(value);
  }
  // Mask before cutting: half a secret would not be recognized.
  const std::string masked = ValidUtf8(Redactor(secrets).Mask(err));
  const std::string line =
      absl::StrJoin(absl::StrSplit(masked, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty()), " ");
  const absl::string_view tail = TailAtCharacter(line, kLastWords);
  return line.empty() ? "" : absl::StrCat(": ", tail.size() < line.size() ? "..." : "", tail);
}

}  // namespace

absl::StatusOr<ExecCredential> RunExecPlugin(const Context& context, ProcessRunner& runner,
                                             const Connection& connection,
                                             const std::string& cluster) {
  const ExecPlugin& plugin = connection.exec;
  const std::string whose =
      absl::StrCat("the credential plugin ", plugin.argv[0], " of cluster ", cluster);
  const ProcessSpec spec{
      .argv = plugin.argv, .env = EnvironmentOf(connection), .stdout_limit = kOutputLimit};
  const Context bounded = context.WithTimeout(
      kTimeLimit,
      MakeFailure(Reason::kCredentialsInvalid,
                  absl::StrCat(whose, " did not end within ", absl::FormatDuration(kTimeLimit))));
  const auto result = runner.Run(bounded, spec);
  if (!result.ok()) {
    RETURN_IF_ERROR(bounded.Check());
    return MakeFailure(
        Reason::kCredentialsInvalid,
        absl::StrCat(whose, " cannot be run: ", std::string(result.status().message())));
  }
  RETURN_IF_ERROR(CheckWithinLimits(*result, whose));
  if (result->exit_code != 0) {
    return MakeFailure(
        Reason::kCredentialsInvalid,
        absl::StrCat(whose, " exited with ", result->exit_code, LastWords(result->err, spec.env)));
  }
  return Parse(result->out, plugin.api_version, whose);
}

}  // namespace wheelhouse::kube
