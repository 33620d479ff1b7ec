#include "server/runs/plans/stored_plans.h"

#include <absl/strings/str_cat.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/lifecycle/core/saved_chart.h"
#include "server/plan/contents.h"
#include "server/runs/plans/saved_contents.pb.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {
namespace {

constexpr int kDefaultPage = 50, kLargestPage = 500;
constexpr int kEveryPlan = 1'000'000;
constexpr size_t kSaltBytes = 32;

absl::StatusOr<std::string> Salt() {
  std::string salt(kSaltBytes, '\0');
  if (getentropy(salt.data(), salt.size()) != 0)
    return MakeFailure(Reason::kInternal, absl::StrCat("getentropy: ", strerror(errno)));
  return salt;
}

v1::SavedPlan Shown(const store::SavedPlanRow& row) {
  v1::SavedPlan plan;
  plan.set_id(row.id);
  plan.set_sha256(row.sha256);
  plan.set_plan_name(row.plan_name);
  plan.set_cluster(row.cluster);
  plan.set_caller(row.caller.name);
  *plan.mutable_create_time() = ToProto(row.create_time);
  *plan.mutable_expire_time() = ToProto(row.expire_time);
  plan.set_approval_required(row.approval_required);
  plan.set_last_run_id(row.last_run);
  if (row.approved_by.empty()) return plan;
  plan.mutable_approval()->set_caller(row.approved_by);
  *plan.mutable_approval()->mutable_time() = ToProto(row.approve_time);
  return plan;
}

absl::Status CheckHash(const store::SavedPlanRow& row, const std::string& sha256) {
  if (sha256.empty() || sha256 == row.sha256) return absl::OkStatus();
  return MakeFailure(
      Reason::kPlanUnknown,
      absl::StrCat("the saved plan ", row.id, " has the sha256 ", row.sha256, ", not ", sha256));
}

// PLAN_UNKNOWN for what cannot be read or is not what was shown.
absl::StatusOr<SavedContents> ContentsOf(const store::StoredPlan& stored) {
  auto contents = store::Parse<SavedContents>(stored.contents);
  if (contents.has_value() && Sha256Hex(*stored.contents) == stored.row.sha256)
    return *std::move(contents);
  return MakeFailure(Reason::kPlanUnknown,
                     absl::StrCat("the saved plan ", stored.row.id,
                                  " cannot be read: it is damaged, or the key that it was sealed "
                                  "with is gone"));
}

}  // namespace

absl::Status PlanUnknown(const std::string& id) {
  return MakeFailure(Reason::kPlanUnknown, absl::StrCat("there is no saved plan ", id));
}

StoredPlans::StoredPlans(SavedPlanOptions options, store::Store& store, store::Archives& archives,
                         const Clock& clock, const Clock& age_clock)
    : options_(std::move(options)),
      access_(options_.approvers),
      store_(store),
      archives_(archives),
      clock_(clock),
      age_clock_(age_clock) {}

absl::Status StoredPlans::PinArchives() {
  ASSIGN_OR_RETURN(const auto rows, store_.ListSavedPlans({.limit = kEveryPlan}));
  for (const store::SavedPlanRow& row : rows) {
    if (const absl::Status pinned = Pin(row); !pinned.ok())
      spdlog::warn("saved plan {}: {}", row.id, std::string(pinned.message()));
  }
  return absl::OkStatus();
}

absl::Status StoredPlans::Pin(const store::SavedPlanRow& row) {
  Pinned pinned{row.expire_time, {}};
  absl::Status first;
  for (const std::string& digest : row.archives)
    first.Update(archives_.Pin(digest, row.caller, &pinned.pins.emplace_back()).status());
  MutexLock lock(&mutex_);
  pinned_.try_emplace(row.id, std::move(pinned));
  return first;
}

void StoredPlans::Unpin(const std::string& id) {
  Pinned gone;  // its pins take the lock of the archives
  MutexLock lock(&mutex_);
  const auto found = pinned_.find(id);
  if (found == pinned_.end()) return;
  gone = std::move(found->second);
  pinned_.erase(found);
}

absl::Status StoredPlans::CheckRoom(const Principal& by) {
  ASSIGN_OR_RETURN(const auto rows,
                   store_.ListSavedPlans({.caller = by.name, .limit = options_.per_caller}));
  if (static_cast<int>(rows.size()) < options_.per_caller) return absl::OkStatus();
  return MakeFailure(
      Reason::kCallerLimit,
      absl::StrCat(by.name, " has ", rows.size(),
                   " saved plans, as many as savedPlans.perCaller allows: discard some of them"));
}

absl::Status StoredPlans::Save(const v1::Run& preview, const v1::Plan& plan) {
  SavedContents contents;
  *contents.mutable_plan() = plan;
  *contents.mutable_preview() = preview;
  contents.mutable_preview()->set_state(v1::RUN_STATE_SUCCEEDED);
  *contents.mutable_preview()->mutable_end_time() = ToProto(clock_.Now());
  for (const v1::ChartRun& chart : preview.charts()) {
    ASSIGN_OR_RETURN(auto kept, store_.Kept(preview.id(), ChartKey(chart), lifecycle::kSavedChart));
    if (!kept.has_value()) continue;  // it is left out by its action
    SavedContents::Chart* saved = contents.add_charts();
    saved->set_key(ChartKey(chart));
    saved->set_saved(*std::move(kept));
  }
  ASSIGN_OR_RETURN(*contents.mutable_salt(), Salt());
  const std::string bytes = contents.SerializeAsString();
  store::SavedPlanRow row;
  row.id = preview.id();
  row.sha256 = Sha256Hex(bytes);
  // The picture has the name alone, which is what a principal is found by.
  row.caller = {preview.caller(), KnownBy::kUnknown};
  row.plan_name = preview.plan_name();
  row.cluster = preview.cluster();
  row.create_time = ToTime(preview.create_time());
  row.expire_time = age_clock_.Now() + options_.keep_for;
  row.approval_required = preview.saves().require_approval();
  const auto archives = plan::ArchivesOf(plan);
  row.archives.assign(archives.begin(), archives.end());
  RETURN_IF_ERROR(Pin(row));
  return store_.PutSavedPlan(row, bytes);
}

absl::StatusOr<store::StoredPlan> StoredPlans::Find(const std::string& id, const Principal& by) {
  ASSIGN_OR_RETURN(std::optional<store::StoredPlan> stored, store_.LoadSavedPlan(id));
  if (!stored.has_value() || !access_.MayUse(by, stored->row)) return PlanUnknown(id);
  if (stored->row.expire_time < age_clock_.Now()) {
    return MakeFailure(Reason::kPlanUnknown, absl::StrCat("the saved plan ", id, " expired at ",
                                                          absl::FormatTime(stored->row.expire_time,
                                                                           absl::UTCTimeZone())));
  }
  // The operator may have come to require it since.
  stored->row.approval_required |= options_.approval_required;
  return *std::move(stored);
}

absl::StatusOr<PlanToApply> StoredPlans::ToApply(const v1::SavedPlanRef& ref, const Principal& by) {
  ASSIGN_OR_RETURN(const store::StoredPlan stored, Find(ref.plan_id(), by));
  RETURN_IF_ERROR(CheckHash(stored.row, ref.sha256()));
  if (stored.row.approval_required && stored.row.approved_by.empty()) {
    return MakeFailure(
        Reason::kApprovalMissing,
        absl::StrCat("nobody has approved the saved plan ", stored.row.id, ", which ",
                     stored.row.caller.name, " saved: another caller has to approve it first"));
  }
  ASSIGN_OR_RETURN(SavedContents contents, ContentsOf(stored));
  PlanToApply made;
  for (const v1::ChartRun& chart : contents.preview().charts())
    made.profile_digests.push_back(chart.profile_digest());
  made.plan = std::move(*contents.mutable_plan());
  made.cluster = stored.row.cluster;
  made.applies.set_plan_id(stored.row.id);
  made.applies.set_sha256(stored.row.sha256);
  made.applies.set_caller(stored.row.caller.name);
  made.applies.set_approved_by(stored.row.approved_by);
  for (SavedContents::Chart& chart : *contents.mutable_charts())
    made.kept.push_back({chart.key(), lifecycle::kSavedChart, std::move(*chart.mutable_saved())});
  return made;
}

absl::Status StoredPlans::Expire() {
  const absl::Time now = age_clock_.Now();
  RETURN_IF_ERROR(store_.DeleteSavedPlans(now));
  std::vector<Pinned> gone;  // their pins take the lock of the archives
  MutexLock lock(&mutex_);
  std::erase_if(pinned_, [&](auto& one) {
    if (one.second.expires >= now) return false;
    gone.push_back(std::move(one.second));
    return true;
  });
  return absl::OkStatus();
}

absl::StatusOr<v1::SavedPlan> StoredPlans::Get(const std::string& id, const Principal& by) {
  ASSIGN_OR_RETURN(const store::StoredPlan stored, Find(id, by));
  ASSIGN_OR_RETURN(SavedContents contents, ContentsOf(stored));
  v1::SavedPlan plan = Shown(stored.row);
  *plan.mutable_preview() = std::move(*contents.mutable_preview());
  return plan;
}

absl::StatusOr<v1::ListPlansResponse> StoredPlans::List(const v1::ListPlansRequest& request,
                                                        const Principal& by) {
  if (request.page_size() < 0)
    return MakeInvalid(Reason::kPlanInvalid, {{"page_size", "expected 0 or more"}});
  store::SavedPlanQuery query{.before_id = request.page_token()};
  query.limit =
      request.page_size() > 0 ? std::min(request.page_size(), kLargestPage) : kDefaultPage;
  if (!access_.IsApprover(by)) query.caller = by.name;
  ASSIGN_OR_RETURN(const auto rows, store_.ListSavedPlans(query));
  v1::ListPlansResponse page;
  for (store::SavedPlanRow row : rows) {
    if (!access_.MayUse(by, row) || row.expire_time < age_clock_.Now()) continue;
    row.approval_required |= options_.approval_required;
    *page.add_plans() = Shown(row);
  }
  if (static_cast<int>(rows.size()) == query.limit) page.set_next_page_token(rows.back().id);
  return page;
}

absl::StatusOr<v1::SavedPlan> StoredPlans::Approve(const std::string& id, const std::string& sha256,
                                                   const Principal& by) {
  ASSIGN_OR_RETURN(store::StoredPlan stored, Find(id, by));
  RETURN_IF_ERROR(CheckHash(stored.row, sha256));
  if (!access_.MayApprove(by, stored.row)) {
    return MakeFailure(
        Reason::kPermissionDenied,
        absl::StrCat(by.name, " saved the plan ", id, ", and another caller has to approve it"));
  }
  RETURN_IF_ERROR(store_.ApproveSavedPlan(id, by.name, clock_.Now()));
  ASSIGN_OR_RETURN(stored, Find(id, by));
  return Shown(stored.row);
}

absl::Status StoredPlans::Discard(const std::string& id, const Principal& by) {
  RETURN_IF_ERROR(Find(id, by).status());
  RETURN_IF_ERROR(store_.DeleteSavedPlan(id));
  Unpin(id);
  return absl::OkStatus();
}

}  // namespace wheelhouse::runs
