#include "client/cli/connection/connection.h"

#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <unistd.h>

#include "client/cli/shell/files.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

// The picture of a run is one message: at most 500 charts, each with 64 KiB of evidence, which the
// run's failure repeats.
constexpr int kMaxMessageBytes = 128 << 20;
constexpr int kReconnectMillis = 500;

absl::Status ReadInto(const char* flag, const std::string& path, std::string* out) {
  if (path.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok())
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": ", std::string(text.status().message())));
  *out = *std::move(text);
  return absl::OkStatus();
}

// Where wheelhoused listens when its configuration says nothing.
absl::StatusOr<std::string> DefaultServer() {
  if (geteuid() == 0) return "unix:///run/wheelhouse/wheelhouse.sock";
  const char* const folder = getenv("XDG_RUNTIME_DIR");
  if (folder != nullptr && *folder != 0)
    return absl::StrCat("unix://", folder, "/wheelhouse/wheelhouse.sock");
  return absl::InvalidArgumentError(
      "the daemon's address is missing: set --server or WHEELHOUSE_SERVER (XDG_RUNTIME_DIR is not "
      "set either)");
}

absl::Status CheckAddress(const Options& options, const std::string& server) {
  const bool tls = !options.tls_ca.empty() || !options.tls_cert.empty() || !options.tls_key.empty();
  if (absl::StartsWith(server, "unix:")) {
    return tls ? absl::InvalidArgumentError("--tls-ca, --tls-cert and --tls-key go with HOST:PORT")
               : absl::OkStatus();
  }
  if (absl::StartsWith(server, "/"))
    return absl::InvalidArgumentError(absl::StrCat("--server: did you mean unix://", server, "?"));
  int port = 0;
  const size_t colon = server.rfind(':');
  if (colon == 0 || colon == std::string::npos ||
      !absl::SimpleAtoi(server.substr(colon + 1), &port) || port < 1 || port > 65535)
    return absl::InvalidArgumentError(
        absl::StrCat("--server: expected unix:///PATH or HOST:PORT, not ", server));
  if (options.tls_cert.empty() || options.tls_key.empty())
    return absl::InvalidArgumentError(
        "HOST:PORT needs --tls-cert and --tls-key (and --tls-ca, unless the system trusts the "
        "daemon's CA): the daemon accepts only mutual TLS");
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const Options& options,
                                                                      const std::string& server) {
  if (absl::StartsWith(server, "unix:")) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  RETURN_IF_ERROR(ReadInto("--tls-ca", options.tls_ca, &tls.pem_root_certs));
  RETURN_IF_ERROR(ReadInto("--tls-cert", options.tls_cert, &tls.pem_cert_chain));
  RETURN_IF_ERROR(ReadInto("--tls-key", options.tls_key, &tls.pem_private_key));
  return grpc::SslCredentials(tls);
}

grpc::ChannelArguments Arguments(const std::string& server) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  // The default backoff grows to two minutes; a daemon that restarts is back in a moment. (gRPC's
  // "minimum" is the time for one attempt to connect, and stays at its default of 20 s.)
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMillis);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMillis);
  // By default the authority is the percent-encoded path, which servers refuse.
  if (absl::StartsWith(server, "unix:")) arguments.SetString("grpc.default_authority", "localhost");
  return arguments;
}

}  // namespace

absl::StatusOr<std::string> ServerAddress(const Options& options) {
  std::string server = options.server;
  if (server.empty()) {
    ASSIGN_OR_RETURN(server, DefaultServer());
  }
  RETURN_IF_ERROR(CheckAddress(options, server));
  return server;
}

absl::StatusOr<Connection> Connect(const Options& options) {
  ASSIGN_OR_RETURN(const std::string server, ServerAddress(options));
  ASSIGN_OR_RETURN(const auto credentials, Credentials(options, server));
  auto channel = grpc::CreateCustomChannel(server, credentials, Arguments(server));
  return Connection{server,
                    v1::DeployerService::NewStub(channel),
                    v1::ChartService::NewStub(channel),
                    v1::ReleaseService::NewStub(channel),
                    v1::ServerService::NewStub(channel),
                    v1::PlanService::NewStub(channel),
                    v1::HookService::NewStub(channel)};
}

namespace {

// gRPC puts the cause last: `failed to connect to all addresses; last error: UNKNOWN: CAUSE`.
std::string CauseOf(const std::string& message) {
  const std::string marker = "last error: ";
  const size_t last = message.rfind(marker);
  const size_t code = last == std::string::npos ? last : message.find(": ", last + marker.size());
  return code == std::string::npos ? message : message.substr(code + 2);
}

void AddInfo(const google::rpc::ErrorInfo& info, v1::Failure* failure) {
  failure->set_reason(info.reason());
  for (const auto& [key, value] : info.metadata()) {
    if (key == "hint") {
      failure->set_hint(value);
    } else {
      (*failure->mutable_details())[key] = value;
    }
  }
}

// What the details of an RPC's error hold.
struct Details {
  v1::Failure failure;
  std::vector<FieldViolation> violations;
};

Details DetailsOf(const grpc::Status& status) {
  Details details;
  details.failure.set_message(status.error_message());
  google::rpc::Status packed;
  packed.ParseFromString(status.error_details());
  for (const auto& detail : packed.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest request;
    if (detail.UnpackTo(&info)) {
      AddInfo(info, &details.failure);
    } else if (detail.UnpackTo(&request)) {
      for (const auto& violation : request.field_violations())
        details.violations.push_back({violation.field(), violation.description()});
    }
  }
  return details;
}

// An error of gRPC's own. Every error of the daemon's carries a reason: its deadlines are of runs,
// and a call that it cancels has a run that was cancelled.
absl::Status WithoutReason(const grpc::Status& status, const std::string& server) {
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return absl::UnavailableError(absl::StrCat(server, " did not answer in time"));
    case grpc::StatusCode::CANCELLED:
      return absl::UnavailableError(absl::StrCat(server, " ended the call: it is shutting down"));
    case grpc::StatusCode::UNAVAILABLE:
      return absl::UnavailableError(absl::StrCat(
          "no connection to ", server, ": ", CauseOf(status.error_message()),
          "\nis wheelhoused running there? --server or WHEELHOUSE_SERVER sets the address"));
    default:
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                          status.error_message());
  }
}

}  // namespace

std::string ErrorReason(const grpc::Status& status) { return DetailsOf(status).failure.reason(); }

absl::Status FromGrpc(const grpc::Status& status, const std::string& server) {
  if (status.ok()) return absl::OkStatus();
  Details details = DetailsOf(status);
  const ReasonInfo* reason = FindReason(details.failure.reason());
  if (!details.violations.empty() && reason != nullptr)
    return MakeInvalid(reason->reason, std::move(details.violations));
  if (!details.failure.reason().empty()) return StatusFrom(details.failure);
  return WithoutReason(status, server);
}

}  // namespace wheelhouse::cli
