#include "client/cli/connection.h"

#include <absl/strings/match.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <chrono>

#include "client/cli/files.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

constexpr int kMaxMessageBytes = 64 << 20;
constexpr std::chrono::seconds kShortCall{30};

absl::Status ReadInto(const std::string& path, std::string* out) {
  if (path.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok())
    return MakeFailure(Reason::kCredentialsInvalid, std::string(text.status().message()));
  *out = *std::move(text);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Connection> Connect(const Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  if (absl::StartsWith(options.server, "unix:")) {
    // Servers refuse the percent-encoded path that would be the authority otherwise.
    arguments.SetString("grpc.default_authority", "localhost");
    credentials = grpc::InsecureChannelCredentials();
  } else {
    grpc::SslCredentialsOptions tls;
    RETURN_IF_ERROR(ReadInto(options.tls_ca, &tls.pem_root_certs));
    RETURN_IF_ERROR(ReadInto(options.tls_cert, &tls.pem_cert_chain));
    RETURN_IF_ERROR(ReadInto(options.tls_key, &tls.pem_private_key));
    credentials = grpc::SslCredentials(tls);
  }
  auto channel = grpc::CreateCustomChannel(options.server, credentials, arguments);
  return Connection{options.server, v1::DeployerService::NewStub(channel),
                    v1::ChartService::NewStub(channel), v1::ServerService::NewStub(channel)};
}

absl::Status FromGrpc(const grpc::Status& status, const std::string& server) {
  if (status.ok()) return absl::OkStatus();
  v1::Failure failure;
  failure.set_message(status.error_message());
  std::vector<FieldViolation> violations;
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest request;
    if (detail.UnpackTo(&info)) {
      failure.set_reason(info.reason());
      for (const auto& [key, value] : info.metadata()) {
        if (key == "hint") {
          failure.set_hint(value);
        } else {
          (*failure.mutable_details())[key] = value;
        }
      }
    } else if (detail.UnpackTo(&request)) {
      for (const auto& violation : request.field_violations())
        violations.push_back({violation.field(), violation.description()});
    }
  }
  const ReasonInfo* reason = FindReason(failure.reason());
  if (!violations.empty() && reason != nullptr)
    return MakeInvalid(reason->reason, std::move(violations));
  if (!failure.reason().empty()) return StatusFrom(failure);
  std::string message = status.error_message();
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    message = absl::StrCat("no connection to ", server, ": ", message,
                           "; is wheelhoused running there? (--server or WHEELHOUSE_SERVER)");
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), message);
}

void SetShortDeadline(grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() + kShortCall);
}

}  // namespace wheelhouse::cli
