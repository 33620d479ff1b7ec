// YAML manifests as text: split into documents and identified, never re-emitted.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace wheelhouse {

struct ManifestObject {
  std::string api_version, kind, ns, name;
  bool hook = false;  // has a helm.sh/hook annotation
  std::string text;   // the document as written
  bool keep = false;  // has the annotation helm.sh/resource-policy: keep
};

// `apps` of `apps/v1`; empty for the core group.
std::string GroupOf(const std::string& api_version);

// Empty documents are left out. `where` names the text in errors (APPLY_REJECTED with a line).
absl::StatusOr<std::vector<ManifestObject>> ReadManifests(const std::string& text,
                                                          const std::string& where);

// The documents as one text again, each as it was written.
std::string JoinManifests(const std::vector<ManifestObject>& objects);

}  // namespace wheelhouse
