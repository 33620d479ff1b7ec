#include <absl/time/clock.h>

#include <iostream>
#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/connection/connection.h"
#include "client/cli/output/output.h"
#include "client/cli/output/release_report.h"
#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

// All pages.
int Releases(const Options& options, const std::string& name_space) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  v1::ListReleasesRequest request;
  request.set_cluster(options.cluster);
  request.set_namespace_(name_space);
  v1::ListReleasesResponse all;
  do {
    v1::ListReleasesResponse page;
    const absl::Status status = Call(*connection, connection->releases,
                                     &v1::ReleaseService::Stub::ListReleases, request, &page);
    if (!status.ok()) return Fail(status);
    all.mutable_releases()->MergeFrom(page.releases());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (options.json()) {
    PrintJson(all);
  } else {
    PrintReleases(all, absl::Now(), absl::LocalTimeZone(), std::cout);
  }
  return kExitDone;
}

}  // namespace

void AddReleases(CLI::App* app, const Options* options, int* exit_code) {
  auto name_space = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand("releases", "Helm releases, whoever made them");
  command->add_option("-n,--namespace", *name_space, "Only of this namespace (default: all)")
      ->type_name("NS");
  command->footer(Examples({"wheelhouse releases -n demo"}));
  command->callback(
      [name_space, options, exit_code] { *exit_code = Releases(*options, *name_space); });
}

}  // namespace wheelhouse::cli
