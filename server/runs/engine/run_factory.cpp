#include "server/runs/engine/run_factory.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/saved_chart.h"
#include "server/runs/log/stored_run.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {
namespace {

constexpr size_t kLongestRequestId = 128;

// The same bytes for the same request: maps come sorted.
std::string Deterministic(const google::protobuf::Message& request) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  request.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::Status CheckRequest(const v1::CreateRunRequest& request) {
  std::vector<FieldViolation> wrong;
  if (!v1::Mode_IsValid(request.mode())) wrong.push_back({"mode", "must be APPLY or PREVIEW"});
  if (request.has_saved_plan() && request.mode() == v1::MODE_PREVIEW)
    wrong.push_back({"mode", "must be APPLY: the saved plan has been previewed"});
  if (request.has_saved_plan() && request.has_plan())
    wrong.push_back({"plan", "must be unset beside saved_plan"});
  return wrong.empty() ? absl::OkStatus() : MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

// What a run that applied a saved plan had of it.
absl::StatusOr<std::vector<store::KeptBytes>> SavedCharts(store::Store& store, const v1::Run& run) {
  std::vector<store::KeptBytes> all;
  for (const v1::ChartRun& chart : run.charts()) {
    const std::string key = ChartKey(chart);
    ASSIGN_OR_RETURN(auto kept, store.Kept(run.id(), key, lifecycle::kSavedChart));
    if (kept.has_value()) all.push_back({key, lifecycle::kSavedChart, *std::move(kept)});
  }
  return all;
}

absl::Status PlanErased(const std::string& run_id, bool succeeded) {
  return MakeFailure(
      Reason::kPlanErased,
      absl::StrCat("run ", run_id,
                   succeeded ? " succeeded, and its values were erased"
                             : " ended more than a day ago, and its values were erased"));
}

}  // namespace

RunFactory::RunFactory(FactoryOptions options, store::Store& store, RunTable& table,
                       const RunAssembler& assembler, RunReader& reader, const Clock& clock)
    : options_(std::move(options)),
      store_(store),
      table_(table),
      assembler_(assembler),
      reader_(reader),
      clock_(clock) {}

absl::StatusOr<v1::Run> RunFactory::Create(const v1::CreateRunRequest& request,
                                           const Principal& by) {
  RETURN_IF_ERROR(CheckRequest(request));
  const RunAsked asked{by, request.request_id(), store_.Digest(Deterministic(request))};
  if (request.has_saved_plan()) return Admit(asked, [&] { return OfSavedPlan(request, by); });
  ASSIGN_OR_RETURN(kube::Cluster* const cluster, options_.clusters.Find(request.cluster()));
  return Admit(asked, [&] {
    return OfPlan(request.plan(), cluster, request.mode() == v1::MODE_PREVIEW, by);
  });
}

absl::StatusOr<v1::Run> RunFactory::Save(const v1::SavePlanRequest& request, const Principal& by) {
  ASSIGN_OR_RETURN(kube::Cluster* const cluster, options_.clusters.Find(request.cluster()));
  // The name sets it apart from the digests of other requests.
  const RunAsked asked{by, request.request_id(),
                       store_.Digest(absl::StrCat("SavePlan/", Deterministic(request)))};
  return Admit(asked, [&]() -> absl::StatusOr<NewRun> {
    RETURN_IF_ERROR(options_.plans.CheckRoom(by));
    ASSIGN_OR_RETURN(NewRun wanted, OfPlan(request.plan(), cluster, /*preview=*/true, by));
    wanted.saves.emplace().set_require_approval(request.require_approval());
    return wanted;
  });
}

absl::StatusOr<NewRun> RunFactory::OfPlan(const v1::Plan& plan, kube::Cluster* cluster,
                                          bool preview, const Principal& by) {
  NewRun wanted;
  ASSIGN_OR_RETURN(wanted.made, options_.prepare(plan, by));
  wanted.cluster = cluster;
  wanted.preview = preview;
  const bool looks_back = (preview || plan.prune()) && !plan.name().empty();
  if (!looks_back || options_.look_back == nullptr) return wanted;
  ASSIGN_OR_RETURN(wanted.left_behind, options_.look_back(*cluster, by, &wanted.made));
  return wanted;
}

absl::StatusOr<NewRun> RunFactory::OfSavedPlan(const v1::CreateRunRequest& request,
                                               const Principal& by) {
  ASSIGN_OR_RETURN(PlanToApply saved, options_.plans.ToApply(request.saved_plan(), by));
  if (!request.cluster().empty() && request.cluster() != saved.cluster) {
    return MakeInvalid(Reason::kPlanInvalid,
                       {{"cluster", absl::StrCat("the plan was saved for ", saved.cluster)}});
  }
  NewRun wanted;
  ASSIGN_OR_RETURN(wanted.cluster, options_.clusters.Find(saved.cluster));
  RETURN_IF_ERROR(options_.allow(saved.plan, by));
  wanted.made = {std::move(saved.plan), std::move(saved.profile_digests)};
  wanted.applies = std::move(saved.applies);
  wanted.kept = std::move(saved.kept);
  return wanted;
}

absl::StatusOr<v1::Run> RunFactory::Retry(const v1::RetryRunRequest& request, const Principal& by) {
  // The name sets it apart from the digests of other requests.
  const RunAsked asked{by, request.request_id(),
                       store_.Digest(absl::StrCat("RetryRun/", request.SerializeAsString()))};
  return Admit(asked, [&]() -> absl::StatusOr<NewRun> {
    ASSIGN_OR_RETURN(NewRun again, Again(request.run_id()));
    RETURN_IF_ERROR(options_.allow(again.made.plan, by));
    return again;
  });
}

absl::StatusOr<v1::Run> RunFactory::Admit(const RunAsked& asked, const Make& make) {
  if (asked.request_id.size() > kLongestRequestId) {
    return MakeInvalid(Reason::kPlanInvalid,
                       {{"request_id", absl::StrCat("longer than ", kLongestRequestId)}});
  }
  ASSIGN_OR_RETURN(std::optional<v1::Run> known, KnownRequest(asked));
  if (known.has_value()) return *std::move(known);
  if (options_.store_full()) {
    return MakeFailure(Reason::kStoreFull,
                       "the store has reached retention.maxBytes, and every run in it is less than "
                       "a day old or has not ended");
  }
  RETURN_IF_ERROR(table_.Reserve(asked.by.name));
  const auto reserved = absl::MakeCleanup([&] { table_.Unreserve(asked.by.name); });
  ASSIGN_OR_RETURN(const NewRun wanted, make());
  absl::StatusOr<v1::Run> created = Accept(asked, wanted);
  if (absl::IsAlreadyExists(created.status())) {  // two calls with one request id at once
    ASSIGN_OR_RETURN(known, KnownRequest(asked));
    if (known.has_value()) return *std::move(known);
  }
  return created;
}

absl::StatusOr<std::optional<v1::Run>> RunFactory::KnownRequest(const RunAsked& asked) {
  if (asked.request_id.empty()) return std::optional<v1::Run>();
  ASSIGN_OR_RETURN(
      const std::optional<store::RunRow> row,
      store_.FindRequest(asked.by, asked.request_id, options_.age_clock.Now() - kKeptWhole));
  if (!row.has_value()) return std::optional<v1::Run>();
  if (row->request_digest != asked.digest) {
    return MakeFailure(Reason::kRequestIdReused,
                       absl::StrCat("request id ", asked.request_id,
                                    " was used for another request, which made run ", row->id),
                       {{"run", row->id}});
  }
  ASSIGN_OR_RETURN(v1::Run run, reader_.Picture(row->id));
  return std::optional<v1::Run>(std::move(run));
}

absl::StatusOr<NewRun> RunFactory::Again(const std::string& run_id) {
  ASSIGN_OR_RETURN(const store::StoredRun stored, LoadRun(store_, run_id));
  const store::RunRow& row = stored.row;
  if (!Ended(row.state)) {
    return MakeFailure(Reason::kRunNotEnded,
                       absl::StrCat("run ", run_id, " is ", ShortName(row.state)));
  }
  if (row.plan_erased) return PlanErased(run_id, row.state == v1::RUN_STATE_SUCCEEDED);
  ASSIGN_OR_RETURN(const auto stored_plan, store_.LoadPlan(run_id));
  auto plan = store::Parse<v1::Plan>(stored_plan);
  const auto last = store::Parse<v1::Run>(stored.last);
  if (!plan.has_value() || !last.has_value()) {
    return MakeFailure(Reason::kPlanErased,
                       absl::StrCat("the key that run ", run_id, " was sealed with is gone"));
  }
  const v1::Run& picture = *last;
  NewRun again;
  ASSIGN_OR_RETURN(again.cluster, options_.clusters.Find(row.cluster));
  again.preview = picture.preview();
  again.retry_of.emplace().set_run_id(run_id);
  again.retry_of->set_caller(picture.has_retry_of() ? picture.retry_of().caller()
                                                    : row.caller.name);
  if (picture.has_saves()) again.saves = picture.saves();
  if (picture.has_applies()) {
    again.applies = picture.applies();
    ASSIGN_OR_RETURN(again.kept, SavedCharts(store_, picture));
  }
  // What is asked for now must not replace something newer that waits.
  plan->clear_supersede();
  again.made.plan = *std::move(plan);
  for (const v1::ChartRun& chart : picture.charts())
    again.made.profile_digests.push_back(chart.profile_digest());
  return again;
}

absl::StatusOr<v1::Run> RunFactory::Accept(const RunAsked& asked, const NewRun& wanted) {
  const v1::Plan& plan = wanted.made.plan;
  const absl::Time now = clock_.Now();
  const store::RunRow row = RowOf(asked, wanted, ids_.Next(now), now);
  v1::Run first = FirstPicture(wanted, row);
  ASSIGN_OR_RETURN(PinnedArchives archives, assembler_.Pin(plan, first));
  const absl::Status created =
      store_.CreateRun(row, {plan.SerializeAsString(), first.SerializeAsString(), wanted.kept},
                       options_.age_clock.Now() - kKeptWhole);
  if (absl::IsNotFound(created)) return PlanUnknown(row.saved_plan);
  RETURN_IF_ERROR(created);
  if (options_.observer != nullptr) options_.observer->OnCreated(first);
  AssembledRun made = assembler_.Assemble(plan, first, wanted.cluster, std::move(archives));
  table_.Add(made.run, std::move(made.standing));
  return first;
}

}  // namespace wheelhouse::runs
