// What the commands share.
//
// Each command has a function Add...(app, console, exit_code), which adds it to the program; when
// it is the one that was named, it runs with the console and leaves its exit code in `exit_code`.
// Both must outlive the program.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "client/cli/connection/connection.h"
#include "client/cli/output/output.h"
#include "client/cli/plan/plan_file.h"
#include "common/reason.h"

namespace wheelhouse::cli {

// The end of a command's help.
std::string Examples(const std::vector<std::string>& lines);

// `list` of a group of commands, such as `runs`, may be left out: the group alone runs `body` too.
void AddList(CLI::App* group, CLI::App* list, const std::function<void()>& body);

// The arguments that name a release. Both texts must outlive the command.
void AddRelease(CLI::App* command, std::string* name, std::string* name_space);

// -n; WHEELHOUSE_NAMESPACE sets it too (the shims for helm and kubectl do).
void AddNamespace(CLI::App* command, std::string* name_space, const std::string& what);

// -o of a command whose report can also be a comment for a pull request: what all commands take,
// and markdown. `format` must outlive the command.
void AddReportFormat(CLI::App* command, std::string* format);
// The options for such a command, whose report is in `format`.
Options OptionsFor(const Console& console, const std::string& format);

// A plan of one release whose chart is not needed.
LocalPlan PlanOfRelease(v1::ChartInfo chart);

// Connects and calls `body`; a connection that cannot be made is reported. Returns the exit code.
int WithConnection(const Console& console, const std::function<int(const Connection&)>& body);

// Calls one unary method and prints its response: as JSON where that was asked for, else with
// `print(response, out)`. Returns the exit code.
template <typename Response, typename Stub, typename Method, typename Request, typename Print>
int CallAndPrint(const Console& console, const Connection& connection,
                 const std::unique_ptr<Stub>& stub, Method method, const Request& request,
                 Print print) {
  Response response;
  const absl::Status status = Call(connection, stub, method, request, &response);
  if (!status.ok()) return Fail(console, status);
  if (console.options.structured()) {
    PrintMessage(console, response);
  } else {
    print(response, console.out);
  }
  return kExitDone;
}

}  // namespace wheelhouse::cli
