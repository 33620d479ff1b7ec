// What must hold in a configuration beyond the types of its fields.
#pragma once

#include <vector>

#include "common/failure.h"
#include "common/yaml_proto.h"
#include "server/config/config.h"

namespace wheelhouse::config {

// Every error with its place: that of the field, or of the nearest thing around it that is there;
// empty when nothing is. `config` is as read, without defaults; `lines` tells where.
std::vector<FieldViolation> CheckConfig(const v1::Config& config, const YamlPlaces& lines,
                                        const Places& places, const Checks& checks);

}  // namespace wheelhouse::config
