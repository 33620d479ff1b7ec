// The daemon's program as helm's post-renderer: `wheelhoused post-render KUSTOMIZE FOLDER` applies
// the kustomizations in FOLDER (patches.h) to the manifests on stdin. Only helm calls it.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::kustomize {

inline constexpr char kPostRender[] = "post-render";

// The path of the running program, for helm to start.
absl::StatusOr<std::string> OwnProgram();

// Returns the exit code. Errors go to stderr, which helm repeats.
int PostRender(int argc, char** argv);

}  // namespace wheelhouse::kustomize
