#include <google/protobuf/struct.pb.h>

#include <iostream>

#include "client/cli/commands/commands.h"
#include "client/cli/connection/connection.h"
#include "client/cli/output/output.h"
#include "client/cli/output/terminal_text.h"

namespace wheelhouse::cli {
namespace {

// Of the daemon.
absl::StatusOr<std::string> ServerVersion(const Options& options) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return connection.status();
  v1::GetStatusResponse response;
  const absl::Status status =
      Call(*connection, connection->daemon, &v1::ServerService::Stub::GetStatus,
           v1::GetStatusRequest(), &response);
  if (!status.ok()) return status;
  return response.version();
}

void Print(const Options& options) {
  const absl::StatusOr<std::string> server = ServerVersion(options);
  if (options.json()) {
    google::protobuf::Struct json;
    (*json.mutable_fields())["version"].set_string_value(WHEELHOUSE_VERSION);
    if (server.ok()) (*json.mutable_fields())["serverVersion"].set_string_value(*server);
    PrintJson(json);
    return;
  }
  std::cout << "wheelhouse " << WHEELHOUSE_VERSION << "\nwheelhoused "
            << (server.ok() ? Printable(*server) : "is not reachable") << "\n";
}

}  // namespace

void AddVersion(CLI::App* app, const Options* options, int* exit_code) {
  CLI::App* command = app->add_subcommand(
      "version", "The version of this program, and of the daemon when it is reachable");
  command->footer(Examples({"wheelhouse version -o json"}));
  command->callback([options, exit_code] {
    Print(*options);
    *exit_code = 0;
  });
}

}  // namespace wheelhouse::cli
