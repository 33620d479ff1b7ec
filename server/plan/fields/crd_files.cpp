#include "server/plan/fields/crd_files.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::plan {

absl::StatusOr<Crds> ReadCrds(const std::string& text, const std::string& where) {
  ASSIGN_OR_RETURN(Crds crds, ReadManifests(text, where));
  for (const ManifestObject& crd : crds) {
    if (crd.kind == kCrd && !crd.name.empty()) continue;
    return MakeFailure(Reason::kApplyRejected, absl::StrCat(where, " contains the ", crd.kind, " ",
                                                            crd.name, ", which is not a ", kCrd));
  }
  return crds;
}

void CheckCrdFile(const std::string& text, const std::string& path, FieldViolations* wrong) {
  const absl::StatusOr<Crds> crds = ReadCrds(text, "the text");
  if (!crds.ok()) return wrong->push_back({path, FailureOf(crds.status()).message()});
  if (crds->empty()) wrong->push_back({path, "expected at least one CustomResourceDefinition"});
}

}  // namespace wheelhouse::plan
