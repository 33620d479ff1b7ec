// Whether an object does what it is for, decided from the object alone, alike for every helm. Pure
// functions: no I/O, thread-safe. judge.h adds what only the cluster knows, rollout.h waits.
#pragma once

#include <set>
#include <string>

#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

struct Readiness {
  enum class State {
    kReady,
    kInProgress,  // it may become ready by itself
    kFailed,      // waiting longer cannot help (a failed Job)
  };
  State state = State::kInProgress;
  std::string reason;  // why not, in a few words; empty when it is ready
  std::string note;    // of a ready object that does not do all it seems to: `is paused`

  bool ready() const { return state == State::kReady; }
  bool failed() const { return state == State::kFailed; }

  static Readiness Ready(std::string note = "") { return {State::kReady, "", std::move(note)}; }
  static Readiness Waiting(std::string reason) { return {State::kInProgress, std::move(reason)}; }
  static Readiness Failed(std::string reason) { return {State::kFailed, std::move(reason)}; }
};

// What readiness depends on beside the object.
struct ReadinessRules {
  // Whether a Service of type LoadBalancer is ready only once it has an address
  // (ChartInfo.wait_for_load_balancers); its absence is noted anyway.
  bool load_balancers = false;
  // Whether a Job has to finish: a suspended one is not ready then. For whoever needs its result.
  bool finished_jobs = false;
  // The StorageClasses that bind a claim when a pod first uses it (WaitForFirstConsumer): such a
  // claim is ready while it is Pending.
  std::set<std::string> binding_at_first_use;
};

// By kind: kinds.h. An object of another kind is ready by its condition Ready or Available; without
// these, because it exists. An object that is being deleted is not ready, nor is a generation that
// its controller has not observed.
Readiness ReadinessOf(const Json& object, const ReadinessRules& rules = {});

// Whether the object goes away once its finalizers are done.
bool BeingDeleted(const Json& object);

// Whether the controller has seen the object's current spec: until then its status and its pods
// belong to an older one. True for kinds whose controller does not report this, or not as a number.
bool Observed(const Json& object);

// True for built-in kinds that are ready because they exist: a Secret, a Role.
bool ReadyByExisting(const ResourceType& type);

}  // namespace wheelhouse::kube
