// YAML manifests as text: split into documents and identified, never re-emitted.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace wheelhouse {

// One object, whose text is within the default YamlBudget. What stands in a list is an object of
// its own, whose text is written anew with the types that it had (flow_yaml.h); helm reads the
// annotations of hooks and of what is kept on the list alone.
struct ManifestObject {
  std::string api_version, kind, ns, name;
  bool hook = false;        // has a helm.sh/hook annotation
  std::string text;         // the document as written, unless it stood in a list
  bool keep = false;        // has the annotation helm.sh/resource-policy: keep
  std::string hook_events;  // of that annotation: `post-install,post-upgrade`
};

// `apps` of `apps/v1`; empty for the core group.
std::string GroupOf(const std::string& api_version);

// Empty documents are left out; a list (what has `items`, whatever its kind: so the API machinery
// has it) becomes its items, however deep. `where` names the text in errors (APPLY_REJECTED with a
// line).
absl::StatusOr<std::vector<ManifestObject>> ReadManifests(const std::string& text,
                                                          const std::string& where);

// The same, but a list stays the one document that it is.
absl::StatusOr<std::vector<ManifestObject>> ReadDocuments(const std::string& text,
                                                          const std::string& where);

// The documents as one text again, each as it was written.
std::string JoinManifests(const std::vector<ManifestObject>& objects);

}  // namespace wheelhouse
