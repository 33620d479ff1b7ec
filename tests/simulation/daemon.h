// One daemon of a simulation, from its start to its death: the real engine, log, claims and
// lifecycle, on a store in memory, with helm and the API server of the world.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/boot_clock.h"
#include "common/clock.h"
#include "server/kube/clusters.h"
#include "server/lifecycle/runner/chart_lifecycle.h"
#include "server/runs/claims/lease_backed_claims.h"
#include "server/runs/engine/engine.h"
#include "tests/simulation/world.h"
#include "tests/unit/fakes/fake_archives.h"
#include "tests/unit/fakes/fake_processes.h"

namespace wheelhouse::simulation {

// What is left of a daemon when it is dead.
struct Machine {
  std::string id;      // of the daemon
  std::string folder;  // of its archives
  store::MemoryDisk disk;
};

// Made and used by threads that belong to it (BecomeDaemon). It is never destroyed: it ends with
// Kill, as a process does.
class Daemon {
 public:
  Daemon(World& world, Machine& machine, int number);

  int number() const { return number_; }
  runs::Engine& engine() { return *engine_; }
  store::MemoryStore& store() { return *store_; }

  // Ends it in order, as SIGTERM does.
  void Shutdown();

 private:
  class Helm;

  const int number_;
  const SystemClock clock_;
  const SystemBootClock boot_clock_;
  kube::Clusters clusters_;
  std::unique_ptr<store::MemoryStore> store_;
  std::unique_ptr<store::Archives> archives_;
  std::unique_ptr<Helm> helm_;
  helm::FakeArchives charts_;
  FakeProcesses processes_;
  const signatures::Verifier verifier_{{"gpgv", "/tmp", processes_}};  // asked for nothing;
  std::unique_ptr<runs::LeaseBackedClaims> claims_;
  std::unique_ptr<lifecycle::Lifecycle> lifecycle_;
  std::unique_ptr<runs::Engine> engine_;
};

// The plan of a run: charts of `namespaces`, in an order that the seed decides.
v1::CreateRunRequest PlanFor(const std::vector<std::string>& namespaces, const std::string& token);

// A release that a plan may name, and every namespace.
inline const std::vector<std::string> kNamespaces = {"a", "b", "c"};

}  // namespace wheelhouse::simulation
