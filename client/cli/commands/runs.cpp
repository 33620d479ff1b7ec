#include <absl/time/clock.h>

#include <iostream>
#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/connection/connection.h"
#include "client/cli/output/output.h"
#include "client/cli/output/run_report.h"
#include "client/cli/run/submit.h"
#include "client/cli/run/watch.h"
#include "client/cli/shell/interrupt.h"
#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

using Stub = v1::DeployerService::Stub;

Reader Here() { return {absl::Now(), absl::LocalTimeZone()}; }

int List(const Options& options, v1::ListRunsRequest request) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  // --cluster narrows as it does for other commands.
  if (!options.cluster.empty())
    request.set_filter(absl::StrCat(request.filter(), request.filter().empty() ? "" : " AND ",
                                    "cluster = \"", options.cluster, "\""));
  v1::ListRunsResponse response;
  // A page of which no run matches the filter is not the end.
  do {
    const absl::Status status =
        Call(*connection, connection->deployer, &Stub::ListRuns, request, &response);
    if (!status.ok()) return Fail(status);
    request.set_page_token(response.next_page_token());
  } while (response.runs().empty() && !request.page_token().empty());
  if (options.json()) {
    PrintJson(response);
    return kExitDone;
  }
  PrintRuns(response.runs(), Here(), std::cout);
  if (!response.next_page_token().empty())
    std::cerr << "there are more: --page-token " << response.next_page_token() << "\n";
  return kExitDone;
}

// All pages: who waits last may stand on any of them.
int Queue(const Options& options) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  v1::ListRunsRequest request;
  request.set_page_size(500);
  request.set_filter("state != \"SUCCEEDED\" AND state != \"FAILED\" AND state != \"CANCELLED\"");
  if (!options.cluster.empty())
    request.set_filter(absl::StrCat(request.filter(), " AND cluster = \"", options.cluster, "\""));
  v1::ListRunsResponse all;
  do {
    v1::ListRunsResponse page;
    const absl::Status status =
        Call(*connection, connection->deployer, &Stub::ListRuns, request, &page);
    if (!status.ok()) return Fail(status);
    all.mutable_runs()->MergeFrom(page.runs());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (options.json()) {
    PrintJson(all);
  } else {
    PrintQueue(all.runs(), Here(), std::cout);
  }
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
    PrintRun(response.run(), Here(), std::cout);
  }
  return kExitDone;
}

int Watch(const Options& options, const std::string& id) {
  Interrupt interrupt;
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  return WatchToEnd(*connection, MakeRunPrinter(options), id, &interrupt, Answer::kDetach);
}

void AddList(CLI::App* runs, const Options* options, int* exit_code) {
  auto request = std::make_shared<v1::ListRunsRequest>();
  CLI::App* list = runs->add_subcommand("list", "Runs, newest first");
  list->add_option_function<std::string>(
          "--filter", [request](const std::string& text) { request->set_filter(text); },
          "Comparisons (= and !=) joined by AND, of state, cluster, caller, plan, namespace and "
          "release")
      ->type_name("EXPR");
  list->add_option_function<int>(
          "--page-size", [request](int size) { request->set_page_size(size); },
          "At most this many (default 50, at most 500)")
      ->check(CLI::Range(1, 500))
      ->type_name("N");
  list->add_option_function<std::string>(
          "--page-token", [request](const std::string& text) { request->set_page_token(text); },
          "The next page, as the page before names it")
      ->type_name("TOKEN");
  list->footer(
      Examples({"wheelhouse runs list --filter 'state = \"FAILED\" AND namespace = \"demo\"'"}));
  list->callback([request, options, exit_code] { *exit_code = List(*options, *request); });
}

}  // namespace

void AddRuns(CLI::App* app, const Options* options, int* exit_code) {
  CLI::App* runs = app->add_subcommand("runs", "List, get, watch, cancel and retry runs");
  runs->require_subcommand(1);
  runs->footer(
      Examples({"wheelhouse runs list", "wheelhouse runs watch 01a20ff1aac70000f1e85198"}));
  AddList(runs, options, exit_code);
  auto id = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  CLI::App* get = runs->add_subcommand("get", "One run with its steps, its failure in full");
  get->add_option("ID", *id, "The run")->required()->type_name("");
  get->footer(Examples({"wheelhouse runs get 01a20ff1aac70000f1e85198"}));
  get->callback([id, options, exit_code] {
    v1::GetRunRequest request;
    request.set_run_id(*id);
    *exit_code = One<v1::GetRunRequest, v1::GetRunResponse>(*options, request, &Stub::GetRun);
  });
  CLI::App* watch = runs->add_subcommand(
      "watch",
      "Follow a run to its end, and exit as deploy would; Ctrl-C without a terminal only leaves");
  watch->add_option("ID", *id, "The run")->required()->type_name("");
  watch->footer(Examples({"wheelhouse runs watch 01a20ff1aac70000f1e85198"}));
  watch->callback([id, options, exit_code] { *exit_code = Watch(*options, *id); });
  CLI::App* cancel = runs->add_subcommand("cancel", "Ask a run to end");
  cancel->add_option("ID", *id, "The run")->required()->type_name("");
  cancel->add_flag("--force", *force, "Leave the release as it is: no rollback, but never locked");
  cancel->footer(Examples({"wheelhouse runs cancel 01a20ff1aac70000f1e85198"}));
  cancel->callback([id, force, options, exit_code] {
    v1::CancelRunRequest request;
    request.set_run_id(*id);
    request.set_force(*force);
    *exit_code =
        One<v1::CancelRunRequest, v1::CancelRunResponse>(*options, request, &Stub::CancelRun);
  });
  CLI::App* retry = runs->add_subcommand(
      "retry", "Do the whole plan of a failed or cancelled run again; what is done is unchanged");
  retry->add_option("ID", *id, "The run")->required()->type_name("");
  retry->footer(Examples({"wheelhouse runs retry 01a20ff1aac70000f1e85198"}));
  retry->callback([id, options, exit_code] { *exit_code = SubmitAgain(*options, *id); });
}

void AddQueue(CLI::App* app, const Options* options, int* exit_code) {
  CLI::App* queue =
      app->add_subcommand("queue", "Runs that have not ended, and who waits for whom");
  queue->footer(Examples({"wheelhouse queue --cluster prod"}));
  queue->callback([options, exit_code] { *exit_code = Queue(*options); });
}

}  // namespace wheelhouse::cli
