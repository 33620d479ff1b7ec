// The expressions (server/cel) that a plan has, and what each may read. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "server/plan/fields/field_checks.h"

namespace wheelhouse::plan {

// What When.expression and AssertStep.expression may read; readiness has cel::ObjectVariables().
const std::vector<std::string>& WhenVariables();
const std::vector<std::string>& AssertVariables();

// Reads it, as the run will.
void CheckExpression(const std::string& text, const std::vector<std::string>& variables,
                     const std::string& path, FieldViolations* wrong);

}  // namespace wheelhouse::plan
