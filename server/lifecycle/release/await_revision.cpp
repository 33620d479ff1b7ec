#include "server/lifecycle/release/await_revision.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <string>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/releases.h"
#include "server/lifecycle/objects/freeing.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/waiting.h"
#include "server/lifecycle/release/made.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kMarkFor = absl::Seconds(15);
constexpr char kBegins[] = "Wheelhouse: ";

// OVERTAKEN when the revision is no longer the release's newest, or no longer deployed.
absl::Status CheckStands(const std::vector<helm::ReleaseRecord>& records, const Chart& chart,
                         Trail& trail, int revision) {
  const helm::ReleaseRecord* own = FindOwn(records, revision, chart);
  const int newest = records.empty() ? 0 : records[0].revision;
  if (own != nullptr && own->status == "deployed" && newest == revision) {
    trail.set_overtaken_by(0);
    return absl::OkStatus();
  }
  trail.set_overtaken_by(std::max(newest, revision));
  const std::string change = newest > revision ? absl::StrCat("has made revision ", newest)
                             : own != nullptr
                                 ? absl::StrCat("has changed its status to ", own->status)
                                 : "has deleted its record";
  return MakeFailure(Reason::kOvertaken,
                     absl::StrCat("while the run waited for revision ", revision, " of ",
                                  chart.Name(), ", somebody else ", change),
                     {{"revision", std::to_string(trail.overtaken_by())}});
}

absl::StatusOr<std::string> Await(const Context& context, const Chart& chart, Trail& trail,
                                  int revision) {
  ASSIGN_OR_RETURN(const auto records, chart.RecordsFrom(context, revision));
  RETURN_IF_ERROR(CheckStands(records, chart, trail, revision));
  ASSIGN_OR_RETURN(const auto manifest,
                   ReadManifestOf(context, chart, *FindOwn(records, revision, chart)));
  kube::RolloutOptions options = RolloutOptionsOf(chart);
  options.await_creation = true;
  const auto awaited = AwaitedIn(context, chart, manifest);
  // Most charts are ready within 300 ms. A wait that lasts is told of changes to the list.
  options.undiagnosed_looks = 2;
  constexpr int kLooksWithoutList = 3;
  options.check = [&, looks = 0](const Context& within, kube::KubeClient& client) mutable {
    if (const int look = looks++; look > 0) {
      const std::string& ns = chart.info().namespace_();
      const std::string& name = chart.info().name();
      ASSIGN_OR_RETURN(const auto now,
                       look < kLooksWithoutList
                           ? helm::ListRecordsFrom(within, client, ns, name, revision)
                           : helm::ListRecords(within, client, ns, name));
      RETURN_IF_ERROR(CheckStands(now, chart, trail, revision));
    }
    return FreeStatefulSets(within, client, chart, awaited);
  };
  StepAside(chart.asked.request.slot);
  auto notes = AwaitReady(context, chart, awaited, std::move(options));
  // What has failed is undone or tried again, and whoever does that knows whether it takes a place.
  if (notes.ok() && !chart.undoes())
    TakeToChange(chart.asked.request.slot, chart.Waiting(chart.bounds.work));
  return notes;
}

absl::Status SetStatus(const Context& context, const Chart& chart,
                       const helm::ReleaseRecord& record, const std::string& status,
                       const std::string& description) {
  return helm::RewriteRecord(context, chart.kube(), record, [&](kube::Json& release) {
    release["info"]["status"] = status;
    if (!description.empty()) release["info"]["description"] = description;
    return absl::OkStatus();
  });
}

absl::Status MarkFailed(const Chart& chart, const Trail& trail, int revision,
                        const absl::Status& why) {
  const Context context =
      chart.bounds.failure.WithTimeout(kMarkFor, absl::DeadlineExceededError("time is up"));
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* own = FindOwn(records, revision, chart);
  if (own == nullptr || own->status != "deployed") return absl::OkStatus();
  const v1::Failure failure = FailureOf(why);
  RETURN_IF_ERROR(SetStatus(
      context, chart, *own, "failed",
      absl::StrCat(kBegins, failure.reason(), ": ", chart.report.Mask(failure.message()))));
  const helm::ReleaseRecord* before = helm::FindRecord(records, trail.superseded_revision());
  if (before == nullptr || before->status != "superseded") return absl::OkStatus();
  return SetStatus(context, chart, *before, "deployed", "");
}

}  // namespace

absl::StatusOr<std::string> AwaitRevision(const Context& context, const Chart& chart, Trail& trail,
                                          int revision) {
  absl::StatusOr<std::string> notes = Await(context, chart, trail, revision);
  // The failure of the wait stays the step's.
  if (!notes.ok()) MarkNotAwaited(chart, trail, revision, notes.status());
  return notes;
}

void MarkNotAwaited(const Chart& chart, const Trail& trail, int revision, const absl::Status& why) {
  if (chart.bounds.Stops(why) || HasReason(why, Reason::kOvertaken)) return;
  // helm has deployed it, and the newer run's helm has to compare with it.
  if (HasReason(why, Reason::kSuperseded)) return;
  const absl::Status marked = MarkFailed(chart, trail, revision, why);
  if (marked.ok()) return;
  chart.report.Log("wheelhoused",
                   absl::StrCat("the record of revision ", revision,
                                " still says that it is deployed: ", FailureOf(marked).message()));
}

std::optional<absl::Status> FailedWait(const std::string& description) {
  if (!absl::StartsWith(description, kBegins)) return std::nullopt;
  const std::string text = description.substr(sizeof(kBegins) - 1);
  const size_t colon = text.find(": ");
  const ReasonInfo* info = FindReason(text.substr(0, colon));
  if (colon == std::string::npos || info == nullptr) return std::nullopt;
  return MakeFailure(info->reason, text.substr(colon + 2));
}

}  // namespace wheelhouse::lifecycle
