#include <algorithm>

#include "server/plan/fields/urls.h"
#include "server/plan/step_kinds/kinds.h"

namespace wheelhouse::plan {

void CheckNotify(const v1::Step& step, const std::string& path, FieldViolations* wrong) {
  const v1::NotifyStep& notify = step.notify();
  const std::string at = path + ".notify";
  if (const std::string what = CheckUrl(notify.url()); !what.empty())
    wrong->push_back({at + ".url", what});
  if (std::ranges::any_of(notify.content_type(), [](char c) { return c < ' ' || c > '~'; }))
    wrong->push_back({at + ".content_type", "expected a media type such as text/plain"});
}

}  // namespace wheelhouse::plan
