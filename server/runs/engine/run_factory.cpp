#include "server/runs/engine/run_factory.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/log/stored_run.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {
namespace {

constexpr size_t kLongestRequestId = 128;

// The same bytes for the same request: maps come sorted.
std::string Deterministic(const v1::CreateRunRequest& request) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  request.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::Status CheckRequest(const v1::CreateRunRequest& request) {
  if (v1::Mode_IsValid(request.mode())) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, {{"mode", "must be APPLY or PREVIEW"}});
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
  ASSIGN_OR_RETURN(kube::Cluster* const cluster, options_.clusters.Find(request.cluster()));
  const RunAsked asked{by, request.request_id(), store_.Digest(Deterministic(request))};
  return Admit(asked, [&]() -> absl::StatusOr<NewRun> {
    ASSIGN_OR_RETURN(plan::PreparedPlan made, options_.prepare(request.plan(), by));
    return NewRun{std::move(made), cluster, request.mode() == v1::MODE_PREVIEW, std::nullopt};
  });
}

absl::StatusOr<v1::Run> RunFactory::Retry(const v1::RetryRunRequest& request, const Principal& by) {
  // The name sets it apart from the digests of CreateRun's requests.
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
  RETURN_IF_ERROR(table_.Reserve());
  const auto reserved = absl::MakeCleanup([this] { table_.Unreserve(); });
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
  ASSIGN_OR_RETURN(const std::optional<store::RunRow> row,
                   store_.FindRequest(asked.by, asked.request_id, clock_.Now() - kKeptWhole));
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
  RETURN_IF_ERROR(
      store_.CreateRun(row, plan.SerializeAsString(), first.SerializeAsString(), now - kKeptWhole));
  if (options_.observer != nullptr) options_.observer->OnCreated(first);
  AssembledRun made = assembler_.Assemble(plan, first, wanted.cluster, std::move(archives));
  table_.Add(made.run, std::move(made.standing));
  return first;
}

}  // namespace wheelhouse::runs
