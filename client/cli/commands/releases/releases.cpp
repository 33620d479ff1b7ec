#include <absl/time/clock.h>

#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/output/release_report.h"

namespace wheelhouse::cli {
namespace {

// All pages.
int Releases(const Console& console, const Connection& connection, const std::string& name_space) {
  v1::ListReleasesRequest request;
  request.set_cluster(console.options.cluster);
  request.set_namespace_(name_space);
  v1::ListReleasesResponse all;
  do {
    v1::ListReleasesResponse page;
    const absl::Status status =
        Call(connection, connection.releases, &ReleaseStub::ListReleases, request, &page);
    if (!status.ok()) return Fail(console, status);
    all.mutable_releases()->MergeFrom(page.releases());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (console.options.structured()) {
    PrintMessage(console, all);
  } else {
    PrintReleases(all, absl::Now(), absl::LocalTimeZone(), console.out);
  }
  return kExitDone;
}

}  // namespace

void AddReleases(CLI::App* app, const Console* console, int* exit_code) {
  auto name_space = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand("releases", "List Helm releases, whoever made them");
  command->add_option("-n,--namespace", *name_space, "Only this namespace (default: all)")
      ->type_name("NS");
  command->footer(Examples({"wheelhouse releases -n demo"}));
  command->callback([name_space, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Releases(*console, connection, *name_space);
    });
  });
}

}  // namespace wheelhouse::cli
