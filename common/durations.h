// How long many things have taken: how many durations there were, and how many of them up to each
// of a few bounds. What a histogram shows.
#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace wheelhouse {

// A value. Not thread-safe.
class Durations {
 public:
  // `bounds` ascend; they are a constant, lent for good.
  explicit Durations(std::span<const absl::Duration> bounds)
      : bounds_(bounds), counts_(bounds.size() + 1) {}

  void Add(absl::Duration one) {
    size_t at = 0;
    while (at < bounds_.size() && one > bounds_[at]) ++at;
    ++counts_[at];
    sum_ += one;
  }

  std::span<const absl::Duration> bounds() const { return bounds_; }
  // For each bound those that are longer than the bound before it, and no longer than this one;
  // the last count is of those that are longer than every bound.
  const std::vector<uint64_t>& counts() const { return counts_; }
  absl::Duration sum() const { return sum_; }

 private:
  std::span<const absl::Duration> bounds_;
  std::vector<uint64_t> counts_;
  absl::Duration sum_;
};

}  // namespace wheelhouse
