// A chart's place among those that are in progress at the same time (limits.parallelCharts).
#pragma once

namespace wheelhouse::lifecycle {

// Declared here, implemented by runs/. Called on the thread that runs the chart.
class Slot {
 public:
  virtual ~Slot() = default;
  // Gives the slot away while the chart only waits: what it waits for may need one.
  virtual void StepAside() = 0;
  // Blocks until a slot is free, or the daemon shuts down.
  virtual void StepBack() = 0;
};

// While it exists the chart takes no slot.
class Aside {
 public:
  // `slot` may be nullptr: then none is counted.
  explicit Aside(Slot* slot) : slot_(slot) {
    if (slot_ != nullptr) slot_->StepAside();
  }
  ~Aside() {
    if (slot_ != nullptr) slot_->StepBack();
  }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

 private:
  Slot* const slot_;
};

}  // namespace wheelhouse::lifecycle
