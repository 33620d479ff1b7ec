// Which session gets which call: those of one hook are served in the order in which they came, by
// the session with the most room.
#pragma once

#include <list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/hooks/parties.h"
#include "server/hooks/recent.h"

namespace wheelhouse::hooks {

// Guarded by the table.
class Matching {
 public:
  // A session that is attached serves until Leave.
  void Serve(Session* session);
  void Leave(Session* session);

  // The call waits for a session until one is found, or LeaveQueue.
  void Wait(Call* call);
  void LeaveQueue(Call* call);

  // Gives waiting calls to sessions that have room, and wakes them: kStarting.
  void Assign(const HookKey& hook);
  void AssignFor(const Session& session);

  // How many sessions serve it: the hook, its version and its effect.
  int Servers(const Call& call) const;
  // In the order in which they began to wait.
  std::vector<const Call*> Waiting() const;

 private:
  // nullptr: none has room. Sets the version that it would be called with.
  Session* FindFor(const Call& call, std::string* version) const;
  // The version that the call keeps to; empty when any will do.
  std::string VersionFor(const Call& call) const;

  std::map<HookKey, std::vector<Session*>> serving_;
  std::map<HookKey, std::list<Call*>> waiting_;
  // The versions that runs keep to, by run and name.
  Recent<std::pair<std::string, std::string>, std::string> pinned_{10000};
};

}  // namespace wheelhouse::hooks
