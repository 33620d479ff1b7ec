// What the daemon lends to every run of a chart.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/process/process.h"
#include "server/helm/charts.h"
#include "server/helm/helm_client.h"
#include "server/lifecycle/core/hook_caller.h"
#include "server/outgoing/egress.h"
#include "server/outgoing/sources/chart_sources.h"
#include "server/plan/profiles.h"
#include "server/signatures/verifier.h"

namespace wheelhouse::lifecycle {

// A program that the operator listed by name.
struct OperatorCommand {
  std::vector<std::string> argv;  // before the step's own arguments
  std::map<std::string, std::string> env;
};

class KnownReleases;

// Lent by main.cpp; they outlive every run.
struct Services {
  helm::HelmClient& helm;
  helm::ChartArchives& archives;
  ProcessRunner& processes;
  const Clock& clock;
  std::map<std::string, OperatorCommand> commands;
  outgoing::Egress egress;
  outgoing::ChartSources sources;
  const signatures::Verifier& verifier;
  std::string temp_directory;       // 0700
  absl::Duration foreign_lock_age;  // when allow.unlock counts
  std::string kustomize;            // a path, or a name that is looked up in PATH
  plan::Profiles profiles;
  std::set<std::string> protected_namespaces;  // whose releases are never destroyed
  HookCaller* hooks = nullptr;                 // nullptr: hook steps fail with HOOK_UNAVAILABLE
  KnownReleases* known_releases = nullptr;     // lent; nullptr: none are remembered
};

}  // namespace wheelhouse::lifecycle
