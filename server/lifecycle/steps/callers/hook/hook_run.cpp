#include "server/lifecycle/steps/callers/hook/hook_run.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "common/secret_names.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/steps/callers/hook/cluster_requests.h"
#include "server/lifecycle/steps/callers/program_output.h"
#include "server/plan/fields/field_checks.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr int kMostKeys = 100;
// The most requests to the cluster: 50 a second, one after the other.
constexpr absl::Duration kBetweenRequests = absl::Milliseconds(20);

}  // namespace

HookRun::HookRun(const Chart& chart, Known& known, const v1::HookStep& step, std::string id,
                 bool preview)
    : chart_(chart), known_(known), step_(step), id_(std::move(id)), preview_(preview) {}

absl::Status HookRun::Record(const std::string& outcome) {
  const Position& at = chart_.report.position();
  v1::Transition transition;
  transition.set_stage(at.stage);
  transition.set_step(at.step);
  transition.set_kind("hook");
  transition.set_state(v1::STATE_RUNNING);
  transition.set_attempt(at.attempt);
  transition.set_outcome(chart_.report.Mask(outcome));
  return chart_.report.Record(transition);
}

absl::Status HookRun::Begin(int attempt, const std::string& worker, const std::string& version) {
  if (preview_) return absl::OkStatus();
  Trail::Hook hook;
  hook.set_id(id_);
  hook.set_attempt(attempt);
  hook.set_begun(true);
  *known_.trail.mutable_hook() = std::move(hook);
  if (!version.empty()) (*known_.trail.mutable_hook_versions())[step_.name()] = version;
  if (!read_only())
    NoteEffect(known_.trail, chart_.report.position(), "hook",
               absl::StrCat("called ", step_.name(), ", perhaps done in part"));
  return Record(absl::StrCat("attempt ", attempt, " goes to ", ValidUtf8(worker)));
}

void HookRun::Log(absl::string_view line) { chart_.report.Log("hook", line); }

void HookRun::Progress(const std::string& what) {
  chart_.report.Waiting(absl::StrCat("hook ", step_.name()), ValidUtf8(what));
}

absl::Status HookRun::Waits(const std::string& what) {
  Progress(what);
  return preview_ ? absl::OkStatus() : Record(what);
}

v1::ClusterResponse HookRun::Do(const Context& context, const v1::ClusterRequest& request) {
  v1::ClusterResponse refused;
  absl::Status may = context.Sleep(next_request_ - SteadyNow());
  next_request_ = SteadyNow() + kBetweenRequests;
  if (may.ok() && Changes(request) && (read_only() || preview_))
    may = MakeFailure(
        Reason::kPermissionDenied,
        absl::StrCat("the hook ", step_.name(), " is READ_ONLY: it must not change the cluster"));
  if (!may.ok()) {
    *refused.mutable_failure() = chart_.report.FailureHere(may);
    return refused;
  }
  v1::ClusterResponse response = AnswerClusterRequest(context, chart_, known_, request);
  if (!Changes(request)) return response;
  // Journalled before the hook goes on: what it has changed is known, whatever becomes of it. The
  // daemon's log has it as well, with the principal (runs/log/event_line.cpp).
  const std::string came_to = response.has_failure()
                                  ? absl::StrCat("refused: ", response.failure().reason(), ": ",
                                                 response.failure().message())
                                  : response.outcome();
  const absl::Status recorded = Record(absl::StrCat(WordsOf(request), ": ", came_to));
  if (recorded.ok()) return response;
  *refused.mutable_failure() = chart_.report.FailureHere(recorded);
  return refused;
}

absl::Status HookRun::TakePayload(const v1::Result& result) {
  plan::FieldViolations wrong;
  if (result.payload_size() > kMostKeys)
    wrong.push_back({"payload", absl::StrCat("has more than ", kMostKeys, " entries")});
  for (const auto& [key, value] : result.payload()) {
    plan::CheckPayloadKey(key, "payload", &wrong);
    if (value.size() > kMostOfPayload)
      wrong.push_back({"payload", absl::StrCat(key, " has more than 64 KiB")});
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  for (const auto& [key, value] : result.payload()) {
    if (WhatNameSays(key) == NameSays::kSecret) chart_.report.AddSecrets({value});
    (*known_.trail.mutable_payload())[key] = value;
  }
  return absl::OkStatus();
}

absl::Status HookRun::End(const v1::Result& result) {
  if (!result.has_failure()) RETURN_IF_ERROR(TakePayload(result));
  if (preview_) return absl::OkStatus();
  Trail::Hook& hook = *known_.trail.mutable_hook();
  hook.set_begun(false);
  hook.set_outcome(chart_.report.Mask(result.outcome()));
  if (result.has_failure()) *hook.mutable_failure() = result.failure();
  if (!read_only() && !result.has_failure())
    NoteEffect(known_.trail, chart_.report.position(), "hook",
               absl::StrCat("called ", step_.name()));
  return Record("");  // durable; the end of the step says what it came to
}

void HookRun::Failed() {
  if (IsNewest()) known_.trail.mutable_hook()->set_begun(false);
}

}  // namespace wheelhouse::lifecycle
