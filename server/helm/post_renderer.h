// The program that rendered manifests go through between helm and the cluster. helm 3 takes a
// program; helm 4 takes the name of a plugin below HELM_PLUGINS, so the program gets a plugin.
#pragma once

#include <absl/status/status.h>

#include <string>

namespace wheelhouse::helm {

inline constexpr char kPostRendererPlugin[] = "wheelhouse-patches";

// Writes the plugin that runs `program` (an absolute path) into HelmCli's plugin folder below
// `state_directory`. Errors: STORE_UNAVAILABLE.
absl::Status InstallPostRenderer(const std::string& state_directory, const std::string& program);

}  // namespace wheelhouse::helm
