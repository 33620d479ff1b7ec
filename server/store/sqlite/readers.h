// The connections that read. Each is used by one thread at a time; there are a few of them, so that
// a read that waits for the disk holds up no other.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "server/store/sqlite/database.h"

namespace wheelhouse::store {

// Thread-safe. Its lock is never held while something is read.
class Readers {
 public:
  // STORE_UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<Readers>> Open(const std::string& path, int connections);

  // A connection that is the caller's until this is destroyed; it must not outlive the Readers.
  class Borrowed {
   public:
    Borrowed(Readers& readers, std::unique_ptr<Database> database)
        : readers_(readers), database_(std::move(database)) {}
    ~Borrowed() { readers_.GiveBack(std::move(database_)); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Database& operator*() const { return *database_; }
    Database* operator->() const { return database_.get(); }

   private:
    Readers& readers_;
    std::unique_ptr<Database> database_;
  };
  // Blocks while all connections are in use.
  Borrowed Borrow() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  Readers() = default;
  void GiveBack(std::unique_ptr<Database> database) ABSL_LOCKS_EXCLUDED(mutex_);

  Mutex mutex_;
  CondVar given_back_;
  std::vector<std::unique_ptr<Database>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::store
