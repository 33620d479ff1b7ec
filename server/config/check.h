// What must hold in a configuration beyond the types of its fields.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

#include "common/failure.h"
#include "server/config/config.h"

namespace wheelhouse::config {

// Every error with its place, `FILE:LINE:COLUMN`: that of the field, or of the nearest thing around
// it that is there. `config` is as read from `top`, without defaults.
std::vector<FieldViolation> CheckConfig(const v1::Config& config, const YAML::Node& top,
                                        const std::string& file, const Places& places,
                                        const Checks& checks);

}  // namespace wheelhouse::config
