// What is done about a release that is locked.
#pragma once

#include <string>

#include "server/helm/releases.h"

namespace wheelhouse::lifecycle {

enum class UnlockWay {
  kNotLocked,
  kDeleteRecord,  // exec makes it again, or installs over it
  kRollBack,      // to a good revision
  kPutRight,      // an uninstall that did not end: the record gets the status from before it
  kLeaveToHelm,   // what exec asks of helm also removes the pending record
};

struct UnlockPlan {
  UnlockWay way = UnlockWay::kNotLocked;
  helm::ReleaseRecord record;  // that locks the release
  int good_revision = 0;       // with kRollBack
  std::string status;          // with kPutRight: what the record says then
  std::string found;  // `revision 3 is pending-upgrade, left by run R with the same inputs`
  std::string doing;  // `its record is deleted, and helm makes it again`

  bool locked() const { return way != UnlockWay::kNotLocked; }
};

}  // namespace wheelhouse::lifecycle
