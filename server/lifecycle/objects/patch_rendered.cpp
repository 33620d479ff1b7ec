#include "server/lifecycle/objects/patch_rendered.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kustomize/patches.h"
#include "server/plan/fields/field_checks.h"

namespace wheelhouse::lifecycle {
namespace {

using kustomize::Patches;

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

absl::StatusOr<std::string> Apply(const Context& context, const Chart& chart,
                                  const Patches& patches, const std::string& rendered) {
  ASSIGN_OR_RETURN(const auto folder,
                   kustomize::WritePatches(patches, chart.services.temp_directory));
  return kustomize::ApplyPatches(context, chart.services.processes, chart.services.kustomize,
                                 folder->path(), rendered);
}

// kustomize does not report which of its patches it could not apply, and every patch must match
// something.
absl::Status CheckMatches(const Context& context, const Chart& chart, const Patches& patches,
                          const std::string& rendered) {
  ASSIGN_OR_RETURN(const std::string marked, Apply(context, chart, MarksOf(patches), rendered));
  plan::FieldViolations wrong;
  for (int i = 0; i < patches.size(); ++i) {
    if (absl::StrContains(marked, absl::StrCat("patches.wheelhouse/mark-", i, ": matched")))
      continue;
    wrong.push_back({absl::StrCat("patches[", i, "]"),
                     absl::StrCat("its target matches nothing that the chart renders: ",
                                  kustomize::TargetOf(patches[i].target()).dump())});
  }
  return wrong.empty() ? absl::OkStatus() : MakeInvalid(Reason::kValuesInvalid, std::move(wrong));
}

absl::Status FirstThatFails(const Context& context, const Chart& chart, const Patches& patches,
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

absl::StatusOr<std::string> PatchRendered(const Context& context, const Chart& chart,
                                          const std::string& rendered) {
  const Patches& patches = chart.info().patches();
  if (patches.empty()) return rendered;
  ASSIGN_OR_RETURN(const helm::HelmVersion version, chart.services.helm.Version(context));
  for (int i = 0; i < patches.size() && version.major == 3; ++i) {
    if (!patches[i].hooks()) continue;
    return MakeFailure(Reason::kHelmUnsupported,
                       absl::StrCat("patches[", i, "].hooks needs helm 4: ", version.text,
                                    " does not pass hooks to post-renderers"));
  }
  // A patch that fails may quote what it should have changed.
  if (const auto objects = ReadManifests(rendered, ""); objects.ok())
    chart.report.AddSecretsOf(*objects);
  auto patched = Apply(context, chart, patches, rendered);
  if (HasReason(patched.status(), Reason::kValuesInvalid)) {
    RETURN_IF_ERROR(FirstThatFails(context, chart, patches, rendered));
  }
  RETURN_IF_ERROR(patched.status());
  RETURN_IF_ERROR(CheckMatches(context, chart, patches, rendered));
  return patched;
}

}  // namespace wheelhouse::lifecycle
