// The RunEngine on a Store. Its parts: run_queue (who may start), chart_graph (the order inside a
// plan), run_log (events, durable before they are told), claims (what other daemons hold),
// retention (what is forgotten). One scheduler thread starts runs; a bounded number of charts at
// once is taken through the lifecycle, a thread each. A chart that waits for a claim does not
// count: what it waits for may need its place.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"
#include "server/kube/cluster.h"
#include "server/lifecycle/runner/lifecycle.h"
#include "server/plan/prepare.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/engine/active_run.h"
#include "server/runs/log/retention.h"
#include "server/runs/log/run_log.h"
#include "server/runs/run_engine.h"
#include "server/store/archives.h"
#include "server/store/store.h"

namespace wheelhouse::runs {

struct NamedCluster {
  std::string name;
  kube::Cluster* cluster = nullptr;  // lent
  ClusterClaims* claims = nullptr;   // lent; nullptr: this daemon is alone on the cluster
};

struct EngineOptions {
  int max_parallel_charts = 8;
  int max_queued = 1000;  // that wait for their keys or for a free worker
  int64_t log_bytes = kDefaultLogBytes;
  RunObserver* observer = nullptr;  // lent; must outlive the store, whose thread calls it
  RetentionOptions retention;
  WatchOptions watch;
  // By name; empty: the default one. CLUSTER_UNKNOWN.
  std::function<absl::StatusOr<NamedCluster>(const std::string& name)> cluster;
  // plan::Prepare, with what it takes of this daemon. `caller` is whose uploaded charts are meant.
  std::function<absl::StatusOr<plan::PreparedPlan>(v1::Plan plan, const std::string& caller)>
      prepare;
};

class Engine final : public RunEngine {
 public:
  // Takes up what a daemon before this one left QUEUED or RUNNING, and starts. What it cannot take
  // up ends FAILED, with why. Runs whose events the store refuses are taken up again in the same
  // way when it takes some. All that is lent must outlive the engine.
  static absl::StatusOr<std::unique_ptr<Engine>> Start(EngineOptions options, store::Store& store,
                                                       store::Archives& archives,
                                                       lifecycle::Lifecycle& lifecycle,
                                                       const Clock& clock);
  ~Engine() override;  // as Shutdown without a bound

  absl::StatusOr<v1::Run> Create(const v1::CreateRunRequest& request, const Principal& by) override;
  absl::StatusOr<v1::Run> Retry(const v1::RetryRunRequest& request, const Principal& by) override;
  absl::StatusOr<v1::Run> Get(const std::string& run_id, const Principal& by) override;
  absl::StatusOr<v1::ListRunsResponse> List(const v1::ListRunsRequest& request,
                                            const Principal& by) override;
  absl::StatusOr<v1::Run> Cancel(const std::string& run_id, bool force,
                                 const Principal& by) override;
  absl::Status Watch(const Context& context, const std::string& run_id, int64_t after_sequence,
                     const Principal& by,
                     const std::function<bool(const v1::RunEvent&)>& send) override;
  void Shutdown(absl::Duration grace) override;
  EngineCounts Counts() override;
  bool draining() const override { return draining_; }

 private:
  using RunPtr = std::shared_ptr<ActiveRun>;
  struct Task {
    RunPtr run;
    int chart;
  };
  // Who asks for a run, and how the same request is known again.
  struct Asked {
    std::string caller;
    std::string request_id;
    std::string digest;
  };
  // A run that is to be, before it has an id.
  struct NewRun {
    plan::PreparedPlan made;
    NamedCluster cluster;
    bool preview = false;
    std::optional<v1::RetryOf> retry_of;
  };
  struct Pins {
    std::vector<std::shared_ptr<void>> pins;
    std::string owner;  // the caller whose archives they are
  };
  // The end of a run of which nothing was done.
  struct Unstarted {
    RunPtr run;
    v1::RunState state = v1::RUN_STATE_FAILED;
    absl::Status why;
    std::string cancelled_by;
    std::string superseded_by;
  };

  Engine(EngineOptions options, store::Store& store, store::Archives& archives,
         lifecycle::Lifecycle& lifecycle, const Clock& clock);

  absl::Status RecordCancel(const RunPtr& run, bool force, const std::string& by);
  void EndWork(const RunPtr& run, bool force, const absl::Status& why) ABSL_LOCKS_EXCLUDED(mutex_);

  // create.cpp
  absl::StatusOr<v1::Run> Admit(const Asked& asked,
                                const std::function<absl::StatusOr<NewRun>()>& make);
  absl::Status TakePlace() ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<v1::Run> Accept(const Asked& asked, const NewRun& run);
  absl::StatusOr<std::optional<v1::Run>> KnownRequest(const Asked& asked);
  std::string NewId() ABSL_LOCKS_EXCLUDED(mutex_);
  v1::Run FirstPicture(const NewRun& run, const store::RunRow& row) const;
  RunPtr MakeActive(const v1::Plan& plan, const v1::Run& picture, const NamedCluster& cluster);
  absl::StatusOr<Pins> PinArchives(const v1::Plan& plan, const v1::Run& picture);
  void Enqueue(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);

  // retry.cpp
  absl::StatusOr<NewRun> Again(const std::string& run_id);

  // recovery.cpp
  absl::Status Recover();
  absl::Status TakeUp(const std::string& run_id);
  absl::StatusOr<v1::Run> Fold(const store::StoredRun& stored, LinesWritten* lines = nullptr);
  absl::StatusOr<lifecycle::Resume> ReadResume(const std::string& run_id,
                                               const v1::ChartRun& chart);
  absl::Status ReadResumes(const v1::Run& picture, ActiveRun* run);
  void Continue(const RunPtr& run, const v1::Run& picture) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status EndLeftOver(const v1::Run& picture, const absl::Status& why);
  void Strand(const RunPtr& run, const absl::Status& why) ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<RunPtr> Stranded() ABSL_LOCKS_EXCLUDED(mutex_);
  void TakeUpStranded() ABSL_LOCKS_EXCLUDED(mutex_);

  // read.cpp
  std::shared_ptr<RunLog> FindLog(const std::string& run_id, v1::QueuePlace* place = nullptr)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<store::StoredRun> LoadRun(const std::string& run_id);
  absl::StatusOr<v1::Run> Picture(const std::string& run_id);
  absl::StatusOr<v1::Run> StoredPicture(const std::string& run_id);

  // scheduling.cpp
  void SchedulerLoop();
  absl::Time Schedule(std::vector<Unstarted>* ends) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Supersede(std::vector<QueueEntry>* queued, std::vector<Unstarted>* ends)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellPlace(const RunPtr& run, const v1::QueuePlace& place);
  void StartRun(const RunPtr& run) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BoundWork(const RunPtr& run, absl::Duration left) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Started(const RunPtr& run, const absl::Status& status) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status EndUnstarted(const Unstarted& end) ABSL_LOCKS_EXCLUDED(mutex_);

  // execution.cpp
  void WorkerLoop();
  void RunChart(const Task& task) ABSL_LOCKS_EXCLUDED(mutex_);
  lifecycle::ChartOutcome Execute(const Task& task) ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<lifecycle::ChartOutcome> NotToBeStarted(const Task& task)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status RecordBegin(const Task& task);
  absl::Status RecordEnd(const Task& task, const lifecycle::ChartOutcome& outcome);
  void ChartEnded(const Task& task, const lifecycle::ChartOutcome& outcome)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void FreeKeys(const RunPtr& run, int chart) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SkipUnreachable(const RunPtr& run, int chart) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Follow(const RunPtr& run, int chart, bool stops) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Finish(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);

  // claiming.cpp
  lifecycle::ChartOutcome RunBehindFence(const Task& task, lifecycle::ChartRequest request,
                                         const lifecycle::Bounds& bounds,
                                         lifecycle::Journal& journal) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<lifecycle::Meanwhile> TakeClaims(const Context& context, const Task& task,
                                                  const std::optional<lifecycle::Resume>& resume,
                                                  const std::shared_ptr<Fence>& fence)
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::set<std::string> ClaimKeys(const Task& task) ABSL_LOCKS_EXCLUDED(mutex_);
  void TellWait(const Task& task, const std::vector<v1::ClaimHolder>& holders);
  void StepAside() ABSL_LOCKS_EXCLUDED(mutex_);
  void StepBack() ABSL_LOCKS_EXCLUDED(mutex_);
  int Slots() const { return std::max(1, options_.max_parallel_charts); }
  void AddWorker() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(const RunPtr& run) ABSL_LOCKS_EXCLUDED(mutex_);

  const EngineOptions options_;
  store::Store& store_;
  store::Archives& archives_;
  lifecycle::Lifecycle& lifecycle_;
  const Clock& clock_;
  std::atomic<bool> draining_ = false;
  Retention retention_;

  Mutex mutex_;
  CondVar changed_;     // the scheduler looks again
  CondVar work_ready_;  // a worker looks again
  CondVar idle_;        // a thread has stopped
  std::map<std::string, RunPtr> active_ ABSL_GUARDED_BY(mutex_);
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool look_again_ ABSL_GUARDED_BY(mutex_) = true;
  int creating_ ABSL_GUARDED_BY(mutex_) = 0;   // places taken in the queue by calls to Create
  int starting_ ABSL_GUARDED_BY(mutex_) = 0;   // answers that the store's thread still owes
  int threads_ ABSL_GUARDED_BY(mutex_) = 0;    // that have not stopped
  int busy_ ABSL_GUARDED_BY(mutex_) = 0;       // workers with a chart that does not wait for claims
  int aside_ ABSL_GUARDED_BY(mutex_) = 0;      // with one that does
  int returning_ ABSL_GUARDED_BY(mutex_) = 0;  // of these, whose chart has its claims
  int64_t last_id_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  int last_id_count_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> pool_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::runs
