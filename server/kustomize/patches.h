// ChartInfo.patches: what kustomize changes in rendered manifests, on their way from helm to the
// cluster. The patching is kustomize's own; here its folders are made, and what it does not see
// (hooks unless asked for, objects without a name) goes round it as it was rendered.
//
// helm runs the daemon's own program as its post-renderer (post_render.h), with a folder of
// kustomizations that the daemon wrote. No text of a caller's is an argument, names a file or
// reaches a shell; kustomize gets no plugins and no resource but the one file.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/context.h"
#include "common/process.h"
#include "common/temp_folder.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::kustomize {

using Patches = google::protobuf::RepeatedPtrField<v1::Patch>;

// A patch's target as kustomize writes it, without the fields that are empty.
nlohmann::json TargetOf(const v1::PatchTarget& target);

// The kustomizations of `patches`.
absl::StatusOr<std::unique_ptr<TempFolder>> WritePatches(const Patches& patches,
                                                         const std::string& temp_root);

// `rendered` as the kustomizations in `folder` change it, documents in their order (hooks, then
// what has no name, behind the others). KUSTOMIZE_MISSING; VALUES_INVALID with kustomize's words.
absl::StatusOr<std::string> ApplyPatches(const Context& context, ProcessRunner& runner,
                                         const std::string& kustomize, const std::string& folder,
                                         const std::string& rendered);

}  // namespace wheelhouse::kustomize
