// What the run engine gets from outside: its bounds, and how plans are prepared and allowed.
#pragma once

#include "common/principal.h"
#include "server/config/config.h"
#include "server/helm/charts.h"
#include "server/outgoing/sources/chart_sources.h"
#include "server/plan/maxima.h"
#include "server/plan/profiles.h"
#include "server/runs/engine/engine_options.h"

namespace wheelhouse::setup {

// What the operator lets this caller's plans ask for.
plan::Maxima MaximaFor(const config::v1::Maxima& config, const Principal& caller);

// What is lent must outlive the function.
runs::PreparePlan PrepareWith(const config::v1::Maxima& maxima,
                              const outgoing::ChartSources& sources, const plan::Profiles& profiles,
                              helm::ChartArchives& archives);

// What is lent must outlive the engine.
runs::EngineOptions EngineOptionsOf(const config::v1::Config& config, runs::ClaimsByCluster claims,
                                    runs::PreparePlan prepare,
                                    const outgoing::ChartSources& sources,
                                    runs::RunObserver& observer, Watchdog& watchdog);

}  // namespace wheelhouse::setup
