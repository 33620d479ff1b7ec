// Charts as archives for UploadChart.
#pragma once

#include <absl/status/statusor.h>

#include <string>

namespace wheelhouse::cli {

// Whether a folder's archive gets, in its charts/ folder, the charts beside it that it depends on
// (sibling_charts.h). Not for charts of others, which must not choose folders of this machine.
enum class Siblings { kPack, kLeaveOut };

// The bytes of a .tgz. A folder is packed without what its .helmignore excludes, and the same
// content gives the same bytes; a file is taken as it is. INVALID_ARGUMENT, naming the path, when
// there is no chart or it cannot be packed.
absl::StatusOr<std::string> PackChart(const std::string& path, Siblings siblings = Siblings::kPack);

// What stands beside an archive to show who made it: the text of PATH.prov, as `helm package
// --sign` writes it. Empty when there is none, and for a folder, whose archive is made anew.
// INVALID_ARGUMENT when it cannot be read, or is larger than the daemon takes.
absl::StatusOr<std::string> ProvenanceOf(const std::string& path);

}  // namespace wheelhouse::cli
