// One evaluation: its bounds, and what it makes. Time is bounded by cost (a unit is about a node
// that is looked at, an item, or ten bytes), memory by the bytes of the texts, lists and maps that
// are made. Not thread-safe: one evaluation has one thread.
#pragma once

#include <absl/status/statusor.h>

#include <deque>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/cel/value.h"

namespace wheelhouse::cel {

// What one evaluation may use.
struct Limits {
  uint64_t cost = 1'000'000;
  size_t bytes = size_t{8} << 20;
};

class Evaluation {
 public:
  Evaluation(const Context& context, const Limits& limits) : context_(context), limits_(limits) {}
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  // RESOURCE_EXHAUSTED when the cost passes its limit, or the context's cause once it has ended.
  // From then on every call says so: see `ended`.
  absl::Status Spend(uint64_t cost);
  // The cost of reading so many bytes.
  absl::Status SpendOnBytes(uint64_t bytes) { return Spend(1 + bytes / 10); }

  // RESOURCE_EXHAUSTED when `bytes` more would pass the limit: asked before they are made.
  absl::Status CheckRoom(uint64_t bytes);

  // Uses them up.
  absl::Status Reserve(uint64_t bytes);

  // OK, or why the whole evaluation must end. `||`, `&&` and the macros pass over other errors, not
  // over this one.
  const absl::Status& ended() const { return ended_; }

  // Values that live as long as the evaluation.
  absl::StatusOr<Value> NewString(std::string text);
  absl::StatusOr<Value> NewBytes(std::string bytes);
  absl::StatusOr<Value> NewList(std::vector<Value> items);
  absl::StatusOr<Value> NewMap(std::vector<MapEntry> entries);
  absl::StatusOr<Value> NewOptional(const Value& value);

 private:
  absl::StatusOr<absl::string_view> Keep(std::string text);

  const Context& context_;
  const Limits limits_;
  uint64_t cost_ = 0;
  uint64_t next_look_ = 0;  // the cost at which the context is looked at again
  uint64_t bytes_ = 0;
  absl::Status ended_;
  std::deque<std::string> texts_;
  std::deque<std::vector<Value>> lists_;
  std::deque<std::vector<MapEntry>> maps_;
};

}  // namespace wheelhouse::cel
