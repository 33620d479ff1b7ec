// What the daemons of a simulation share, and what outlives them: the cluster, their disks, and an
// account of what was done, which is checked while it is written.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/context.h"
#include "tests/simulation/threads.h"
#include "tests/unit/fakes/fake_kube.h"
#include "tests/unit/fakes/memory_store.h"

namespace wheelhouse::simulation {

// One thread runs at a time, and it does not change inside a method: no locks.
class World {
 public:
  World();

  kube::FakeKube kube;
  bool kube_answers = true;

  // -- The account. A violation is printed, and the simulation fails.

  void Violation(const std::string& what);
  bool violated() const { return violated_; }

  // The caller has the answer of CreateRun or RetryRun.
  void Acknowledged(const std::string& run_id, store::MemoryDisk& disk);
  // helm changes a release for a run, by `daemon`, as long as it lives. `context` is the run's.
  // What leaves the release's records as they were has changed nothing.
  class Change {
   public:
    Change(World& world, const std::string& release, const std::string& run_id, int daemon,
           const Context& context, const std::string& how);
    ~Change();
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    World& world_;
    const int number_;
  };
  void MadeRevision(const std::string& release, const std::string& run_id);
  void Undid(const std::string& release, const std::string& run_id);
  // A step that must not be done twice was done.
  void DidOnce(const std::string& token);
  // Its helms died with it.
  void Died(int daemon);

  // -- What holds at every moment, and what holds when everything has come to rest.

  void CheckDisk(const store::MemoryDisk& disk);
  bool AllEnded() const;
  void CheckEnds();

 private:
  struct Ongoing {
    std::string release;
    std::string run_id;
    int daemon = 0;
    Context context;
    std::string before;  // the release's records
    int turn = 0;        // of the release
  };
  struct Release {
    std::map<std::string, int> touched;  // the turn in which each run changed it last
    std::string last;                    // the run that changed it last, and in which turn
    int last_turn = 0;
    std::string begun_by;             // the run that began the newest change
    int turn = 0;                     // grows when another run begins one
    std::map<std::string, int> made;  // revisions, by run
    std::string stands;               // the run whose revision is the newest; empty: undone
    std::vector<std::string> story;   // what was done to it, for whoever reads of a violation
  };

  // What was done to the release, and the events of the runs.
  void TellOf(const std::string& release, const std::vector<std::string>& runs);
  std::string RecordsOf(const std::string& release);
  // Whether what stands of the chart that failed is not the run's, by itself or because it has
  // taken it over; or is reported.
  bool AnswersFor(const v1::Run& run, const v1::ChartRun& chart);
  // Whether the run has handed over what it made of the chart.
  bool HandedOver(const std::string& run_id, const std::string& chart);
  // It is over, or its daemon has died.
  void Note(const Ongoing& change);

  bool violated_ = false;
  std::map<int, Ongoing> ongoing_;
  int next_ = 0;
  std::map<std::string, Release> releases_;
  std::map<std::string, int> once_;
  std::map<std::string, store::MemoryDisk*> acknowledged_;
  std::map<std::string, size_t> checked_;  // events of a run, by run
};

}  // namespace wheelhouse::simulation
