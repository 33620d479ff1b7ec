// ChartInfo.patches: what kustomize changes in rendered manifests, on their way from helm to the
// cluster. The patching is kustomize's own; here its folders are made, and what it does not see
// (hooks unless asked for, objects without a name) goes round it as it was rendered.
//
// helm runs the daemon's own program as its post-renderer (server/post_render.h), with a folder of
// kustomizations that the daemon wrote. No text of a caller's is an argument, names a file or
// reaches a shell; kustomize gets no plugins and no resource but the one file.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "common/process.h"
#include "server/helm/temp_folder.h"
#include "server/lifecycle/chart_context.h"

namespace wheelhouse::lifecycle {

using Patches = google::protobuf::RepeatedPtrField<v1::Patch>;

// The kustomizations of `patches`.
absl::StatusOr<std::unique_ptr<helm::TempFolder>> WritePatches(const Patches& patches,
                                                               const std::string& temp_root);

// `rendered` as the kustomizations in `folder` change it, documents in their order (hooks, then
// what has no name, behind the others). KUSTOMIZE_MISSING; VALUES_INVALID with kustomize's words.
absl::StatusOr<std::string> ApplyPatches(const Context& context, ProcessRunner& runner,
                                         const std::string& kustomize, const std::string& folder,
                                         const std::string& rendered);

// For check: applies the chart's patches to what it renders. VALUES_INVALID with a violation
// `patches[i]` for the first that kustomize cannot apply, or else for each that matches nothing
// rendered; HELM_UNSUPPORTED for hooks under helm 3, which shows them to no post-renderer.
absl::StatusOr<std::string> PatchRendered(const Context& context, ChartContext& chart,
                                          const std::string& rendered);

}  // namespace wheelhouse::lifecycle
