#include "server/kube/exec_plugin.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <cstdlib>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

constexpr absl::Duration kTimeLimit = absl::Minutes(1);
constexpr size_t kOutputLimit = 1 << 20;

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
  const Json object = Json::parse(printed, nullptr, false);
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

}  // namespace

absl::StatusOr<ExecCredential> RunExecPlugin(const Context& context, ProcessRunner& runner,
                                             const Connection& connection,
                                             const std::string& cluster) {
  const ExecPlugin& plugin = connection.exec;
  const std::string whose =
      absl::StrCat("the credential plugin ", plugin.argv[0], " of cluster ", cluster);
  ProcessSpec spec{.argv = plugin.argv, .stdout_limit = kOutputLimit};
  for (const char* name : {"PATH", "HOME"}) {
    if (const char* value = std::getenv(name)) spec.env[name] = value;
  }
  for (const auto& [name, value] : plugin.env) spec.env[name] = value;
  spec.env["KUBERNETES_EXEC_INFO"] = ExecInfo(connection);
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
  if (result->exit_code != 0) {
    return MakeFailure(Reason::kCredentialsInvalid,
                       absl::StrCat(whose, " exited with ", result->exit_code));
  }
  return Parse(result->out, plugin.api_version, whose);
}

}  // namespace wheelhouse::kube
