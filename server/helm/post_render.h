// Where helm finds its post-renderer (post_renderer/), which hands what was rendered to the daemon
// (gate_channel.h).
//
// helm 3 starts a program; helm 4 a plugin below HELM_PLUGINS, so the program gets one there. helm
// 3 would call that plugin broken in each call (`failed to load plugins`), so that each major has a
// folder of its own.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace wheelhouse::helm {

inline constexpr char kPostRendererPlugin[] = "wheelhouse-gate";

// The program's path: beside the daemon's own. INTERNAL when it is not there.
absl::StatusOr<std::string> FindPostRenderer();

// HELM_PLUGINS of a major.
std::string PluginFolder(const std::string& state_directory, int major);

// Writes helm 4's plugin that runs `program`, an absolute path. Errors: STORE_UNAVAILABLE.
absl::Status InstallPostRenderer(const std::string& state_directory, const std::string& program);

}  // namespace wheelhouse::helm
