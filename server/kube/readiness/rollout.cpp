#include "server/kube/readiness/rollout.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <map>
#include <set>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/judge.h"
#include "server/kube/readiness/reads.h"

namespace wheelhouse::kube {
namespace {

constexpr int kShown = 20;
// How much rarer looks are while nothing is in trouble.
constexpr int kCalm = 5;

bool HasTtl(const Json& object) {
  return Text(object, "/kind") == "Job" &&
         object.contains("/spec/ttlSecondsAfterFinished"_json_pointer);
}

// Which object, and which generation of it.
std::string GenerationOf(const Observation& seen) {
  if (!seen.object.has_value()) return "absent";
  return absl::StrCat(Text(*seen.object, "/metadata/uid"), " ",
                      Int(*seen.object, "/metadata/generation"));
}

void Show(const Observation& seen, const std::string& text, v1::ObjectProgress* progress) {
  progress->set_object(seen.what->id.ToString());
  progress->set_reason(text);
}

std::string WhyWaiting(const Observation& seen) {
  const std::string& hook = seen.what->hook;
  return absl::StrCat(hook.empty() ? "" : absl::StrCat("hook ", hook, ": "), seen.readiness.reason,
                      seen.trouble.empty() ? "" : "; ", seen.trouble);
}

class Rollout {
 public:
  Rollout(KubeClient& client, const Clock& clock, const std::vector<Awaited>& objects,
          const RolloutOptions& options)
      : reads_(client, options.watches),
        objects_(objects),
        options_(options),
        judge_(reads_, options.rules),
        diagnosis_(reads_, clock, options.early_failure, objects) {}

  absl::Status Await(const Context& context) {
    for (;; ++rounds_) {
      v1::Progress progress;
      absl::Status looked = LookSurely(context, &progress);
      if (options_.on_progress && (looked.ok() || HasReason(looked, Reason::kPodFailing)))
        options_.on_progress(progress);
      // An API server that is unavailable for a moment is not a reason to give up: the Context
      // bounds the wait.
      if (!looked.ok() && !HasReason(looked, Reason::kClusterUnreachable)) return looked;
      if (looked.ok() && IsOver(progress)) return absl::OkStatus();
      const absl::Status ended = reads_.AwaitChange(
          context, troubled_ ? options_.look_every : kCalm * options_.look_every);
      if (!ended.ok()) {
        return looked.ok() ? ended
                           : While(absl::StrCat("trying again after \"",
                                                std::string(looked.message()), "\""),
                                   ended);
      }
    }
  }

 private:
  bool IsOver(const v1::Progress& progress) const {
    return progress.ready() == progress.total() && !options_.until_cancelled;
  }

  // What watches have brought may be a moment old: what ends the wait is seen on the server itself.
  absl::Status LookSurely(const Context& context, v1::Progress* progress) {
    reads_.BeginLook(false);
    absl::Status looked = Look(context, progress);
    const bool ends = !looked.ok() || IsOver(*progress);
    if (!ends || !reads_.any_cached() || !context.Check().ok()) return looked;
    reads_.BeginLook(true);
    *progress = v1::Progress();
    return Look(context, progress);
  }

  // POD_FAILING when one of the objects cannot succeed.
  absl::Status Look(const Context& context, v1::Progress* progress) {
    if (options_.check) RETURN_IF_ERROR(options_.check(context, reads_));
    std::vector<const Awaited*> open;
    for (const Awaited& one : objects_) {
      if (!settled_.contains(&one)) open.push_back(&one);
    }
    ASSIGN_OR_RETURN(std::vector<Observation> seen, Observe(context, reads_, open));
    std::vector<Observation*> unready, ready;
    for (Observation& one : seen) {
      first_.try_emplace(one.what, GenerationOf(one));
      RETURN_IF_ERROR(JudgeOne(context, &one));
      if (one.by_plan) continue;
      if (one.readiness.ready() && ReadyByExisting(one.what->id.type)) settled_.insert(one.what);
      if (!one.object.has_value()) continue;
      if (!one.readiness.ready())
        unready.push_back(&one);
      else if (one.what->old_uid.empty() || Text(*one.object, "/metadata/uid") != one.what->old_uid)
        ready.push_back(&one);
    }
    if (rounds_ >= options_.undiagnosed_looks)
      RETURN_IF_ERROR(diagnosis_.Explain(context, unready));
    if (options_.see_ready_pods) RETURN_IF_ERROR(diagnosis_.SeePods(context, ready));
    if (options_.on_sight) options_.on_sight(diagnosis_.sight());
    troubled_ =
        std::ranges::any_of(unready, [](const Observation* one) { return !one->trouble.empty(); });
    Report(seen, progress);
    return FailureIn(context, seen);
  }

  absl::Status JudgeOne(const Context& context, Observation* one) {
    if (!one->what->hook.empty()) return JudgeHook(context, one);
    if (JudgeByPlan(context, one)) return absl::OkStatus();
    if (one->object.has_value()) {
      one->readiness = judge_.Of(context, *one->object);
      if (HasTtl(*one->object)) collectable_[one->what] = one->readiness;
      return absl::OkStatus();
    }
    const auto last = collectable_.find(one->what);
    const bool seen = last != collectable_.end();
    // A helm that runs may not have made it yet.
    if (seen || (one->what->collected_when_done && !options_.until_cancelled)) {
      one->readiness = seen && last->second.failed()
                           ? last->second
                           : judge_.OfCollectedJob(context, one->what->id);
      if (one->readiness.failed()) one->cause = Cause{absl::StrCat(" ", one->readiness.reason)};
      return absl::OkStatus();
    }
    one->readiness = Readiness::Waiting("does not exist yet");
    if (options_.await_creation) return absl::OkStatus();
    const std::string object = one->what->id.ToString();
    return MakeFailure(Reason::kObjectNotFound, object + " does not exist", {{"object", object}});
  }

  // A hook that is not there, or is not this run's, says nothing.
  absl::Status JudgeHook(const Context& context, Observation* one) {
    const bool counts =
        one->object.has_value() && Text(*one->object, "/metadata/uid") != one->what->old_uid;
    one->readiness = counts ? judge_.Of(context, *one->object) : Readiness::Ready();
    return absl::OkStatus();
  }

  bool JudgeByPlan(const Context& context, Observation* one) const {
    if (options_.overrides == nullptr) return false;
    const auto verdict = one->object.has_value()
                             ? options_.overrides->VerdictOn(context, *one->object)
                             : options_.overrides->VerdictOnAbsent(one->what->id);
    if (!verdict.has_value()) return false;
    one->by_plan = true;
    one->readiness = *verdict;
    if (verdict->failed()) one->cause = Cause{absl::StrCat(" ", verdict->reason)};
    return true;
  }

  // The first cause counts, unless helm is about to change the object.
  absl::Status FailureIn(const Context& context, const std::vector<Observation>& seen) const {
    if (options_.early_failure.off()) return absl::OkStatus();
    for (const Observation& one : seen) {
      if (!one.cause.has_value()) continue;
      if (options_.about_to_change && one.object.has_value() && one.what->hook.empty() &&
          first_.at(one.what) == GenerationOf(one) &&
          options_.about_to_change(context, one.what->id, *one.object))
        continue;
      const std::string object = one.what->id.ToString();
      std::map<std::string, std::string> details = one.cause->details;
      details["object"] = object;
      if (one.what->hook.empty())
        return MakeFailure(Reason::kPodFailing, object + one.cause->message, std::move(details));
      details["hook"] = one.what->hook;
      return MakeFailure(Reason::kPodFailing,
                         absl::StrCat("hook ", one.what->hook, ": ", object, one.cause->message),
                         std::move(details));
    }
    return absl::OkStatus();
  }

  void Report(const std::vector<Observation>& seen, v1::Progress* progress) const {
    int unready = 0;
    // What others wait for comes first, then what is in trouble.
    std::vector<const Observation*> hooks, troubled, others;
    for (const Observation& one : seen) {
      if (!one.readiness.ready()) {
        unready += one.what->hook.empty() ? 1 : 0;
        (!one.what->hook.empty() ? hooks : one.trouble.empty() ? others : troubled).push_back(&one);
      } else if (!one.readiness.note.empty() && progress->notes_size() < kShown) {
        Show(one, one.readiness.note, progress->add_notes());
      }
    }
    for (const auto* group : {&hooks, &troubled, &others}) {
      for (const Observation* one : *group) {
        if (progress->waiting_size() < kShown)
          Show(*one, WhyWaiting(*one), progress->add_waiting());
      }
    }
    progress->set_total(static_cast<int>(
        std::ranges::count_if(objects_, [](const Awaited& one) { return one.hook.empty(); })));
    progress->set_ready(progress->total() - unready);
  }

  Reads reads_;
  const std::vector<Awaited>& objects_;
  const RolloutOptions& options_;
  Judge judge_;
  Diagnosis diagnosis_;
  int rounds_ = 0;
  bool troubled_ = false;                            // at the last look
  std::set<const Awaited*> settled_;                 // are ready because they exist
  std::map<const Awaited*, std::string> first_;      // their GenerationOf at the first look
  std::map<const Awaited*, Readiness> collectable_;  // Jobs with a ttl, as last seen
};

}  // namespace

absl::Status AwaitRollout(const Context& context, KubeClient& client, const Clock& clock,
                          const std::vector<Awaited>& objects, const RolloutOptions& options) {
  return Rollout(client, clock, objects, options).Await(context);
}

}  // namespace wheelhouse::kube
