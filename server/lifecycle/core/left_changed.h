// What a run has changed and not undone: told with the failure of its chart.
#pragma once

#include <absl/status/status.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/context.h"
#include "server/kube/kube_client.h"
#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse::lifecycle {

inline constexpr char kCreated[] = "created";
inline constexpr char kDeleted[] = "deleted";

// Used by the thread that runs the chart.
class LeftChanged {
 public:
  struct Change {
    std::optional<kube::ObjectId> object;
    v1::LeftChanged told;
  };

  LeftChanged() = default;
  explicit LeftChanged(std::vector<Change> changes) : changes_(std::move(changes)) {}

  // Of what is no object: `Release`, or a step and its effect. A later change replaces an earlier
  // one of the same.
  void Note(const std::string& kind, const std::string& name, const std::string& change);

  // Of an object: kCreated, kDeleted, or in other words. What was created and then deleted is not
  // changed.
  void Note(const kube::ObjectId& id, const std::string& change);

  // Notes the change of an object by the answer to the request for it: nothing where it was
  // refused, and perhaps the change where the answer was lost. Returns the answer.
  absl::Status Note(const kube::ObjectId& id, const std::string& change,
                    const absl::Status& answer);

  // Forgets an object that is as it was.
  void Forget(const kube::ObjectId& id);

  // Forgets what is undone by now, be it by the remediation: changes of objects that are gone, and
  // deletions of objects that are back. What cannot be looked at stays.
  void LookAgain(const Context& context, kube::KubeClient& client);

  // In the order of the first changes.
  const std::vector<Change>& all() const { return changes_; }

 private:
  std::vector<Change>::iterator Find(const kube::ObjectId& id);

  std::vector<Change> changes_;
};

}  // namespace wheelhouse::lifecycle
