#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/output/inspection_report.h"
#include "common/time.h"

namespace wheelhouse::cli {
namespace {

// Ctrl-C ends the program, as it ends `kubectl logs -f`: there is nothing to clean up.
int Logs(const Console& console, const Connection& connection,
         v1::StreamReleaseLogsRequest request) {
  request.set_cluster(console.options.cluster);
  grpc::ClientContext context;
  const auto reader = connection.releases->StreamReleaseLogs(&context, request);
  v1::StreamReleaseLogsResponse response;
  while (reader->Read(&response)) {
    if (console.options.structured()) {
      PrintMessage(console, response);
    } else {
      PrintLogLines(response, console.out);
    }
  }
  const absl::Status status = FromGrpc(reader->Finish(), connection.server);
  return status.ok() ? kExitDone : Fail(console, status);
}

}  // namespace

void AddLogs(CLI::App* app, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::StreamReleaseLogsRequest>();
  auto since = std::make_shared<std::string>();
  request->set_namespace_("default");
  CLI::App* command =
      app->add_subcommand("logs", "Show what the pods of a release print; secrets are masked");
  AddRelease(command, request->mutable_name(), request->mutable_namespace_());
  command->add_flag_callback(
      "-f,--follow", [request] { request->set_follow(true); },
      "Go on with what is printed from now on, by new pods too; Ctrl-C ends it");
  command
      ->add_option_function<int>(
          "--tail", [request](int lines) { request->set_tail_lines(lines); },
          "The last so many lines of each container (default 100, at most 10000)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command->add_option("--since", *since, "Only lines that are not older, such as 10m")
      ->type_name("TIME");
  command
      ->add_option("-c,--container", *request->mutable_container(),
                   "Only containers of this name (default: all)")
      ->type_name("NAME");
  command->add_flag_callback(
      "--previous", [request] { request->set_previous(true); },
      "What containers printed before they were last restarted");
  command->footer(Examples({"wheelhouse logs web -n demo -f"}));
  command->callback([request, since, console, exit_code] {
    if (!since->empty()) {
      const absl::StatusOr<absl::Duration> time = ParseDurationText(*since);
      if (!time.ok()) {
        *exit_code =
            Fail(*console,
                 absl::InvalidArgumentError("--since: " + std::string(time.status().message())));
        return;
      }
      *request->mutable_since() = ToProto(*time);
    }
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Logs(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
