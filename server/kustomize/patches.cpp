#include "server/lifecycle/objects/patches.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "common/status_macros.h"
#include "server/plan/field_checks.h"

namespace wheelhouse::lifecycle {
namespace {

// Below the folder of WritePatches: a kustomization for what is no hook, and one for hooks.
constexpr char kObjects[] = "objects", kHooks[] = "hooks";
constexpr char kRendered[] = "rendered.yaml";

kube::Json TargetOf(const v1::PatchTarget& target) {
  kube::Json json = kube::Json::object();
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

// Those of `patches` that change hooks, or all of them, as a kustomization.
absl::Status WriteKustomization(const Patches& patches, bool hooks, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error)
    return MakeFailure(Reason::kStoreUnavailable, absl::StrCat(folder, ": ", error.message()));
  kube::Json listed = kube::Json::array();
  for (int i = 0; i < patches.size(); ++i) {
    const v1::Patch& patch = patches[i];
    if (hooks && !patch.hooks()) continue;
    const std::string file = absl::StrCat("patch-", i, ".yaml");
    RETURN_IF_ERROR(
        helm::WritePrivateFile(absl::StrCat(folder, "/", file),
                               patch.has_json6902() ? patch.json6902() : patch.strategic_merge()));
    listed.push_back({{"path", file}, {"target", TargetOf(patch.target())}});
  }
  const kube::Json kustomization = {{"resources", {kRendered}}, {"patches", listed}};
  return helm::WritePrivateFile(folder + "/kustomization.yaml", kustomization.dump());
}

absl::StatusOr<std::string> Build(const Context& context, ProcessRunner& runner,
                                  const std::string& kustomize, const std::string& folder,
                                  const std::string& text) {
  if (text.empty()) return std::string();
  RETURN_IF_ERROR(helm::WritePrivateFile(absl::StrCat(folder, "/", kRendered), text));
  const char* path = std::getenv("PATH");
  // No HOME: kustomize looks for plugins there.
  const auto result = runner.Run(context, {.argv = {kustomize, "build", folder},
                                           .env = {{"PATH", path != nullptr ? path : "/usr/bin"}},
                                           .stdout_limit = 64 << 20});
  RETURN_IF_ERROR(context.Check());
  if (!result.ok()) {
    return MakeFailure(Reason::kKustomizeMissing,
                       absl::StrCat("the kustomize at ", kustomize,
                                    " cannot be run: ", std::string(result.status().message())));
  }
  if (result->exit_code == 0 && !result->truncated) return result->out;
  return MakeFailure(
      Reason::kValuesInvalid,
      absl::StrCat("kustomize: ", result->truncated ? "more than 64 MiB"
                                                    : absl::StripAsciiWhitespace(result->err)));
}

// Sets an annotation on all that each patch of `patches` matches.
Patches MarksOf(const Patches& patches) {
  Patches marks = patches;
  for (int i = 0; i < marks.size(); ++i) {
    marks[i].set_strategic_merge(
        absl::StrCat("{\"kind\": \"x\", \"metadata\": {\"name\": \"x\", \"annotations\": "
                     "{\"patches.wheelhouse/mark-",
                     i, "\": \"matched\"}}}"));
  }
  return marks;
}

absl::StatusOr<std::string> Apply(const Context& context, ChartContext& chart,
                                  const Patches& patches, const std::string& rendered) {
  ASSIGN_OR_RETURN(const auto folder, WritePatches(patches, chart.services.temp_directory));
  return ApplyPatches(context, chart.services.processes, chart.services.kustomize, folder->path(),
                      rendered);
}

// kustomize does not say which of its patches it could not apply; and none may match nothing.
absl::Status CheckMatches(const Context& context, ChartContext& chart, const Patches& patches,
                          const std::string& rendered) {
  ASSIGN_OR_RETURN(const std::string marked, Apply(context, chart, MarksOf(patches), rendered));
  plan::Wrong wrong;
  for (int i = 0; i < patches.size(); ++i) {
    if (absl::StrContains(marked, absl::StrCat("patches.wheelhouse/mark-", i, ": matched")))
      continue;
    wrong.push_back({absl::StrCat("patches[", i, "]"),
                     absl::StrCat("its target matches nothing that the chart renders: ",
                                  TargetOf(patches[i].target()).dump())});
  }
  return wrong.empty() ? absl::OkStatus() : MakeInvalid(Reason::kValuesInvalid, std::move(wrong));
}

absl::Status FirstThatFails(const Context& context, ChartContext& chart, const Patches& patches,
                            const std::string& rendered) {
  for (int i = 0; i < patches.size(); ++i) {
    const Patches those(patches.begin(), patches.begin() + i + 1);
    const absl::Status status = Apply(context, chart, those, rendered).status();
    if (!HasReason(status, Reason::kValuesInvalid)) {
      RETURN_IF_ERROR(status);
      continue;
    }
    return MakeInvalid(Reason::kValuesInvalid,
                       {{absl::StrCat("patches[", i, "]"), FailureOf(status).message()}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<helm::TempFolder>> WritePatches(const Patches& patches,
                                                               const std::string& temp_root) {
  ASSIGN_OR_RETURN(auto folder, helm::TempFolder::Make(temp_root, "patches"));
  RETURN_IF_ERROR(WriteKustomization(patches, false, absl::StrCat(folder->path(), "/", kObjects)));
  if (std::ranges::any_of(patches, [](const v1::Patch& patch) { return patch.hooks(); }))
    RETURN_IF_ERROR(WriteKustomization(patches, true, absl::StrCat(folder->path(), "/", kHooks)));
  return folder;
}

absl::StatusOr<std::string> ApplyPatches(const Context& context, ProcessRunner& runner,
                                         const std::string& kustomize, const std::string& folder,
                                         const std::string& rendered) {
  ASSIGN_OR_RETURN(const auto all, ReadManifests(rendered, "the rendered chart"));
  std::error_code error;
  const bool patches_hooks = std::filesystem::exists(absl::StrCat(folder, "/", kHooks), error);
  std::string objects, hooks, untouched;
  for (const ManifestObject& object : all) {
    // kustomize takes no object without a name (generateName), but a list.
    const bool takes = !object.name.empty() || absl::EndsWith(object.kind, "List");
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

absl::StatusOr<std::string> PatchRendered(const Context& context, ChartContext& chart,
                                          const std::string& rendered) {
  const Patches& patches = chart.info().patches();
  if (patches.empty()) return rendered;
  ASSIGN_OR_RETURN(const helm::HelmVersion version, chart.services.helm.Version(context));
  for (int i = 0; i < patches.size() && version.major == 3; ++i) {
    if (!patches[i].hooks()) continue;
    return MakeFailure(Reason::kHelmUnsupported,
                       absl::StrCat("patches[", i, "].hooks needs helm 4: ", version.text,
                                    " shows hooks to no post-renderer"));
  }
  auto patched = Apply(context, chart, patches, rendered);
  if (HasReason(patched.status(), Reason::kValuesInvalid)) {
    RETURN_IF_ERROR(FirstThatFails(context, chart, patches, rendered));
  }
  RETURN_IF_ERROR(patched.status());
  RETURN_IF_ERROR(CheckMatches(context, chart, patches, rendered));
  return patched;
}

}  // namespace wheelhouse::lifecycle
