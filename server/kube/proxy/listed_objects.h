// Objects that one helm asks for one after the other, read as lists. helm reads every object of a
// chart before it writes it: over a slow link that is half of the time that an upgrade takes.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "common/mutex.h"
#include "server/kube/http/http_transfer.h"
#include "server/kube/proxy/object_path.h"

namespace wheelhouse::kube {

// Thread-safe. When a second object of a collection is asked for, the collection's first
// kMostListed objects are listed, once; if these are all, the list answers for each object,
// kAnswers times: helm reads an object before it writes it, and whoever asks again and again waits
// for it to change. Nor does the list answer for what the helm has written, so that it sees its own
// changes, and reads anew what it was in conflict about. What others write after the list is not
// seen; but helm, too, decides by what it has read a moment before.
class ListedObjects {
 public:
  static constexpr int kMostListed = 500;
  static constexpr int kAnswers = 2;
  using Send = std::function<absl::StatusOr<HttpResponse>(const HttpRequest& request)>;

  // The answer to a GET of the object as JSON: it, or that there is none. nullopt: ask the server.
  // May call `send` for the list; meanwhile others ask the server.
  std::optional<HttpResponse> Find(const ObjectPath& path, const Send& send);

  // The object, or something below it, is about to be written.
  void Written(const ObjectPath& path);
  // Objects are about to be made or deleted whose names are not known.
  void Written(const std::string& collection);

 private:
  struct Collection {
    std::map<std::string, int> asked;            // how often, by name
    bool tried = false;                          // it was listed, or could not be
    bool whole = false;                          // what is not among `objects` does not exist
    std::map<std::string, std::string> objects;  // JSON by name
    std::set<std::string> written;
    bool all_written = false;
  };

  Mutex mutex_;
  std::map<std::string, Collection> collections_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::kube
