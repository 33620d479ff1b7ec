#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/utf8.h"
#include "server/kube/readiness.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/ownership.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kBudget = 64 << 10;
constexpr size_t kPiece = 8 << 10;

// Collects what an operator would look at first. What cannot be read is left out: the first failure
// stays the message.
class Collector {
 public:
  Collector(const Context& context, ChartContext& chart)
      : context_(context), chart_(chart), ours_(context, chart) {}

  void Collect() {
    NotReady();
    for (const std::string& ns : ours_.namespaces()) Pods(ns);
    for (const std::string& ns : ours_.namespaces()) Events(ns);
    History();
  }

 private:
  void Add(const std::string& kind, const std::string& object, const std::string& text) {
    if (text.empty() || used_ >= kBudget) return;
    const std::string masked = chart_.Mask(text);
    v1::Evidence evidence;
    evidence.set_kind(kind);
    evidence.set_object(object);
    evidence.set_text(std::string(CutAtCharacter(masked, std::min(kPiece, kBudget - used_))));
    evidence.set_truncated(evidence.text().size() < masked.size());
    used_ += evidence.text().size();
    chart_.facts.evidence.push_back(std::move(evidence));
  }

  void NotReady() {
    for (const Ownership::LiveObject& live : ours_.rendered()) {
      const kube::Readiness readiness = kube::ReadinessOf(live.object);
      if (!readiness.ready) Add("not_ready", live.id.ToString(), readiness.reason);
    }
  }

  void Pods(const std::string& ns) {
    const auto pods = chart_.kube().List(context_, {"", "v1", "Pod", "pods", true}, {ns});
    if (!pods.ok()) return;
    for (const kube::Json& pod : pods->items) {
      if (kube::ReadinessOf(pod).ready || !ours_.Owns(pod)) continue;
      const std::string name = kube::Text(pod, "/metadata/name"),
                        object = absl::StrCat("Pod ", ns, "/", name);
      Add("not_ready", object, kube::PodTrouble(pod));
      for (const kube::Json& container : kube::List(pod, "/spec/containers")) {
        for (const bool previous : {false, true}) {
          const auto log = chart_.kube().PodLogs(context_, ns, name, kube::Text(container, "/name"),
                                                 {previous, 50, static_cast<int>(kPiece)});
          if (log.ok()) Add(previous ? "previous_logs" : "logs", object, *log);
        }
      }
    }
  }

  void Events(const std::string& ns) {
    const auto events =
        chart_.kube().List(context_, {"", "v1", "Event", "events", true}, {ns, "", "type=Warning"});
    if (!events.ok()) return;
    std::string text;
    for (const kube::Json& event : events->items) {
      if (!ours_.OwnsReferred(event.value("involvedObject", kube::Json::object()), ns)) continue;
      absl::StrAppend(&text, kube::Text(event, "/involvedObject/kind"), " ",
                      kube::Text(event, "/involvedObject/name"), ": ", kube::Text(event, "/reason"),
                      ": ", kube::Text(event, "/message"), "\n");
    }
    Add("events", absl::StrCat("Namespace ", ns), text);
  }

  void History() {
    const auto records = chart_.Records(context_);
    if (!records.ok()) return;
    std::string text;
    for (const helm::ReleaseRecord& record : *records)
      absl::StrAppend(&text, record.revision, " ", record.status, "\n");
    Add("history", absl::StrCat("Release ", chart_.Name()), text);
  }

  const Context& context_;
  ChartContext& chart_;
  Ownership ours_;
  size_t used_ = 0;
};

class EvidenceStep final : public Step {
 public:
  EvidenceStep() : Step({.name = "evidence", .continue_on_error = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"evidence", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    Collector(context, chart).Collect();
    return StepResult::Done(absl::StrCat(chart.facts.evidence.size(), " pieces"));
  }
};

}  // namespace

std::unique_ptr<Step> MakeEvidenceStep() { return std::make_unique<EvidenceStep>(); }

}  // namespace wheelhouse::lifecycle
