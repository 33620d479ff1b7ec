// The daemon's program as helm's post-renderer: `wheelhoused post-render KUSTOMIZE FOLDER` changes
// manifests on stdin as the kustomizations in FOLDER say (patches.h). Only helm calls it.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::kustomize {

inline constexpr char kPostRender[] = "post-render";

// The path of the program that runs, for helm to start.
absl::StatusOr<std::string> OwnProgram();

// The exit code; what is wrong goes to stderr, which helm repeats.
int PostRender(int argc, char** argv);

}  // namespace wheelhouse::kustomize
