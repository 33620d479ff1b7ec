// One named step of a stage. A stage is a list of these; only the stage runner
// (runner/stage_runner.h) executes them.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <google/protobuf/struct.pb.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/context.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"
#include "wheelhouse/v1/run.pb.h"
#include "wheelhouse/v1/step.pb.h"

namespace wheelhouse::lifecycle {

// How a step that began and was not seen to end is resumed after the daemon was killed, or lost its
// claims and took them again.
enum class ResumeKind {
  kRepeatable,  // doing it twice is doing it once
  kCheckable,   // it can see whether it was already done (AlreadyDone)
  kOnce,        // neither: the run fails with INTERRUPTED, or LEASE_LOST
};

struct StepTraits {
  const char* kind;  // `apply`, `helm`, `decide`: its name in streams
  bool read_only = false;
  ResumeKind resume = ResumeKind::kRepeatable;
};

// What a step that did not fail reports.
struct StepResult {
  std::string outcome;                                   // `created 2 of 3 objects`
  v1::SkipReason skipped = v1::SKIP_REASON_UNSPECIFIED;  // set when there was nothing to do
  // The same as `outcome`, for programs; it may be empty. It is not masked, so it must not hold
  // secrets. It goes to StageOutcome.details; no stream shows it yet.
  google::protobuf::Struct details = {};
  static StepResult Done(std::string outcome) { return {std::move(outcome)}; }
  static StepResult Skipped(v1::SkipReason why, std::string outcome) {
    return {std::move(outcome), why};
  }
};

// Where a default step runs: ahead of the caller's steps, between `before` and `after`, or last.
enum class Order { kFirst, kMiddle, kLast };

// How the runner runs it; for a caller's step from its Step message.
struct StepSettings {
  std::string name;
  absl::Duration timeout = absl::InfiniteDuration();  // one try; bounded by the stage anyway
  v1::StepRetry retry;
  v1::When when;             // DEPLOY only when it names no action
  bool default_step = true;  // not the caller's: `when` is ignored
  bool continue_on_error = false;
  bool run_when_unchanged = false;
  bool may_be_skipped = false;  // skip_defaults skips it
  Order order = Order::kMiddle;
};

// Made for one stage of one chart of one run; used by one thread. This is how the runner sees it;
// steps derive from StepOn below.
class Step {
 public:
  explicit Step(StepSettings settings) : settings_(std::move(settings)) {}
  virtual ~Step() = default;

  const StepSettings& settings() const { return settings_; }
  virtual const StepTraits& traits() const = 0;

  // StepOn::Run, Preview, AlreadyDone and NothingToDo on what the step sees of `known`.
  virtual absl::StatusOr<StepResult> Execute(const Context& context, const Chart& chart,
                                             Known& known) = 0;
  virtual absl::StatusOr<StepResult> ExecutePreview(const Context& context, const Chart& chart,
                                                    Known& known) = 0;
  virtual absl::StatusOr<bool> WasDone(const Context& context, const Chart& chart,
                                       Known& known) = 0;
  virtual bool FindsNothingToDo(const Chart& chart, Known& known) const { return false; }

 private:
  const StepSettings settings_;
};

// A step that sees only the named values of what is known, and changes only those that are not
// const: `class HelmStep final : public StepOn<const Found, const Decided, Trail>`.
template <typename... Values>
class StepOn : public Step {
 public:
  using Step::Step;

  // One try, within `context` (timeout, cancel). Blocks.
  virtual absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                         Values&... values) = 0;

  // For previews: what Run would report now. Reads only.
  virtual absl::StatusOr<StepResult> Preview(const Context& context, const Chart& chart,
                                             const Values&... values) {
    return StepResult::Done("");
  }

  // For kCheckable: whether an interrupted try was in fact completed.
  virtual absl::StatusOr<bool> AlreadyDone(const Context& context, const Chart& chart,
                                           Values&... values) {
    return false;
  }

  // Whether Run is certain to change nothing, as far as is known without asking anybody. Only a
  // step that may change something waits until the disk has that it begins.
  virtual bool NothingToDo(const Chart& chart, const Values&... values) const { return false; }

  absl::StatusOr<StepResult> Execute(const Context& context, const Chart& chart,
                                     Known& known) final {
    return Run(context, chart, known.Get<Values>()...);
  }
  absl::StatusOr<StepResult> ExecutePreview(const Context& context, const Chart& chart,
                                            Known& known) final {
    return Preview(context, chart, known.Get<Values>()...);
  }
  absl::StatusOr<bool> WasDone(const Context& context, const Chart& chart, Known& known) final {
    return AlreadyDone(context, chart, known.Get<Values>()...);
  }
  bool FindsNothingToDo(const Chart& chart, Known& known) const final {
    return NothingToDo(chart, known.Get<Values>()...);
  }
};

using Steps = std::vector<std::unique_ptr<Step>>;

}  // namespace wheelhouse::lifecycle
