#include "client/cli/run/submit.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <random>

#include "client/cli/connection/connection.h"
#include "client/cli/output/change_report.h"
#include "client/cli/output/output.h"
#include "client/cli/output/terminal_text.h"
#include "client/cli/plan/chart_packer.h"
#include "client/cli/run/watch.h"
#include "client/cli/shell/exit_code.h"
#include "client/cli/shell/interrupt.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

constexpr size_t kChunkBytes = 256 << 10;

absl::StatusOr<v1::UploadChartResponse> Upload(const Connection& connection,
                                               const std::string& path) {
  ASSIGN_OR_RETURN(const std::string archive, PackChart(path));
  ASSIGN_OR_RETURN(const std::string provenance, ProvenanceOf(path));
  grpc::ClientContext context;
  v1::UploadChartResponse response;
  auto writer = connection.charts->UploadChart(&context, &response);
  if (!provenance.empty()) {
    v1::UploadChartRequest request;
    request.set_provenance(provenance);
    writer->Write(request);
  }
  for (size_t at = 0; at < archive.size(); at += kChunkBytes) {
    v1::UploadChartRequest request;
    request.set_chunk(archive.substr(at, kChunkBytes));
    // A refused chunk ends the stream; Finish returns the reason.
    if (!writer->Write(request)) break;
  }
  writer->WritesDone();
  absl::Status status = FromGrpc(writer->Finish(), connection.server);
  // Without a reason the connection is at fault, not the chart.
  if (!status.ok() && ReasonOf(status) == Reason::kInternal) return status;
  RETURN_IF_ERROR(While(absl::StrCat("uploading ", path), status));
  return response;
}

// Has the daemon fetch what the chart depends on and does not hold.
absl::Status Complete(const Console& console, const Connection& connection, const std::string& path,
                      v1::UploadChartResponse* uploaded) {
  if (uploaded->missing_dependencies().empty()) return absl::OkStatus();
  v1::BuildDependenciesRequest request;
  request.set_digest(uploaded->digest());
  v1::BuildDependenciesResponse response;
  absl::Status status = Call(connection, connection.charts, &ChartStub::BuildDependencies, request,
                             &response, kFetchingCall);
  if (!status.ok() && ReasonOf(status) == Reason::kInternal) return status;
  RETURN_IF_ERROR(While(absl::StrCat("uploading ", path), status));
  uploaded->set_digest(response.digest());
  for (const v1::ChartDependency& added : response.added()) {
    console.errors << Printable(absl::StrCat("fetched ", added.name(), " ", added.version(), " of ",
                                             added.repository(), " for ", uploaded->name()))
                   << "\n";
  }
  return absl::OkStatus();
}

absl::Status UploadCharts(const Console& console, const Connection& connection, LocalPlan* local) {
  std::map<std::string, v1::UploadChartResponse> uploaded;
  for (int i = 0; i < local->plan.charts_size(); ++i) {
    const std::string& path = local->chart_paths[i];
    if (path.empty()) continue;
    if (uploaded.count(path) == 0) {
      ASSIGN_OR_RETURN(uploaded[path], Upload(connection, path));
      RETURN_IF_ERROR(Complete(console, connection, path, &uploaded[path]));
    }
    auto* chart = local->plan.mutable_charts(i);
    chart->mutable_chart()->set_archive_digest(uploaded[path].digest());
    if (chart->name().empty()) chart->set_name(uploaded[path].name());
  }
  return absl::OkStatus();
}

// 128 random bits in hex.
std::string RandomId() {
  std::random_device random;
  return absl::StrFormat("%08x%08x%08x%08x", random(), random(), random(), random());
}

// The run may be made and the answer lost: the request id finds the run again.
template <typename Stub, typename Method, typename Request, typename Response>
absl::Status CallTwice(const Console& console, const Connection& connection,
                       const std::unique_ptr<Stub>& stub, Method method, Request request,
                       Response* response) {
  const std::string& id = console.options.request_id;
  request.set_request_id(id.empty() ? RandomId() : id);
  absl::Status status = Call(connection, stub, method, request, response);
  if (status.code() == absl::StatusCode::kUnavailable && ReasonOf(status) == Reason::kInternal)
    status = Call(connection, stub, method, request, response);
  return status;
}

// Uploads the charts of a plan that is about to be sent.
absl::Status Send(const Console& console, const Connection& connection, LocalPlan* local,
                  Interrupt* interrupt) {
  RETURN_IF_ERROR(FetchGitCharts(local));
  RETURN_IF_ERROR(UploadCharts(console, connection, local));
  // From here on a signal waits: it must not leave a run behind that the user does not know of.
  interrupt->Stop();
  return absl::OkStatus();
}

absl::StatusOr<v1::Run> Create(const Console& console, const Connection& connection,
                               LocalPlan local, v1::Mode mode, Interrupt* interrupt) {
  RETURN_IF_ERROR(Send(console, connection, &local, interrupt));
  v1::CreateRunRequest request;
  *request.mutable_plan() = std::move(local.plan);
  request.set_cluster(console.options.cluster);
  request.set_mode(mode);
  v1::CreateRunResponse response;
  RETURN_IF_ERROR(AtLocations(CallTwice(console, connection, connection.deployer,
                                        &DeployerStub::CreateRun, std::move(request), &response),
                              local.locations));
  return response.run();
}

absl::StatusOr<v1::Run> CreateToSave(const Console& console, const Connection& connection,
                                     LocalPlan local, bool require_approval, Interrupt* interrupt) {
  RETURN_IF_ERROR(Send(console, connection, &local, interrupt));
  v1::SavePlanRequest request;
  *request.mutable_plan() = std::move(local.plan);
  request.set_cluster(console.options.cluster);
  request.set_require_approval(require_approval);
  v1::SavePlanResponse response;
  RETURN_IF_ERROR(AtLocations(CallTwice(console, connection, connection.plans, &PlanStub::SavePlan,
                                        std::move(request), &response),
                              local.locations));
  return response.run();
}

absl::StatusOr<v1::Run> CreateSaved(const Console& console, const Connection& connection,
                                    const v1::SavedPlanRef& plan, Interrupt* interrupt) {
  interrupt->Stop();
  v1::CreateRunRequest request;
  *request.mutable_saved_plan() = plan;
  request.set_cluster(console.options.cluster);
  v1::CreateRunResponse response;
  RETURN_IF_ERROR(CallTwice(console, connection, connection.deployer, &DeployerStub::CreateRun,
                            std::move(request), &response));
  return response.run();
}

absl::StatusOr<v1::Run> CreateAgain(const Console& console, const Connection& connection,
                                    const std::string& run_id, Interrupt* interrupt) {
  interrupt->Stop();
  v1::RetryRunRequest request;
  request.set_run_id(run_id);
  v1::RetryRunResponse response;
  RETURN_IF_ERROR(CallTwice(console, connection, connection.deployer, &DeployerStub::RetryRun,
                            std::move(request), &response));
  return response.run();
}

// Makes a run and watches it, or prints it when detached. When it has ended it is copied to
// `*ended`.
template <typename Make>
int Follow(const Console& console, PreviewFormat format, v1::Run* ended, Make make) {
  Interrupt interrupt;
  const absl::StatusOr<Connection> connection = Connect(console.options);
  if (!connection.ok()) return Fail(console, connection.status());
  const absl::StatusOr<v1::Run> run = make(*connection, &interrupt);
  if (!run.ok()) return Fail(console, run.status());
  if (!console.options.detach) {
    return WatchToEnd(
        console, *connection,
        run->preview() ? MakePreviewPrinter(console, format) : MakeRunPrinter(console), run->id(),
        &interrupt, Role::kCreator, ended);
  }
  if (console.options.structured()) {
    PrintMessage(console, *run);
  } else {
    console.out << run->id() << std::endl;
  }
  return kExitDone;
}

// Hints are about what the user wrote.
Options OptionsFor(const LocalPlan& plan, const Console& shell) {
  Options options = shell.options;
  options.flags_for_fields = plan.from_flags;
  return options;
}

Console With(const Options& options, const Console& shell) {
  return {options, shell.out, shell.errors, shell.terminal, shell.colour};
}

// Of a preview that has ended; without one `ended` has no charts.
int CodeOf(int code, const v1::Run& ended, bool changes_exit) {
  const bool changes = std::ranges::any_of(ended.charts(), WouldChange);
  return code == kExitDone && changes_exit && changes ? kExitChanges : code;
}

PreviewFormat FormatOf(const Console& console) {
  return console.options.structured() ? PreviewFormat::kMessage : PreviewFormat::kReport;
}

}  // namespace

int Submit(const Console& shell, LocalPlan plan, v1::Run* ended) {
  const Options options = OptionsFor(plan, shell);
  const Console console = With(options, shell);
  return Follow(console, FormatOf(console), ended,
                [&](const Connection& connection, Interrupt* interrupt) {
                  return Create(console, connection, std::move(plan), v1::MODE_APPLY, interrupt);
                });
}

int SubmitPreview(const Console& shell, LocalPlan plan, PreviewFormat format, bool changes_exit) {
  const Options options = OptionsFor(plan, shell);
  const Console console = With(options, shell);
  v1::Run ended;
  const int code =
      Follow(console, format, &ended, [&](const Connection& connection, Interrupt* interrupt) {
        return Create(console, connection, std::move(plan), v1::MODE_PREVIEW, interrupt);
      });
  return CodeOf(code, ended, changes_exit);
}

int SubmitToSave(const Console& console, LocalPlan plan, bool require_approval,
                 PreviewFormat format, bool changes_exit, std::string* plan_id) {
  v1::Run ended;
  const int code =
      Follow(console, format, &ended, [&](const Connection& connection, Interrupt* interrupt) {
        return CreateToSave(console, connection, std::move(plan), require_approval, interrupt);
      });
  if (ended.state() == v1::RUN_STATE_SUCCEEDED) *plan_id = ended.id();
  return CodeOf(code, ended, changes_exit);
}

int SubmitSaved(const Console& console, const v1::SavedPlanRef& plan) {
  v1::Run ended;
  return Follow(console, FormatOf(console), &ended,
                [&](const Connection& connection, Interrupt* interrupt) {
                  return CreateSaved(console, connection, plan, interrupt);
                });
}

int SubmitAgain(const Console& console, const std::string& run_id) {
  v1::Run ended;
  return Follow(console, FormatOf(console), &ended,
                [&](const Connection& connection, Interrupt* interrupt) {
                  return CreateAgain(console, connection, run_id, interrupt);
                });
}

}  // namespace wheelhouse::cli
