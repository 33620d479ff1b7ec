// The check of wheelhoused.yaml's `maxima`.
#pragma once

#include <functional>
#include <string>

#include "server/config/config.pb.h"

namespace wheelhouse::config {

// Calls `fail` with the path of each wrong field and what is wrong with it.
void CheckMaxima(const v1::Maxima& maxima,
                 const std::function<void(const std::string& path, const std::string& what)>& fail);

}  // namespace wheelhouse::config
