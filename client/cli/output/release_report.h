// Releases and their revisions as tables.
#pragma once

#include <absl/time/time.h>

#include <ostream>

#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::cli {

// One row for each release, with its drift where the daemon looks for it on a schedule.
void PrintReleases(const v1::ListReleasesResponse& releases, absl::Time now, absl::TimeZone zone,
                   std::ostream& out);
// One row for each revision, newest first.
void PrintRevisions(const v1::ListRevisionsResponse& revisions, absl::Time now, absl::TimeZone zone,
                    std::ostream& out);

}  // namespace wheelhouse::cli
