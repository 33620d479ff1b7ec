#include "server/inspection/revision_content.h"

#include <absl/strings/str_cat.h>

#include <string>
#include <vector>

#include "common/status_macros.h"
#include "server/inspection/release_mask.h"

namespace wheelhouse::inspection {
namespace {

void AddValues(const helm::Release& release, const ReleaseMask& mask,
               v1::GetRevisionResponse* content) {
  if (!release.values.is_object()) {
    content->set_values("{}");
    return;
  }
  std::vector<std::string> masked;
  const kube::Json shown = mask.Values(release.values, {}, &masked);
  content->set_values(shown.dump(-1, ' ', false, kube::Json::error_handler_t::replace));
  for (const std::string& path : masked) content->add_masked(absl::StrCat("values.", path));
}

absl::StatusOr<v1::RevisionHook> ShownHook(const helm::ReleaseHook& hook, const ReleaseMask& mask,
                                           std::vector<std::string>* masked) {
  v1::RevisionHook shown;
  shown.set_name(mask.Text(hook.name));
  shown.set_kind(mask.Text(hook.kind));
  shown.mutable_events()->Add(hook.events.begin(), hook.events.end());
  shown.set_last_phase(mask.Text(hook.last_phase));
  ASSIGN_OR_RETURN(*shown.mutable_manifest(), mask.Manifest(hook.manifest, masked));
  return shown;
}

}  // namespace

absl::StatusOr<v1::GetRevisionResponse> ContentOf(const helm::Release& release,
                                                  const std::set<int>& parts) {
  ASSIGN_OR_RETURN(const ReleaseMask mask, ReleaseMask::Of({&release}));
  const auto wanted = [&parts](v1::RevisionPart part) {
    return parts.empty() || parts.contains(part);
  };
  v1::GetRevisionResponse content;
  std::vector<std::string> masked;
  if (wanted(v1::REVISION_PART_VALUES)) AddValues(release, mask, &content);
  if (wanted(v1::REVISION_PART_MANIFEST)) {
    ASSIGN_OR_RETURN(*content.mutable_manifest(), mask.Manifest(release.manifest, &masked));
  }
  if (wanted(v1::REVISION_PART_NOTES)) content.set_notes(mask.Text(release.notes));
  if (wanted(v1::REVISION_PART_HOOKS)) {
    for (const helm::ReleaseHook& hook : release.hooks) {
      ASSIGN_OR_RETURN(*content.add_hooks(), ShownHook(hook, mask, &masked));
    }
  }
  content.mutable_masked()->Add(masked.begin(), masked.end());
  return content;
}

}  // namespace wheelhouse::inspection
