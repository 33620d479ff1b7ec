// index.yaml of a chart repository, which may be large (the index of a big publisher has 20 MB) and
// is not trusted: read as a stream, in constant memory, and only what it says of one chart is kept.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/context.h"

namespace wheelhouse::outgoing {

struct IndexEntry {
  std::string version;
  std::string digest;  // of the archive: hex; may be empty
  std::vector<std::string> urls;
};

// What the file says of the chart `name`; nothing when it has none of that name. CHART_NOT_FOUND,
// naming `what`, when the file is no index; CHART_TOO_LARGE; what ended the Context.
absl::StatusOr<std::vector<IndexEntry>> ReadIndex(const Context& context, const std::string& file,
                                                  const std::string& name, const std::string& what);

}  // namespace wheelhouse::outgoing
