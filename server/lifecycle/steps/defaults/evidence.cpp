#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/kube/readiness/readiness.h"
#include "server/kube/readiness/troubles.h"
#include "server/kube/readiness/warnings.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/ownership.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "server/lifecycle/steps/defaults/evidence_budget.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kBudget = 64 << 10;
constexpr size_t kLeastBudget = 1 << 10;  // whatever the caller's runs keep already
constexpr size_t kMostObjects = 50;
constexpr size_t kMostPods = 10;  // whose logs are read
constexpr size_t kMostEvents = 100;
constexpr kube::LogOptions kLog{.tail_lines = 100, .limit_bytes = 64 << 10};
constexpr kube::LogOptions kPreviousLog{true, kLog.tail_lines, kLog.limit_bytes};

// A container that is ready, or has succeeded.
bool Fine(const kube::Json& status) {
  return status.value("ready", kube::Json(false)) == true ||
         kube::Int(status, "/state/terminated/exitCode", 1) == 0;
}
constexpr char kKept[] =
    "evidence";  // in the journal: what remediation changes cannot be seen again

// Collects what an operator would look at first. What cannot be read is left out, so that the first
// failure stays the message.
class Collector {
 public:
  Collector(const Context& context, const Chart& chart, const std::vector<ManifestObject>& objects)
      : context_(context), chart_(chart), ours_(context, chart, objects) {}

  std::vector<EvidencePiece> Collect() {
    NotReady();
    for (const std::string& ns : ours_.namespaces()) Pods(ns);
    for (const std::string& ns : ours_.namespaces()) Events(ns);
    History();
    return std::move(pieces_);
  }

 private:
  void Add(const std::string& kind, const std::string& object, const std::string& text,
           bool tail = false) {
    if (!text.empty()) pieces_.push_back({kind, object, chart_.report.Mask(text), tail});
  }

  void NotReady(const std::string& object, const std::string& why) {
    if (not_ready_++ < kMostObjects) Add("not_ready", object, why);
  }

  void NotReady() {
    for (const Ownership::LiveObject& live : ours_.own()) {
      const kube::Readiness readiness = kube::ReadinessOf(live.object);
      if (!readiness.ready()) NotReady(live.id.ToString(), readiness.reason);
    }
  }

  void Pods(const std::string& ns) {
    const auto pods = chart_.kube().List(context_, {"", "v1", "Pod", "pods", true}, {ns});
    if (!pods.ok()) return;
    for (const kube::Json& pod : pods->items) {
      const kube::Readiness readiness = kube::ReadinessOf(pod);
      if (readiness.ready() || !ours_.Owns(pod)) continue;
      const std::string object = absl::StrCat("Pod ", ns, "/", kube::Text(pod, "/metadata/name"));
      const std::string trouble = kube::PodTrouble(pod);
      NotReady(object, trouble.empty() ? readiness.reason : trouble);
      if (pods_++ < kMostPods) Logs(pod, object);
    }
  }

  void Logs(const kube::Json& pod, const std::string& object) {
    for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
      for (const kube::Json& status : kube::List(pod, list)) {
        if (Fine(status)) continue;
        const std::string name = kube::Text(status, "/name");
        Log("logs", pod, object, name, kLog);
        if (kube::Int(status, "/restartCount") > 0)
          Log("previous_logs", pod, object, name, kPreviousLog);
      }
    }
  }

  void Log(const char* kind, const kube::Json& pod, const std::string& object,
           const std::string& container, const kube::LogOptions& options) {
    const auto log = chart_.kube().PodLogs(context_, kube::Text(pod, "/metadata/namespace"),
                                           kube::Text(pod, "/metadata/name"), container, options);
    const bool one = kube::List(pod, "/spec/containers").size() == 1 &&
                     kube::List(pod, "/spec/initContainers").empty();
    if (log.ok()) Add(kind, one ? object : absl::StrCat(object, " ", container), *log, true);
  }

  // The newest first.
  void Events(const std::string& ns) {
    const auto warnings = kube::ListWarnings(context_, chart_.kube(), ns);
    if (!warnings.ok()) return;
    std::string text;
    size_t reported = 0;
    for (const kube::Warning& warning : *warnings) {
      if (reported == kMostEvents) break;
      if (!ours_.OwnsReferred(warning.about, ns)) continue;
      ++reported;
      absl::StrAppend(&text, warning.time, " ", warning.ToString(), "\n");
    }
    Add("events", absl::StrCat("Namespace ", ns), text);
  }

  void History() {
    const auto records = chart_.Records(context_);
    if (!records.ok()) return;
    std::string text;
    for (const helm::ReleaseRecord& record : *records) {
      const std::string verdict = record.OurLabel(helm::kVerdictLabel);
      absl::StrAppend(&text, record.revision, " ", record.status, verdict.empty() ? "" : " ",
                      verdict, " ", Rfc3339(record.updated), "\n");
    }
    Add("history", absl::StrCat("Release ", chart_.Name()), text);
  }

  const Context& context_;
  const Chart& chart_;
  Ownership ours_;
  std::vector<EvidencePiece> pieces_;
  size_t not_ready_ = 0, pods_ = 0;
};

class EvidenceStep final : public StepOn<const Found, const Trail, Failures> {
 public:
  EvidenceStep() : StepOn({.name = "evidence", .continue_on_error = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"evidence", true};
    return kTraits;
  }
  // It must leave time for the remediation.
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, const Found& found,
                                 const Trail& trail, Failures& failures) override {
    ASSIGN_OR_RETURN(const auto kept, chart.report.journal().Kept(kKept));
    v1::Failure holder;
    if (kept.has_value() && holder.ParseFromString(*kept)) {
      failures.evidence.assign(holder.evidence().begin(), holder.evidence().end());
      return StepResult::Done("as collected before the daemon ended");
    }
    const absl::Duration bound =
        std::min(ToDuration(chart.info().failure_timeout()) / 3, absl::Seconds(60));
    const Context bounded =
        context.WithTimeout(bound, MakeFailure(Reason::kStepFailed, "time is up"));
    const auto objects = ObjectsOfRun(bounded, chart, found, trail);
    const std::vector<EvidencePiece> pieces =
        Collector(bounded, chart, objects.ok() ? *objects : found.forecast).Collect();
    std::string outcome;
    if (!bounded.Check().ok()) {
      outcome = absl::StrCat("; not everything was read within ", absl::FormatDuration(bound));
    }
    ASSIGN_OR_RETURN(const size_t budget, KeepMost(chart, pieces, failures));
    size_t wanted = 0;
    for (const EvidencePiece& piece : pieces) wanted += piece.text.size();
    if (wanted > budget && budget < kBudget) {
      absl::StrAppend(&outcome, "; cut to ", budget,
                      " bytes, since the caller's runs keep as much as they may "
                      "(limits.keptBytesPerCaller)");
    }
    return StepResult::Done(absl::StrCat(failures.evidence.size(), " pieces", outcome));
  }

 private:
  // As much evidence as there is room for among what is kept of the caller's runs. Returns its
  // bound.
  static absl::StatusOr<size_t> KeepMost(const Chart& chart,
                                         const std::vector<EvidencePiece>& pieces,
                                         Failures& failures) {
    Journal& journal = chart.report.journal();
    for (size_t budget = kBudget;; budget /= 4) {
      failures.evidence = WithinBudget(pieces, budget);
      v1::Failure holder;
      holder.mutable_evidence()->Assign(failures.evidence.begin(), failures.evidence.end());
      const std::string bytes = holder.SerializeAsString();
      const absl::Status kept = budget > kLeastBudget ? journal.KeepWithinBound(kKept, bytes)
                                                      : journal.Keep(kKept, bytes);
      if (HasReason(kept, Reason::kCallerLimit)) continue;
      RETURN_IF_ERROR(kept);
      return budget;
    }
  }
};

}  // namespace

std::unique_ptr<Step> MakeEvidenceStep() { return std::make_unique<EvidenceStep>(); }

}  // namespace wheelhouse::lifecycle
