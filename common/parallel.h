// Work on several things at the same time, for calls that mostly wait.
#pragma once

#include <absl/functional/function_ref.h>

#include <cstddef>

namespace wheelhouse {

// Calls `work` with each number below `count`, `at_once` of them at a time: on this thread and on
// threads that end before it returns. `work` is thread-safe and does not throw.
void InParallel(size_t count, size_t at_once, absl::FunctionRef<void(size_t index)> work);

}  // namespace wheelhouse
