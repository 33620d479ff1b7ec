#include "server/kube/proxy/object_path.h"

#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <vector>

namespace wheelhouse::kube {

std::optional<ObjectPath> ParseObjectPath(absl::string_view target) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(target, absl::MaxSplits('?', 1));
  const std::vector<std::string> words = absl::StrSplit(parts.first, '/');
  // `` api VERSION, or `` apis GROUP VERSION; then namespaces NAMESPACE RESOURCE NAME.
  const bool core = words.size() > 1 && words[1] == "api";
  const size_t begin = core ? 3 : 4;
  if (words.size() < begin + 4 || !words[0].empty() || (!core && words[1] != "apis") ||
      words[begin] != "namespaces" || parts.first.find('%') != absl::string_view::npos ||
      std::any_of(words.begin() + 1, words.end(), [](const auto& word) { return word.empty(); }))
    return std::nullopt;
  const auto end = words.begin() + static_cast<std::ptrdiff_t>(begin) + 3;
  return ObjectPath{.collection = absl::StrJoin(words.begin(), end, "/"),
                    .resource = words[begin + 2],
                    .group = core ? "" : words[2],
                    .name = *end,
                    .alone = parts.second.empty() && end + 1 == words.end()};
}

}  // namespace wheelhouse::kube
