#include "server/kube/rest/credentials.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/rest/kubeconfig.h"

namespace wheelhouse::kube {
namespace {

// A request that takes a while should not outlive its token.
constexpr absl::Duration kBeforeExpiry = absl::Seconds(30);

absl::StatusOr<std::string> ReadToken(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  std::string token(absl::StripAsciiWhitespace(text.str()));
  if (token.empty()) {
    return MakeFailure(Reason::kCredentialsInvalid,
                       absl::StrCat("the token file ", file, " cannot be read or is empty"));
  }
  return token;
}

}  // namespace

Credentials::FileState Credentials::StateOf(const std::string& file) {
  struct stat info{};
  if (stat(file.c_str(), &info) != 0) return {};
  return {info.st_ino, info.st_size, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec};
}

absl::StatusOr<Connection> Credentials::UpToDate() {
  MutexLock lock(&mutex_);
  bool changed = !connection_.has_value();
  for (const auto& [file, state] : files_) changed |= StateOf(file) != state;
  if (!changed) return *connection_;
  // Taken before reading, so that a change in the meantime is seen the next time. A file that was
  // not known before counts as changed then.
  std::map<std::string, FileState> before;
  for (const auto& [file, state] : files_) before[file] = StateOf(file);
  ASSIGN_OR_RETURN(connection_, read_());
  files_.clear();
  for (const std::string& file : connection_->files) files_[file] = before[file];
  printed_.reset();
  return *connection_;
}

std::optional<ExecCredential> Credentials::Unexpired() {
  MutexLock lock(&mutex_);
  if (printed_.has_value() && absl::Now() + kBeforeExpiry < printed_->expiry) return printed_;
  return std::nullopt;
}

absl::StatusOr<ExecCredential> Credentials::Printed(const Context& context,
                                                    const Connection& connection) {
  if (auto known = Unexpired()) return *std::move(known);
  ASSIGN_OR_RETURN(const CancellableMutex::Held held, plugin_.Lock(context));
  // The thread that held it before may have run the plugin.
  if (auto known = Unexpired()) return *std::move(known);
  ASSIGN_OR_RETURN(ExecCredential credential,
                   RunExecPlugin(context, runner_, connection, cluster_));
  MutexLock lock(&mutex_);
  printed_ = credential;
  return credential;
}

absl::StatusOr<Connection> Credentials::Current(const Context& context) {
  ASSIGN_OR_RETURN(Connection connection, UpToDate());
  if (!connection.token_file.empty()) {
    ASSIGN_OR_RETURN(connection.token, ReadToken(connection.token_file));
  }
  // As in client-go, what is in the kubeconfig comes before what a plugin would print.
  if (!connection.exec.argv.empty() && connection.token.empty() && connection.username.empty()) {
    ASSIGN_OR_RETURN(const ExecCredential credential, Printed(context, connection));
    connection.token = credential.token;
    if (!credential.certificate.empty()) {
      connection.client_certificate = credential.certificate;
      connection.client_key = credential.key;
    }
  }
  RETURN_IF_ERROR(CheckCertificate(connection.client_certificate));
  return connection;
}

absl::Status Credentials::CheckCertificate(const std::string& pem) {
  const std::string whose = absl::StrCat("cluster ", cluster_);
  MutexLock lock(&mutex_);
  if (!certificate_.has_value() || certificate_->pem != pem) {
    ASSIGN_OR_RETURN(const absl::Time expiry, ExpiryOf(pem, whose));
    certificate_ = Certificate{pem, expiry};
  }
  return CheckExpiry(certificate_->expiry, whose);
}

bool Credentials::Renew(const Connection& refused) {
  MutexLock lock(&mutex_);
  if (!refused.token_file.empty()) return true;
  if (refused.exec.argv.empty()) return false;
  // Another thread may have renewed it already; then the new credential is not the rejected one.
  if (printed_.has_value() && printed_->token == refused.token &&
      (printed_->certificate.empty() || printed_->certificate == refused.client_certificate))
    printed_.reset();
  return true;
}

}  // namespace wheelhouse::kube
