// ChartInfo.patches: what kustomize changes in rendered manifests on their way from helm to the
// cluster. kustomize does the patching. This code writes its folders, and passes on unchanged what
// kustomize must not see (hooks, unless a patch asks for them) or does not accept (objects without
// a name).
//
// No text from a caller becomes an argument, a file name or shell input; kustomize gets no plugins
// and no resource other than the one file.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "common/context.h"
#include "common/process/process.h"
#include "common/process/temp_folder.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::kustomize {

using Patches = google::protobuf::RepeatedPtrField<v1::Patch>;

// A patch's target as kustomize writes it, without the fields that are empty.
nlohmann::json TargetOf(const v1::PatchTarget& target);

// Writes the kustomizations of `patches` into a new folder.
absl::StatusOr<std::unique_ptr<TempFolder>> WritePatches(const Patches& patches,
                                                         const std::string& temp_root);

// `rendered` as changed by the kustomizations in `folder`. The documents keep their order, except
// that hooks and then objects without a name come last. Errors: KUSTOMIZE_MISSING; VALUES_INVALID
// with kustomize's own message.
absl::StatusOr<std::string> ApplyPatches(const Context& context, ProcessRunner& runner,
                                         const std::string& kustomize, const std::string& folder,
                                         const std::string& rendered);

}  // namespace wheelhouse::kustomize
