// Reads that the charts of one run have in common. A hundred charts that are checked at the same
// time need the same few lists, not hundreds of answers about single objects.
//
// What is read may be a moment old: each reader says since when nothing has changed that it must
// see (what it depends on ended then), and no answer is older than that, or than kOldest; a list
// that took long to read may be ten times as old as that took, up to kOldestLong. That is good
// enough to find out that nothing is to be done. Whoever changes something asks the server.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "common/cancellable_mutex.h"
#include "common/context.h"
#include "common/mutex.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// Thread-safe. One thread reads a list at a time, and the others use what it has read. Lives as
// long as the run: what it holds goes with it.
class SharedReads {
 public:
  static constexpr absl::Duration kOldest = absl::Seconds(3);
  static constexpr absl::Duration kOldestLong = absl::Seconds(30);
  // The daemon's rights and the server's version.
  static constexpr absl::Duration kOldestAbout = absl::Minutes(1);

  // How long a list is used that took that long to read.
  static absl::Duration GoodFor(absl::Duration took);

  // Objects of a list by namespace and name, without managedFields.
  using Listing = std::map<std::pair<std::string, std::string>, Json>;

  // `charts`: how many charts the run has in each namespace. `client` must outlive it.
  SharedReads(KubeClient& client, std::map<std::string, int> charts)
      : client_(client), charts_(std::move(charts)) {}

  // What `options` select in options.ns, and perhaps in other namespaces too: a run of many
  // namespaces reads one list of the whole cluster, if it may, and the list is not much longer than
  // the run. nullptr where a list does not pay, or is not allowed: ask for what is needed alone.
  // Errors: KubeClient's. `since` is of SteadyNow.
  absl::StatusOr<std::shared_ptr<const Listing>> List(const Context& context,
                                                      const ResourceType& type, ListOptions options,
                                                      absl::Duration since)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether List would answer that without asking the server.
  bool Knows(const ResourceType& type, ListOptions options, absl::Duration since) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // As KubeClient's. A right in all namespaces is one in each.
  absl::StatusOr<std::string> ServerVersion(const Context& context) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<bool> MayI(const Context& context, const AccessReview& review)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // What MayI answers without asking the server; nullopt: it would ask.
  std::optional<bool> KnownRight(const AccessReview& review) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // A list, or that there is none: `listing` is nullptr then.
  struct Answer {
    std::shared_ptr<const Listing> listing;
    absl::Duration asked = -absl::InfiniteDuration();  // when it was asked for
    absl::Duration good_for;                           // from then on
  };
  struct Place {
    CancellableMutex reading;
    Answer answer;  // guarded by mutex_
  };
  using Key = std::tuple<std::string, std::string, std::string, std::string, std::string, bool>;
  struct Right {
    CancellableMutex asking;
    bool granted = false;                              // guarded by mutex_, as is `asked`
    absl::Duration asked = -absl::InfiniteDuration();  // when it was asked for
  };

  bool spread() const;
  bool HasSeveral(const std::string& ns) const;  // charts
  static Key ListKey(const ResourceType& type, const ListOptions& options);
  static bool IsGood(const Answer& answer, absl::Duration since);
  absl::StatusOr<std::shared_ptr<const Listing>> Listed(const Context& context,
                                                        const ResourceType& type,
                                                        const ListOptions& options,
                                                        absl::Duration since);
  absl::StatusOr<Answer> Ask(const Context& context, const ResourceType& type, ListOptions options);
  Answer Remembered(const Place& place) const ABSL_LOCKS_EXCLUDED(mutex_);
  bool MayBeEverywhere(const AccessReview& review) const;
  absl::StatusOr<bool> MayIThere(const Context& context, const AccessReview& review);
  std::optional<bool> KnownThere(const AccessReview& review) const ABSL_LOCKS_EXCLUDED(mutex_);

  KubeClient& client_;
  const std::map<std::string, int> charts_;
  mutable Mutex mutex_;
  std::map<Key, std::unique_ptr<Place>> places_ ABSL_GUARDED_BY(mutex_);
  CancellableMutex asking_version_;
  std::string version_ ABSL_GUARDED_BY(mutex_);
  absl::Duration version_asked_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  std::map<std::string, std::unique_ptr<Right>> rights_ ABSL_GUARDED_BY(mutex_);
};

// What one chart sees of them. Used by the thread that runs the chart.
class SharedView {
 public:
  // `reads` is lent; nullptr: nothing is shared. `since` as for SharedReads.
  SharedView(SharedReads* reads, absl::Duration since) : reads_(reads), since_(since) {}

  // nullptr: ask the server. From then on that is remembered.
  SharedReads* Use() {
    used_ |= reads_ != nullptr;
    return reads_;
  }
  // What is not read anew must have been read since then, by SteadyNow; infinite: read it anew.
  absl::Duration since() const { return since_; }
  // Whether something was read with it.
  bool used() const { return used_; }
  // The chart begins to change something: from now on it asks the server.
  void Close() {
    reads_ = nullptr;
    since_ = absl::InfiniteDuration();
  }

 private:
  SharedReads* reads_;
  absl::Duration since_;
  bool used_ = false;
};

}  // namespace wheelhouse::kube
