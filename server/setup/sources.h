// Where the daemon may fetch charts from, as the configuration says.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>

#include "server/config/config.h"
#include "server/outgoing/sources/chart_sources.h"

namespace wheelhouse::setup {

// With whose signatures are trusted, of fetched charts and of uploaded ones.
absl::StatusOr<outgoing::ChartSources> SourcesOf(const config::v1::Config& config);

// What is wrong with a source, by field, for config::Checks.
std::map<std::string, std::string> WrongWithSource(const config::v1::AllowedSource& source);

}  // namespace wheelhouse::setup
