// Which objects of a namespace belong to a release: those of a manifest, hooks too, and what
// controllers made for them (ownerReferences). Other teams use the same namespaces.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Looks owners up as it is asked, and remembers them. Used by one thread, within `context`.
class Ownership {
 public:
  // Reads the objects of `manifest`.
  Ownership(const Context& context, const Chart& chart,
            const std::vector<ManifestObject>& manifest);

  struct LiveObject {
    kube::ObjectId id;
    kube::Json object;
  };
  // The manifest's objects that exist.
  const std::vector<LiveObject>& own() const { return own_; }
  // Where they are.
  const std::set<std::string>& namespaces() const { return namespaces_; }

  bool Owns(const kube::Json& object);
  // A reference with apiVersion, kind, name and uid, such as an owner's or an event's.
  bool OwnsReferred(const kube::Json& reference, const std::string& ns);

 private:
  bool OwnsAbove(const kube::Json& object, int levels);
  bool OwnsReferredAbove(const kube::Json& reference, const std::string& ns, int levels);

  const Context& context_;
  const Chart& chart_;
  std::vector<LiveObject> own_;
  std::set<std::string> namespaces_;
  std::map<std::string, bool> known_;  // by uid
  int lookups_left_ = 200;
};

}  // namespace wheelhouse::lifecycle
