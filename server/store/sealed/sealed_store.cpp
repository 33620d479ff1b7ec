#include "server/store/sealed/sealed_store.h"

#include <absl/strings/str_cat.h>
#include <unistd.h>

#include <cerrno>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::store {
namespace {

// Where a value belongs. These texts are part of what is sealed: stores on disk depend on them.
std::string Place(absl::string_view what, const std::string& run_id, int64_t sequence = 0) {
  return absl::StrCat(what, "/", run_id, "/", sequence);
}

std::string KeptPlace(const std::string& run_id, const std::string& chart,
                      const std::string& name) {
  return absl::StrCat("kept/", run_id, "/", chart, "/", name);
}

// A new key beside runs that were sealed with another would lose them for good, unseen.
absl::Status CheckNotLost(const std::string& key_file, Store& store) {
  if (access(key_file.c_str(), F_OK) == 0 || errno != ENOENT) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Usage usage, store.GetUsage());
  if (usage.runs == 0) return absl::OkStatus();
  return MakeFailure(
      Reason::kStoreUnavailable,
      absl::StrCat(
          "the key file ", key_file, " is missing, and the store beside it has ", usage.runs,
          " runs that are sealed with it: their plans, events and saved objects cannot be "
          "read without it. Put the file back from a backup. To give up what is sealed "
          "(runs that have not ended then end FAILED; of the others only ids, names, "
          "states and times remain), make a new key: (umask 077; head -c 32 /dev/urandom > ",
          key_file, ")"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> SealedStore::Open(const std::string& key_file,
                                                         std::unique_ptr<Store> store) {
  RETURN_IF_ERROR(CheckNotLost(key_file, *store));
  ASSIGN_OR_RETURN(auto sealer, Sealer::FromFile(key_file));
  return std::make_unique<SealedStore>(std::move(sealer), std::move(store));
}

absl::Status SealedStore::CreateRun(const RunRow& row, const RunContents& contents,
                                    absl::Time since) {
  RunContents sealed;
  ASSIGN_OR_RETURN(sealed.plan, sealer_->Seal(contents.plan, Place("plan", row.id)));
  ASSIGN_OR_RETURN(sealed.first, sealer_->Seal(contents.first, Place("first", row.id)));
  for (const KeptBytes& kept : contents.kept) {
    ASSIGN_OR_RETURN(Bytes bytes,
                     sealer_->Seal(kept.bytes, KeptPlace(row.id, kept.chart, kept.name)));
    sealed.kept.push_back({kept.chart, kept.name, std::move(bytes)});
  }
  return store_->CreateRun(row, sealed, since);
}

absl::Status SealedStore::PutSavedPlan(const SavedPlanRow& row, const Bytes& contents) {
  ASSIGN_OR_RETURN(const Bytes sealed, sealer_->Seal(contents, Place("saved-plan", row.id)));
  return store_->PutSavedPlan(row, sealed);
}

absl::StatusOr<std::optional<StoredPlan>> SealedStore::LoadSavedPlan(const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<StoredPlan> plan, store_->LoadSavedPlan(id));
  if (plan.has_value()) plan->contents = Unseal(plan->contents, Place("saved-plan", id));
  return plan;
}

absl::Status SealedStore::Seal(Append* append) const {
  const std::string& run_id = append->run_id;
  for (Event& event : append->events) {
    ASSIGN_OR_RETURN(event.payload,
                     sealer_->Seal(event.payload, Place("event", run_id, event.sequence)));
    if (!event.journal.has_value()) continue;
    ASSIGN_OR_RETURN(event.journal->memory,
                     sealer_->Seal(event.journal->memory, Place("memory", run_id, event.sequence)));
  }
  if (append->end.has_value()) {
    ASSIGN_OR_RETURN(append->end->last, sealer_->Seal(append->end->last, Place("last", run_id)));
  }
  if (append->plan.has_value()) {
    ASSIGN_OR_RETURN(append->plan, sealer_->Seal(*append->plan, Place("plan", run_id)));
  }
  return absl::OkStatus();
}

void SealedStore::AppendAsync(Append append, Done done) {
  const absl::Status sealed = Seal(&append);
  if (sealed.ok()) return store_->AppendAsync(std::move(append), std::move(done));
  // Nothing is written, and the refusal is answered in its turn.
  store_->AppendAsync({std::move(append.run_id)},
                      [sealed, done = std::move(done)](const absl::Status&) { done(sealed); });
}

std::optional<Bytes> SealedStore::Unseal(const std::optional<Bytes>& sealed,
                                         const std::string& place) const {
  if (!sealed.has_value()) return std::nullopt;
  absl::StatusOr<std::string> plain = sealer_->Unseal(*sealed, place);
  return plain.ok() ? std::optional<Bytes>(*std::move(plain)) : std::nullopt;
}

absl::StatusOr<std::optional<StoredRun>> SealedStore::Load(const std::string& run_id) {
  ASSIGN_OR_RETURN(std::optional<StoredRun> run, store_->Load(run_id));
  if (!run.has_value()) return run;
  run->first = Unseal(run->first, Place("first", run_id));
  run->last = Unseal(run->last, Place("last", run_id));
  return run;
}

absl::StatusOr<std::optional<Bytes>> SealedStore::LoadPlan(const std::string& run_id) {
  ASSIGN_OR_RETURN(const std::optional<Bytes> plan, store_->LoadPlan(run_id));
  return Unseal(plan, Place("plan", run_id));
}

absl::StatusOr<std::vector<Event>> SealedStore::Events(const std::string& run_id, int64_t after,
                                                       int limit) {
  ASSIGN_OR_RETURN(std::vector<Event> sealed, store_->Events(run_id, after, limit));
  std::vector<Event> events;
  for (Event& event : sealed) {
    auto payload = sealer_->Unseal(event.payload, Place("event", run_id, event.sequence));
    if (payload.ok()) events.push_back({event.sequence, *std::move(payload), std::nullopt});
  }
  return events;
}

absl::Status SealedStore::ReplacePlan(const std::string& run_id, const Bytes& plan) {
  ASSIGN_OR_RETURN(const Bytes sealed, sealer_->Seal(plan, Place("plan", run_id)));
  return store_->ReplacePlan(run_id, sealed);
}

absl::Status SealedStore::Keep(const std::string& run_id, const std::string& chart,
                               const std::string& name, const Bytes& bytes,
                               std::optional<int64_t> most) {
  ASSIGN_OR_RETURN(const Bytes sealed, sealer_->Seal(bytes, KeptPlace(run_id, chart, name)));
  return store_->Keep(run_id, chart, name, sealed, most);
}

absl::StatusOr<std::optional<Bytes>> SealedStore::Kept(const std::string& run_id,
                                                       const std::string& chart,
                                                       const std::string& name) {
  ASSIGN_OR_RETURN(const std::optional<Bytes> kept, store_->Kept(run_id, chart, name));
  return Unseal(kept, KeptPlace(run_id, chart, name));
}

absl::StatusOr<std::optional<Memory>> SealedStore::NewestMemory(const std::string& run_id,
                                                                const std::string& chart) {
  ASSIGN_OR_RETURN(std::optional<Memory> memory, store_->NewestMemory(run_id, chart));
  if (!memory.has_value()) return memory;
  auto bytes = sealer_->Unseal(memory->bytes, Place("memory", run_id, memory->sequence));
  if (!bytes.ok()) return std::optional<Memory>();
  memory->bytes = *std::move(bytes);
  return memory;
}

}  // namespace wheelhouse::store
