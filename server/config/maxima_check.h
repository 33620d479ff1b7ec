// The checks of wheelhoused.yaml about what callers may ask for: `maxima`, `savedPlans` and
// `drift`.
#pragma once

#include <functional>
#include <string>

#include "server/config/config.pb.h"

namespace wheelhouse::config {

// Called with the path of each wrong field and what is wrong with it.
using Fail = std::function<void(const std::string& path, const std::string& what)>;

void CheckMaxima(const v1::Maxima& maxima, const Fail& fail);
void CheckSavedPlans(const v1::SavedPlans& plans, const Fail& fail);
void CheckDrift(const v1::Drift& drift, const Fail& fail);
// The names of callers, or `*`, in the list `at`.
void CheckCallers(const char* at, const google::protobuf::RepeatedPtrField<std::string>& callers,
                  const Fail& fail);

}  // namespace wheelhouse::config
