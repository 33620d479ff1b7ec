// The trail of a run (trail.proto), as it is journalled and read back.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>

#include "server/lifecycle/core/chart_request.h"
#include "server/lifecycle/core/journal.h"
#include "server/lifecycle/core/trail.pb.h"

namespace wheelhouse::lifecycle {

// The trail of a run that has not begun: exec is at its first attempt.
Trail NewTrail();

// The trail of one run in its journal. The trail is written with each transition. What steps hand
// to one another may be large and seldom changes, so that each of these texts is kept once
// (Journal::Keep), and the trail that is written has only its number. Not thread-safe.
class StoredTrail {
 public:
  // `journal` is lent.
  explicit StoredTrail(Journal& journal) : journal_(journal) {}

  // Keeps what a step has set of the payload, durably. CALLER_LIMIT, and the payload is again as it
  // was kept before, when there is no room for it (Journal::KeepWithinBound). STORE_UNAVAILABLE.
  absl::Status KeepPayload(Trail& trail);

  // The bytes for a JournalNote. What is new of the payload is durable when this returns, also
  // beyond the bound. STORE_UNAVAILABLE.
  absl::StatusOr<std::string> Write(const Trail& trail);

  // The trail of a chart that is resumed; also as older daemons wrote it, with the payload in it.
  // When it cannot be read (another daemon wrote it): LEASE_LOST if the chart stopped because its
  // claims were lost, else INTERRUPTED.
  absl::StatusOr<Trail> Read(const Resume& resume);

 private:
  struct Text {
    int number = 0;
    std::string digest;
  };

  using KeepText = absl::Status (Journal::*)(const std::string& name, const std::string& bytes);

  // The number of a payload's text, which is kept now if it is new.
  absl::StatusOr<int> NumberOf(const std::string& key, const std::string& text, KeepText keep);

  Journal& journal_;
  std::map<std::string, Text> kept_;  // by the payload's key
  int newest_ = 0;                    // number
};

}  // namespace wheelhouse::lifecycle
