// The daemon's own program as helm's post-renderer: `wheelhoused post-render` hands the manifest on
// stdin to the daemon (gate_channel.h) and writes what comes back to stdout. Only helm calls it.
//
// helm 3 starts a program; helm 4 a plugin below HELM_PLUGINS, so the program gets one there. helm
// 3 would call that plugin broken in each call (`failed to load plugins`), so that each major has a
// folder of its own.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace wheelhouse::helm {

inline constexpr char kPostRender[] = "post-render";
inline constexpr char kPostRendererPlugin[] = "wheelhouse-gate";

// The path of the running program.
absl::StatusOr<std::string> OwnProgram();

// HELM_PLUGINS of a major.
std::string PluginFolder(const std::string& state_directory, int major);

// Writes helm 4's plugin that runs `program`, an absolute path. Errors: STORE_UNAVAILABLE.
absl::Status InstallPostRenderer(const std::string& state_directory, const std::string& program);

// What main does for the argument kPostRender: returns the exit code. The socket to the daemon is
// kGateDescriptor. Errors go to stderr, which helm repeats.
int PostRender();

// Where helm, and all that helm starts, have the socket: the first of ProcessSpec.descriptors. Go
// leaves inherited descriptors alone (4.3.1, 3.22.0).
inline constexpr int kGateDescriptor = 3;

}  // namespace wheelhouse::helm
