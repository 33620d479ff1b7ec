#include <google/protobuf/struct.pb.h>

#include "client/cli/commands/command.h"
#include "client/cli/commands/daemon/daemon_commands.h"
#include "client/cli/output/terminal_text.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

// The daemon's version; an error when it is not reachable.
absl::StatusOr<std::string> ServerVersion(const Options& options) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return connection.status();
  v1::GetStatusResponse response;
  RETURN_IF_ERROR(Call(*connection, connection->daemon, &ServerStub::GetStatus,
                       v1::GetStatusRequest(), &response));
  return response.version();
}

void Print(const Console& console) {
  const absl::StatusOr<std::string> server = ServerVersion(console.options);
  if (console.options.structured()) {
    google::protobuf::Struct json;
    (*json.mutable_fields())["version"].set_string_value(WHEELHOUSE_VERSION);
    if (server.ok()) (*json.mutable_fields())["serverVersion"].set_string_value(*server);
    PrintMessage(console, json);
    return;
  }
  console.out << "wheelhouse " << WHEELHOUSE_VERSION << "\nwheelhoused "
              << (server.ok() ? Printable(*server) : "is not reachable") << "\n";
}

}  // namespace

void AddVersion(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* command = app->add_subcommand(
      "version", "Show the version of this program, and of the daemon when it is reachable");
  command->footer(Examples({"wheelhouse version -o json"}));
  command->callback([console, exit_code] {
    Print(*console);
    *exit_code = kExitDone;
  });
}

}  // namespace wheelhouse::cli
