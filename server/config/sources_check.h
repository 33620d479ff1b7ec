// The checks of wheelhoused.yaml's `sources` and `uploads`.
#pragma once

#include <functional>
#include <string>

#include "server/config/config.h"

namespace wheelhouse::config {

// Calls `fail` with the path of each wrong field and what is wrong with it.
void CheckSources(
    const v1::Sources& sources, const Checks& checks,
    const std::function<void(const std::string& path, const std::string& what)>& fail);
void CheckUploads(
    const v1::Uploads& uploads, const Checks& checks,
    const std::function<void(const std::string& path, const std::string& what)>& fail);

}  // namespace wheelhouse::config
