// A chart's place among those that are in progress at the same time (limits.parallelCharts).
#pragma once

#include "common/context.h"

namespace wheelhouse::lifecycle {

// Declared here, implemented by runs/. Called on the thread that runs the chart, which begins with
// a place that is good for its checks.
class Slot {
 public:
  virtual ~Slot() = default;
  // From now on the chart changes something. Blocks until there is room for one more such chart,
  // `context` ends (its user finds out) or the daemon shuts down. Does nothing when the chart has
  // its place already.
  virtual void TakeToChange(const Context& context) = 0;
  // Gives the place away while the chart only waits, since what it waits for may need one, or
  // undoes its changes, which is never to wait for other charts. It may be gone already.
  virtual void StepAside() = 0;
};

// The same for a chart whose place is not counted: `slot` may be nullptr.
inline void TakeToChange(Slot* slot, const Context& context) {
  if (slot != nullptr) slot->TakeToChange(context);
}
inline void StepAside(Slot* slot) {
  if (slot != nullptr) slot->StepAside();
}

}  // namespace wheelhouse::lifecycle
