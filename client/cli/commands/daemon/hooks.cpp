#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/time/clock.h>

#include <string>
#include <vector>

#include "client/cli/commands/command.h"
#include "client/cli/commands/daemon/daemon_commands.h"
#include "client/cli/output/run_text.h"
#include "client/cli/output/table.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

std::string Named(const std::string& name, const std::string& version) {
  return version.empty() ? name : absl::StrCat(name, " ", version);
}

std::string ServedBy(const v1::HookWorker& worker) {
  return absl::StrJoin(worker.hooks(), ", ", [](std::string* out, const v1::ServedHook& hook) {
    absl::StrAppend(out, Named(hook.name(), hook.version()));
  });
}

void AddCall(const std::string& worker, const v1::HookCall& call,
             std::vector<std::vector<std::string>>* rows) {
  const std::string since = TimeText(call.since(), absl::Now(), absl::LocalTimeZone());
  const std::string where =
      call.run_id().empty() ? "" : absl::StrCat(ShortName(call.stage()), "/", call.step());
  rows->push_back({Named(call.hook(), call.version()), worker, call.run_id(), call.chart(), where,
                   absl::StrCat(call.attempt().attempt()), since});
}

void Print(const v1::ListHooksResponse& response, std::ostream& out) {
  std::vector<std::vector<std::string>> workers = {{"WORKER", "SINCE", "CALLS", "HOOKS"}};
  std::vector<std::vector<std::string>> calls = {
      {"CALL", "WORKER", "RUN", "CHART", "STEP", "ATTEMPT", "SINCE"}};
  for (const v1::HookWorker& worker : response.workers()) {
    const std::string since = TimeText(worker.attach_time(), absl::Now(), absl::LocalTimeZone());
    workers.push_back({absl::StrCat(worker.name(), worker.draining() ? " (draining)" : ""), since,
                       absl::StrCat(worker.calls_size(), "/", worker.capacity()),
                       ServedBy(worker)});
    for (const v1::HookCall& call : worker.calls()) AddCall(worker.name(), call, &calls);
  }
  for (const v1::HookCall& call : response.waiting()) AddCall("(waits)", call, &calls);
  if (response.workers().empty()) {
    out << "no worker is attached\n";
  } else {
    PrintTable(workers, out);
  }
  if (calls.size() == 1) return;
  out << "\n";
  PrintTable(calls, out);
}

int List(const Console& console, const Connection& connection) {
  return CallAndPrint<v1::ListHooksResponse>(console, connection, connection.hooks,
                                             &HookStub::ListHooks, v1::ListHooksRequest(), Print);
}

}  // namespace

void AddHooks(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* hooks =
      app->add_subcommand("hooks", "List the workers that serve your hooks, and what they do");
  hooks->footer(Examples({"wheelhouse hooks list"}));
  CLI::App* list = hooks->add_subcommand(
      "list", "List your workers, the calls that they have, and those that wait");
  list->footer(Examples({"wheelhouse hooks list"}));
  AddList(hooks, list, [console, exit_code] {
    *exit_code = WithConnection(
        *console, [&](const Connection& connection) { return List(*console, connection); });
  });
}

}  // namespace wheelhouse::cli
