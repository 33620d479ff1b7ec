// What a saved plan keeps of each chart (saved_chart.proto).
#pragma once

namespace wheelhouse::lifecycle {

// The name under which the journal of a preview that is saved keeps it, and under which the journal
// of a run that applies the plan has it (Journal::Keep).
inline constexpr char kSavedChart[] = "saved-chart";

}  // namespace wheelhouse::lifecycle
