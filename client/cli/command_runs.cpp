#include <iostream>
#include <memory>

#include "client/cli/commands.h"
#include "client/cli/connection.h"
#include "client/cli/interrupt.h"
#include "client/cli/output.h"
#include "client/cli/run_stream.h"
#include "client/cli/run_table.h"
#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

using Stub = v1::DeployerService::Stub;

int List(const Options& options, const v1::ListRunsRequest& request) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  v1::ListRunsResponse response;
  const absl::Status status =
      Call(*connection, connection->deployer, &Stub::ListRuns, request, &response);
  if (!status.ok()) return Fail(status);
  if (options.json()) {
    PrintJson(response);
    return kExitDone;
  }
  for (const auto& run : response.runs()) PrintRunLine(run, std::cout);
  if (!response.next_page_token().empty())
    std::cerr << "there are more: --page-token " << response.next_page_token() << "\n";
  return kExitDone;
}

// Get and Cancel: one request that names a run, one answer that holds it.
template <typename Request, typename Response, typename Method>
int One(const Options& options, const Request& request, Method method) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  Response response;
  const absl::Status status = Call(*connection, connection->deployer, method, request, &response);
  if (!status.ok()) return Fail(status);
  if (options.json()) {
    PrintJson(response);
  } else {
    PrintRun(response.run(), std::cout);
  }
  return kExitDone;
}

int Watch(const Options& options, const std::string& id) {
  Interrupt interrupt;
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  return WatchToEnd(*connection, options, id, &interrupt);
}

void AddList(CLI::App* runs, const Options* options, int* exit_code) {
  auto request = std::make_shared<v1::ListRunsRequest>();
  CLI::App* list = runs->add_subcommand("list", "Runs, newest first")->fallthrough();
  list->add_option_function<std::string>(
      "--filter", [request](const std::string& text) { request->set_filter(text); },
      "state = \"RUNNING\" AND namespace = \"demo\"");
  list->add_option_function<int>(
      "--page-size", [request](int size) { request->set_page_size(size); }, "At most this many");
  list->add_option_function<std::string>(
      "--page-token", [request](const std::string& text) { request->set_page_token(text); },
      "The next page");
  list->callback([request, options, exit_code] { *exit_code = List(*options, *request); });
}

}  // namespace

void AddRuns(CLI::App* app, const Options* options, int* exit_code) {
  CLI::App* runs = app->add_subcommand("runs", "List, get, watch and cancel runs");
  runs->require_subcommand(1);
  AddList(runs, options, exit_code);
  auto id = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  CLI::App* get = runs->add_subcommand("get", "One run")->fallthrough();
  get->add_option("ID", *id, "The run")->required();
  get->callback([id, options, exit_code] {
    v1::GetRunRequest request;
    request.set_run_id(*id);
    *exit_code = One<v1::GetRunRequest, v1::GetRunResponse>(*options, request, &Stub::GetRun);
  });
  CLI::App* watch = runs->add_subcommand("watch", "Follow a run to its end")->fallthrough();
  watch->add_option("ID", *id, "The run")->required();
  watch->callback([id, options, exit_code] { *exit_code = Watch(*options, *id); });
  CLI::App* cancel = runs->add_subcommand("cancel", "Ask a run to end")->fallthrough();
  cancel->add_option("ID", *id, "The run")->required();
  cancel->add_flag("--force", *force, "Without its failure stage");
  cancel->callback([id, force, options, exit_code] {
    v1::CancelRunRequest request;
    request.set_run_id(*id);
    request.set_force(*force);
    *exit_code =
        One<v1::CancelRunRequest, v1::CancelRunResponse>(*options, request, &Stub::CancelRun);
  });
}

void AddQueue(CLI::App* app, const Options* options, int* exit_code) {
  CLI::App* queue =
      app->add_subcommand("queue", "Runs that have not ended, and who waits for whom");
  queue->callback([options, exit_code] {
    v1::ListRunsRequest request;
    std::string filter =
        "state != \"SUCCEEDED\" AND state != \"FAILED\" AND state != \"CANCELLED\"";
    if (!options->cluster.empty())
      filter = absl::StrCat(filter, " AND cluster = \"", options->cluster, "\"");
    request.set_filter(filter);
    *exit_code = List(*options, request);
  });
}

}  // namespace wheelhouse::cli
