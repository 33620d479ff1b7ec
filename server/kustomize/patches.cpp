#include "server/kustomize/patches.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/formats/manifest.h"
#include "common/process/child_limits.h"
#include "common/status_macros.h"

namespace wheelhouse::kustomize {
namespace {

// Below the folder of WritePatches: a kustomization for objects that are not hooks, and one for
// hooks.
constexpr char kObjects[] = "objects", kHooks[] = "hooks";
constexpr char kRendered[] = "rendered.yaml";

// Writes a kustomization of all `patches`, or of those that change hooks.
absl::Status WriteKustomization(const Patches& patches, bool hooks, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error)
    return MakeFailure(Reason::kStoreUnavailable, absl::StrCat(folder, ": ", error.message()));
  nlohmann::json listed = nlohmann::json::array();
  for (int i = 0; i < patches.size(); ++i) {
    const v1::Patch& patch = patches[i];
    if (hooks && !patch.hooks()) continue;
    const std::string file = absl::StrCat("patch-", i, ".yaml");
    RETURN_IF_ERROR(
        WritePrivateFile(absl::StrCat(folder, "/", file),
                         patch.has_json6902() ? patch.json6902() : patch.strategic_merge()));
    listed.push_back({{"path", file}, {"target", TargetOf(patch.target())}});
  }
  const nlohmann::json kustomization = {{"resources", {kRendered}}, {"patches", listed}};
  return WritePrivateFile(folder + "/kustomization.yaml", kustomization.dump());
}

absl::StatusOr<std::string> Build(const Context& context, ProcessRunner& runner,
                                  const std::string& kustomize, const std::string& folder,
                                  const std::string& text) {
  if (text.empty()) return std::string();
  RETURN_IF_ERROR(WritePrivateFile(absl::StrCat(folder, "/", kRendered), text));
  const char* path = std::getenv("PATH");
  // No HOME: kustomize looks for plugins there.
  const auto result = runner.Run(context, {.argv = {kustomize, "build", folder},
                                           .env = {{"PATH", path != nullptr ? path : "/usr/bin"}},
                                           .stdout_limit = 32 << 20});
  RETURN_IF_ERROR(context.Check());
  if (!result.ok()) {
    return MakeFailure(Reason::kKustomizeMissing,
                       absl::StrCat("the kustomize at ", kustomize,
                                    " cannot be run: ", std::string(result.status().message())));
  }
  if (result->exit_code == 0 && !result->truncated) return result->out;
  RETURN_IF_ERROR(CheckWithinLimits(*result, "kustomize"));
  return MakeFailure(
      Reason::kValuesInvalid,
      absl::StrCat("kustomize: ", result->truncated ? "the output is larger than 32 MiB"
                                                    : absl::StripAsciiWhitespace(result->err)));
}

}  // namespace

nlohmann::json TargetOf(const v1::PatchTarget& target) {
  nlohmann::json json = nlohmann::json::object();
  const auto set = [&json](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  set("group", target.group());
  set("version", target.version());
  set("kind", target.kind());
  set("name", target.name());
  set("namespace", target.namespace_());
  set("labelSelector", target.label_selector());
  return json;
}

absl::StatusOr<std::unique_ptr<TempFolder>> WritePatches(const Patches& patches,
                                                         const std::string& temp_root) {
  ASSIGN_OR_RETURN(auto folder, TempFolder::Make(temp_root, "patches"));
  RETURN_IF_ERROR(WriteKustomization(patches, false, absl::StrCat(folder->path(), "/", kObjects)));
  if (std::ranges::any_of(patches, [](const v1::Patch& patch) { return patch.hooks(); }))
    RETURN_IF_ERROR(WriteKustomization(patches, true, absl::StrCat(folder->path(), "/", kHooks)));
  return folder;
}

absl::StatusOr<std::string> ApplyPatches(const Context& context, ProcessRunner& runner,
                                         const std::string& kustomize, const std::string& folder,
                                         const std::string& rendered) {
  ASSIGN_OR_RETURN(const auto all, ReadDocuments(rendered, "the rendered chart"));
  std::error_code error;
  const bool patches_hooks = std::filesystem::exists(absl::StrCat(folder, "/", kHooks), error);
  std::string objects, hooks, untouched;
  for (const ManifestObject& object : all) {
    // kustomize accepts a list without a name, but no other object (generateName). It puts the
    // items in the list's place: those of a hook would no longer be hooks.
    const bool list = absl::EndsWith(object.kind, "List");
    const bool takes = list ? !object.hook : !object.name.empty();
    std::string& to = !takes || (object.hook && !patches_hooks) ? untouched
                      : object.hook                             ? hooks
                                                                : objects;
    absl::StrAppend(&to, "---\n", object.text);
  }
  std::string patched;
  for (const auto& [name, text] : {std::pair(kObjects, objects), std::pair(kHooks, hooks)}) {
    ASSIGN_OR_RETURN(const std::string built,
                     Build(context, runner, kustomize, absl::StrCat(folder, "/", name), text));
    if (!built.empty()) absl::StrAppend(&patched, "---\n", built);
  }
  return patched + untouched;
}

}  // namespace wheelhouse::kustomize
