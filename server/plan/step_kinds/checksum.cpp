#include "common/formats/jsonpath.h"
#include "server/plan/fields/object_refs.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckChecksum(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::ChecksumStep& checksum = step.checksum();
  const std::string at = path + ".checksum";
  CheckRefs(checksum.objects(), checksum.selectors(), at, wrong);
  const auto read = ReadJsonPath(nlohmann::json::object(), checksum.json_path());
  if (!checksum.json_path().empty() && !read.ok())
    wrong->push_back({at + ".json_path", std::string(read.status().message())});
  const bool compares = !checksum.compare_with().empty();
  if (!checksum.to_payload().empty() || !compares)
    CheckPayloadKey(checksum.to_payload(), at + ".to_payload", wrong);
  if (compares || !checksum.changed_to_payload().empty()) {
    CheckPayloadKey(checksum.compare_with(), at + ".compare_with", wrong);
    CheckPayloadKey(checksum.changed_to_payload(), at + ".changed_to_payload", wrong);
  }
}

void AddNamespacesOfChecksum(const v1::Step& step, std::set<std::string>* namespaces) {
  AddNamespaces(step.checksum().objects(), step.checksum().selectors(), namespaces);
}

}  // namespace wheelhouse::plan
