#include "server/cel/names.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "common/formats/yaml_proto.h"

namespace wheelhouse::cel {

size_t Names::Enter(absl::string_view name) {
  locals_.emplace_back(name);
  return locals_.size() - 1;
}

bool Names::Knows(absl::string_view name) const {
  return std::ranges::find(locals_, name) != locals_.end() ||
         std::ranges::find(variables_, name) != variables_.end();
}

absl::StatusOr<Node> Names::Resolve(const Token& name) const {
  Node node;
  for (size_t slot = locals_.size(); slot > 0; --slot) {
    if (locals_[slot - 1] != name.text) continue;
    node.op = Op::kLocal;
    node.slot = slot - 1;
    return node;
  }
  if (Knows(name.text)) {
    node.op = Op::kVariable;
    node.text = std::string(name.text);
    return node;
  }
  if (const auto kind = KindNamed(name.text)) {
    node.literal = Value(TypeName{*kind});
    return node;
  }
  std::vector<std::string> known = locals_;
  known.insert(known.end(), variables_.begin(), variables_.end());
  const std::string nearest = NearestName(std::string(name.text), known);
  return SyntaxError(
      name.at,
      absl::StrCat("`", name.text, "` is unknown; ",
                   nearest.empty() ? "" : absl::StrCat("did you mean `", nearest, "`? "),
                   known.empty() ? "no variables are known"
                                 : absl::StrCat("known are ", absl::StrJoin(known, ", "))));
}

}  // namespace wheelhouse::cel
