#include <absl/strings/str_cat.h>

#include <memory>
#include <sstream>
#include <string>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/plans/plan_file_flags.h"
#include "client/cli/output/drift_report.h"
#include "client/cli/plan/plan_file.h"
#include "client/cli/shell/exit_code.h"
#include "client/cli/shell/pager.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

struct DriftFlags {
  PlanFileFlags plan;
  std::string name_space, format;
  bool all = false, exit_code = false;
};

// Those that the plan deploys.
absl::Status AddReleasesOf(const DriftFlags& flags, v1::CheckDriftRequest* request) {
  ASSIGN_OR_RETURN(const LocalPlan plan, ReadPlanFile(flags.plan.file, flags.plan.options));
  for (const v1::ChartInfo& chart : plan.plan.charts()) {
    if (chart.action() != v1::ACTION_DEPLOY && chart.action() != v1::ACTION_UNSPECIFIED) continue;
    if (chart.name().empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(flags.plan.file, ": a chart of the namespace ", chart.namespace_(),
                       " has no name: drift asks for releases by name, so give it one"));
    }
    v1::ReleaseName* release = request->add_releases();
    release->set_namespace_(chart.namespace_());
    release->set_name(chart.name());
  }
  if (!request->releases().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(flags.plan.file, ": the plan deploys nothing"));
}

// All pages, as one answer.
absl::StatusOr<v1::CheckDriftResponse> CheckAll(const Connection& connection,
                                                v1::CheckDriftRequest request) {
  v1::CheckDriftResponse all;
  do {
    v1::CheckDriftResponse page;
    RETURN_IF_ERROR(
        Call(connection, connection.releases, &ReleaseStub::CheckDrift, request, &page));
    all.mutable_releases()->MergeFrom(page.releases());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

int Drift(const Console& console, const DriftFlags& flags) {
  v1::CheckDriftRequest request;
  request.set_cluster(console.options.cluster);
  request.set_namespace_(flags.name_space);
  if (!flags.plan.file.empty()) {
    if (const absl::Status read = AddReleasesOf(flags, &request); !read.ok())
      return Fail(console, read);
  }
  return WithConnection(console, [&](const Connection& connection) {
    const auto drift = CheckAll(connection, request);
    if (!drift.ok()) return Fail(console, drift.status());
    if (flags.format == "markdown") {
      PrintDriftAsMarkdown(*drift, console.out);
    } else if (console.options.structured()) {
      PrintMessage(console, *drift);
    } else {
      std::ostringstream report;
      PrintDrift(*drift, console.colour && console.terminal >= 0, report);
      Page(console, report.str());
    }
    return flags.exit_code && HasDrifted(*drift) ? kExitChanges : kExitDone;
  });
}

}  // namespace

void AddDrift(CLI::App* app, const Console* console, int* exit_code) {
  auto flags = std::make_shared<DriftFlags>();
  CLI::App* command = app->add_subcommand(
      "drift",
      "Show where the cluster differs from what releases hold: fields, with who has set them, "
      "missing objects, and objects of others. Changes nothing");
  CLI::Option* file = AddPlanFileFlags(command, &flags->plan)->required(false);
  CLI::Option* one = command
                         ->add_option("-n,--namespace", flags->name_space,
                                      "The releases of this namespace, whoever made them")
                         ->type_name("NS")
                         ->excludes(file);
  CLI::Option* all =
      command->add_flag("--all", flags->all, "All releases of the cluster")->excludes(file);
  one->excludes(all);
  AddReportFormat(command, &flags->format);
  command->add_flag("--exit-code", flags->exit_code,
                    "Exit with 6 when a release has drifted, with 0 when none is known to have");
  command->footer(Examples({"wheelhouse drift -f plan.yaml --exit-code", "wheelhouse drift -n demo",
                            "wheelhouse drift --all -o markdown"}));
  command->callback([flags, console, exit_code, file, one, all] {
    if (file->count() + one->count() + all->count() == 0) {
      *exit_code =
          Fail(*console,
               absl::InvalidArgumentError("say which releases are meant: -f FILE, -n NS or --all"));
      return;
    }
    const Options options = OptionsFor(*console, flags->format);
    *exit_code =
        Drift({options, console->out, console->errors, console->terminal, console->colour}, *flags);
  });
}

}  // namespace wheelhouse::cli
