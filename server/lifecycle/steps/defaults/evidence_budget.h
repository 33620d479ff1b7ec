// Keeps evidence within its bound, so that no kind of it crowds out the others. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse::lifecycle {

struct EvidencePiece {
  std::string kind;
  std::string object;
  std::string text;   // masked: half a secret would not be recognized
  bool tail = false;  // when cut, its end is kept (a log), not its beginning
};

// Divides `budget` by max-min fairness: nobody gets more than is wanted, and what one leaves goes
// to the others.
std::vector<size_t> FairShares(const std::vector<size_t>& wanted, size_t budget);

// The pieces in their order, each with its fair share of its kind's fair share of `budget` bytes.
std::vector<v1::Evidence> WithinBudget(const std::vector<EvidencePiece>& pieces, size_t budget);

}  // namespace wheelhouse::lifecycle
