// RETURN_IF_ERROR and ASSIGN_OR_RETURN for absl::Status and absl::StatusOr (Debian's Abseil
// 20220623 ships none).
#pragma once

#include <absl/status/statusor.h>

#include <utility>

#define WHEELHOUSE_CONCAT_INNER(a, b) a##b
#define WHEELHOUSE_CONCAT(a, b) WHEELHOUSE_CONCAT_INNER(a, b)

// Returns the status of `expr` when it is not OK.
#define RETURN_IF_ERROR(expr)                           \
  do {                                                  \
    if (absl::Status status_ = (expr); !status_.ok()) { \
      return status_;                                   \
    }                                                   \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): x is F's value, or F's status is returned.
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_INNER(WHEELHOUSE_CONCAT(result_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
  auto result = (expr);                           \
  if (!result.ok()) return result.status();       \
  lhs = *std::move(result)
