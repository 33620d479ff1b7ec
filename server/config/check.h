// What must hold in a configuration beyond the types of its fields.
#pragma once

#include <vector>

#include "common/failure.h"
#include "common/formats/yaml_proto.h"
#include "server/config/config.h"

namespace wheelhouse::config {

// Every error. Its `field` is the position of the wrong field, or of the nearest thing around it
// that is in the file; empty when there is neither. `config` is as read, without defaults; `lines`
// has the positions.
std::vector<FieldViolation> CheckConfig(const v1::Config& config, const YamlLocations& lines,
                                        const DefaultPaths& paths, const Checks& checks);

}  // namespace wheelhouse::config
