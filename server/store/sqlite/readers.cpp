#include "server/store/sqlite/readers.h"

#include <utility>

#include "common/status_macros.h"

namespace wheelhouse::store {

absl::StatusOr<std::unique_ptr<Readers>> Readers::Open(const std::string& path, int connections) {
  std::unique_ptr<Readers> readers(new Readers());
  for (int i = 0; i < connections; ++i) {
    ASSIGN_OR_RETURN(auto database, Database::Open(path, /*read_only=*/true));
    readers->GiveBack(std::move(database));
  }
  return readers;
}

Readers::Borrowed Readers::Borrow() {
  MutexLock lock(&mutex_);
  while (free_.empty()) given_back_.Wait(&mutex_);
  std::unique_ptr<Database> database = std::move(free_.back());
  free_.pop_back();
  return Borrowed(*this, std::move(database));
}

void Readers::GiveBack(std::unique_ptr<Database> database) {
  MutexLock lock(&mutex_);
  free_.push_back(std::move(database));
  given_back_.NotifyOne();
}

}  // namespace wheelhouse::store
