// A Store that seals whatever another Store is not to read: it passes clear fields on as they are,
// and every `Bytes` as AES-256-GCM with a key that the other Store never sees. Each sealed value is
// bound to what it is and to the run or saved plan that it belongs to: moved elsewhere it does not
// open.
//
// What does not open, because the key is another one or the bytes are damaged, is answered as if it
// were not there: nullopt, and of events none. So a daemon whose key is gone still knows its runs
// by their clear fields.
#pragma once

#include <memory>
#include <string>

#include "server/store/sealed/sealer.h"
#include "server/store/store.h"

namespace wheelhouse::store {

class SealedStore final : public Store {
 public:
  // Over `store`, with the key in `key_file`, which is made when it is missing (Sealer::FromFile,
  // with its errors) and no run is in the store; STORE_UNAVAILABLE where runs are, which says what
  // is lost and what to do. `store` is open already, so that no other daemon makes a key at that
  // time.
  static absl::StatusOr<std::unique_ptr<Store>> Open(const std::string& key_file,
                                                     std::unique_ptr<Store> store);
  SealedStore(std::unique_ptr<Sealer> sealer, std::unique_ptr<Store> store)
      : sealer_(std::move(sealer)), store_(std::move(store)) {}

  absl::Status CreateRun(const RunRow& row, const RunContents& contents, absl::Time since) override;
  void AppendAsync(Append append, Done done) override;
  absl::StatusOr<std::optional<StoredRun>> Load(const std::string& run_id) override;
  absl::StatusOr<std::optional<Bytes>> LoadPlan(const std::string& run_id) override;
  absl::StatusOr<std::vector<Event>> Events(const std::string& run_id, int64_t after,
                                            int limit) override;
  absl::Status ReplacePlan(const std::string& run_id, const Bytes& plan) override;
  absl::Status Keep(const std::string& run_id, const std::string& chart, const std::string& name,
                    const Bytes& bytes, std::optional<int64_t> most) override;
  absl::StatusOr<std::optional<Bytes>> Kept(const std::string& run_id, const std::string& chart,
                                            const std::string& name) override;
  absl::StatusOr<std::optional<Memory>> NewestMemory(const std::string& run_id,
                                                     const std::string& chart) override;
  absl::Status PutSavedPlan(const SavedPlanRow& row, const Bytes& contents) override;
  absl::StatusOr<std::optional<StoredPlan>> LoadSavedPlan(const std::string& id) override;
  // HMAC-SHA256 with a key derived from the sealing one.
  std::string Digest(const std::string& bytes) const override { return sealer_->Digest(bytes); }

  // What is in clear goes through as it is.
  absl::StatusOr<std::optional<RunRow>> FindRequest(const Principal& caller,
                                                    const std::string& request_id,
                                                    absl::Time since) override {
    return store_->FindRequest(caller, request_id, since);
  }
  absl::Status TryWrite() override { return store_->TryWrite(); }
  absl::StatusOr<Page> List(const Query& query) override { return store_->List(query); }
  absl::StatusOr<std::vector<RunRow>> Unfinished() override { return store_->Unfinished(); }
  absl::StatusOr<std::vector<std::string>> ReleasesOf(const std::string& run_id) override {
    return store_->ReleasesOf(run_id);
  }
  absl::StatusOr<std::vector<std::string>> PlansToErase(absl::Time before) override {
    return store_->PlansToErase(before);
  }
  absl::StatusOr<std::optional<std::string>> FindIntention(const std::string& cluster,
                                                           const std::string& chart,
                                                           int revision) override {
    return store_->FindIntention(cluster, chart, revision);
  }
  absl::StatusOr<std::vector<SavedPlanRow>> ListSavedPlans(const SavedPlanQuery& query) override {
    return store_->ListSavedPlans(query);
  }
  absl::Status ApproveSavedPlan(const std::string& id, const std::string& by,
                                absl::Time time) override {
    return store_->ApproveSavedPlan(id, by, time);
  }
  absl::Status DeleteSavedPlan(const std::string& id) override {
    return store_->DeleteSavedPlan(id);
  }
  absl::Status DeleteSavedPlans(absl::Time before) override {
    return store_->DeleteSavedPlans(before);
  }
  absl::StatusOr<std::optional<absl::Time>> AgeTime() override { return store_->AgeTime(); }
  absl::Status KeepAgeTime(absl::Time time) override { return store_->KeepAgeTime(time); }
  absl::StatusOr<Usage> GetUsage() override { return store_->GetUsage(); }
  WriteCounts Writes() const override { return store_->Writes(); }
  absl::StatusOr<std::vector<std::string>> EndedBefore(absl::Time before, int limit) override {
    return store_->EndedBefore(before, limit);
  }
  absl::StatusOr<bool> Prune(const std::string& run_id, int most_events) override {
    return store_->Prune(run_id, most_events);
  }
  absl::Status Shrink() override { return store_->Shrink(); }

 private:
  absl::Status Seal(Append* append) const;
  // nullopt: there is nothing, or it does not open.
  std::optional<Bytes> Unseal(const std::optional<Bytes>& sealed, const std::string& place) const;

  const std::unique_ptr<Sealer> sealer_;
  const std::unique_ptr<Store> store_;
};

}  // namespace wheelhouse::store
