#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/deploy_flags.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/output/terminal_text.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {
namespace {

struct HowToDeploy {
  bool dry_run = false, diff = false, hide_notes = false;
};

// What the chart says about what was just deployed, as helm shows it. A run that did nothing has no
// news; notes that cannot be had do not make the deploy a failure.
void PrintNotes(const Console& console, const v1::ChartRun& chart, const std::string& cluster) {
  if (chart.revision() == 0) return;
  v1::GetRevisionRequest request;
  request.set_cluster(cluster);
  request.set_namespace_(chart.namespace_());
  request.set_name(chart.name());
  request.set_revision(chart.revision());
  request.add_parts(v1::REVISION_PART_NOTES);
  v1::GetRevisionResponse content;
  const auto read = [&](const Connection& connection) {
    const absl::Status status =
        Call(connection, connection.releases, &ReleaseStub::GetRevision, request, &content);
    if (!status.ok())
      console.errors << "the notes cannot be read: " << Printable(std::string(status.message()))
                     << "\n";
    return kExitDone;
  };
  WithConnection(console, read);
  if (content.notes().empty()) return;
  console.out << "\nNOTES:\n";
  PrintText(console, content.notes());
}

int Deploy(const Console& console, const DeployFlags& flags, const HowToDeploy& how) {
  absl::StatusOr<LocalPlan> plan = MakePlan(flags);
  if (!plan.ok()) return Fail(console, plan.status());
  if (how.dry_run || how.diff) {
    const PreviewFormat format =
        console.options.structured() ? PreviewFormat::kMessage : PreviewFormat::kReport;
    const int code = SubmitPreview(console, *plan, format, false);
    if (how.dry_run || code != kExitDone) return code;
  }
  v1::Run ended;
  const int code = Submit(console, *std::move(plan), &ended);
  const bool wanted = !how.hide_notes && !console.options.structured() && code == kExitDone;
  if (wanted && ended.charts_size() == 1) PrintNotes(console, ended.charts(0), ended.cluster());
  return code;
}

}  // namespace

void AddDeploy(CLI::App* app, const Console* console, int* exit_code) {
  auto flags = std::make_shared<DeployFlags>();
  auto how = std::make_shared<HowToDeploy>();
  CLI::App* command = app->add_subcommand("deploy", "Install or upgrade one chart");
  AddDeployFlags(command, flags.get());
  command->add_flag("--dry-run", how->dry_run,
                    "Only report what would be done, field by field, and change nothing");
  command->add_flag("--diff", how->diff, "Report what will change, field by field, then deploy");
  command->add_flag("--hide-notes", how->hide_notes, "Do not show the chart's NOTES.txt");
  command->footer(
      Examples({"wheelhouse deploy ./podinfo -n demo --set replicaCount=2,ui.color=red",
                "wheelhouse deploy oci://ghcr.io/stefanprodan/charts/podinfo -n demo",
                "wheelhouse deploy podinfo --repo https://stefanprodan.github.io/podinfo -n demo "
                "--dry-run"}));
  command->callback(
      [flags, how, console, exit_code] { *exit_code = Deploy(*console, *flags, *how); });
}

}  // namespace wheelhouse::cli
