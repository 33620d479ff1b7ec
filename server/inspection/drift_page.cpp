#include "server/inspection/drift_page.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/parallel.h"
#include "common/status_macros.h"

namespace wheelhouse::inspection {
namespace {

// Each looks at several objects at the same time.
constexpr size_t kAtOnce = 4;
constexpr absl::Duration kPatience = absl::Seconds(10);

}  // namespace

absl::StatusOr<v1::CheckDriftResponse> DriftPage(const Context& context, kube::KubeClient& client,
                                                 const std::vector<ReleaseKey>& releases,
                                                 const ReleaseKey& after, size_t size,
                                                 const Clock& clock) {
  const auto first = std::ranges::upper_bound(releases, after);
  const auto left = static_cast<size_t>(releases.end() - first);
  const size_t most = std::min(left, size);
  const absl::Time begun = clock.Now();
  v1::CheckDriftResponse page;
  size_t done = 0;
  while (done < most && (done == 0 || clock.Now() - begun < kPatience)) {
    const size_t count = std::min(kAtOnce, most - done);
    std::vector<absl::StatusOr<v1::ReleaseDrift>> checked(count, v1::ReleaseDrift());
    InParallel(count, kAtOnce, [&](size_t i) {
      checked[i] =
          DriftOf(context, client, *(first + static_cast<ptrdiff_t>(done + i)), clock.Now());
    });
    for (absl::StatusOr<v1::ReleaseDrift>& one : checked) {
      ASSIGN_OR_RETURN(*page.add_releases(), std::move(one));
    }
    done += count;
  }
  if (done > 0 && done < left) {
    const ReleaseKey& last = *(first + static_cast<ptrdiff_t>(done - 1));
    page.set_next_page_token(absl::StrCat(last.first, "/", last.second));
  }
  return page;
}

}  // namespace wheelhouse::inspection
