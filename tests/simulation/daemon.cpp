#include "tests/simulation/daemon.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/plan/defaults.h"
#include "server/plan/prepare.h"
#include "tests/unit/fakes/fake_helm.h"
#include "tests/unit/fakes/fake_lifecycle.h"

namespace wheelhouse::simulation {
namespace {

constexpr char kDigest[] =
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

// The run that the thread works for; helm's requests do not say it.
thread_local std::string current_run;

class SharedCluster final : public kube::Cluster {
 public:
  explicit SharedCluster(kube::FakeKube& client)
      : config_{.name = "prod", .is_default = true}, client_(client) {}
  const kube::ClusterConfig& config() const override { return config_; }
  kube::KubeClient& client() override { return client_; }
  kube::WatchCache& watches() override { return watches_; }
  absl::StatusOr<kube::HelmAccess> AccessForHelm(const Context&, kube::HelmUse) override {
    return kube::HelmAccess();
  }

 private:
  const kube::ClusterConfig config_;
  kube::FakeKube& client_;
  kube::WatchCache watches_{client_};
};

// The journal of a chart, which sees that a run that is to stop does not begin to undo.
class NotingJournal final : public lifecycle::Journal {
 public:
  NotingJournal(World& world, lifecycle::Journal& journal, const lifecycle::ChartRequest& request,
                const lifecycle::Bounds& bounds)
      : world_(world), journal_(journal), request_(request), bounds_(bounds) {}
  absl::Status Record(const v1::Transition& transition,
                      const lifecycle::JournalNote& note) override {
    See(transition);
    return journal_.Record(transition, note);
  }
  absl::Status RecordSoon(const v1::Transition& transition,
                          const lifecycle::JournalNote& note) override {
    See(transition);
    return journal_.RecordSoon(transition, note);
  }
  absl::Status RecordFailure(const v1::Failure& failure) override {
    return journal_.RecordFailure(failure);
  }
  absl::Status Keep(const std::string& name, const std::string& bytes) override {
    return journal_.Keep(name, bytes);
  }
  absl::Status KeepWithinBound(const std::string& name, const std::string& bytes) override {
    return journal_.KeepWithinBound(name, bytes);
  }
  absl::StatusOr<std::optional<std::string>> Kept(const std::string& name) override {
    return journal_.Kept(name);
  }
  absl::StatusOr<std::optional<std::string>> KeptBy(const std::string& run_id,
                                                    const std::string& name) override {
    return journal_.KeptBy(run_id, name);
  }
  absl::StatusOr<std::optional<lifecycle::Intention>> Intended(int revision) override {
    return journal_.Intended(revision);
  }
  void Log(const v1::Log& log) override { journal_.Log(log); }
  void Progress(const v1::Progress& progress) override { journal_.Progress(progress); }

 private:
  void See(const v1::Transition& transition) {
    const bool begins = transition.stage() == v1::STAGE_ON_DEPLOY_FAILURE &&
                        transition.step().empty() && transition.state() == v1::STATE_RUNNING;
    if (begins && bounds_.halted() && !HadBegun())
      world_.Violation(absl::StrCat("run ", request_.run_id,
                                    " begins to undo what a newer run is to take over"));
  }
  bool HadBegun() const {
    if (!request_.resume.has_value()) return false;
    const auto& stages = request_.resume->chart.stages();
    return std::ranges::any_of(stages, [](const v1::StageRun& stage) {
      return stage.stage() == v1::STAGE_ON_DEPLOY_FAILURE && stage.state() == v1::STATE_RUNNING;
    });
  }

  World& world_;
  lifecycle::Journal& journal_;
  const lifecycle::ChartRequest& request_;
  const lifecycle::Bounds& bounds_;
};

class NotingLifecycle final : public lifecycle::Lifecycle {
 public:
  NotingLifecycle(World& world, lifecycle::Services services)
      : world_(world), lifecycle_(std::move(services)) {}
  lifecycle::ChartOutcome RunChart(const lifecycle::ChartRequest& request,
                                   const lifecycle::Bounds& bounds,
                                   const lifecycle::BeforeFirstChange& before_first_change,
                                   lifecycle::Journal& journal) override {
    current_run = request.run_id;
    NotingJournal noting(world_, journal, request, bounds);
    return lifecycle_.RunChart(request, bounds, before_first_change, noting);
  }

 private:
  World& world_;
  lifecycle::ChartLifecycle lifecycle_;
};

kube::Clusters ClustersOf(World& world) {
  std::vector<std::unique_ptr<kube::Cluster>> clusters;
  clusters.push_back(std::make_unique<SharedCluster>(world.kube));
  return kube::Clusters(std::move(clusters));
}

runs::EngineOptions OptionsOf(runs::ClusterClaims& claims) {
  runs::EngineOptions options;
  options.max_parallel_charts = 2;
  options.queue = {100, 100, 100};
  options.log_bytes = 1 << 20;
  options.kept_bytes = int64_t{1} << 30;
  options.retention = {absl::Hours(720), 10000, int64_t{1} << 40};
  options.claims = {{"prod", &claims}};
  options.allow = [](const v1::Plan&, const Principal&) { return absl::OkStatus(); };
  options.prepare = [](v1::Plan plan, const Principal& by) {
    return runs::FakePrepare(plan::WithDefaults(plan), by);
  };
  return options;
}

}  // namespace

// helm takes its time, and fails one time in eight.
class Daemon::Helm final : public helm::HelmClient {
 public:
  Helm(World& world, int daemon) : world_(world), daemon_(daemon) {
    helm_.manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";
    helm_.during_upgrade = [this](const Context&) {
      if (Once(8))
        helm_.upgrades.push_back(MakeFailure(Reason::kHelmFailed, "the simulated helm failed"));
    };
  }
  absl::StatusOr<helm::HelmVersion> Version(const Context& context) override {
    return helm_.Version(context);
  }
  absl::StatusOr<int> Upgrade(const Context& context, const helm::UpgradeRequest& request,
                              const helm::OnHelmLine& on_line) override {
    const World::Change change(world_, NameOf(request.target), current_run, daemon_, context,
                               "upgrade");
    TakeTime(context);
    absl::StatusOr<int> made = helm_.Upgrade(context, request, on_line);
    if (made.ok()) world_.MadeRevision(NameOf(request.target), current_run);
    return made;
  }
  absl::Status Uninstall(const Context& context, const helm::UninstallRequest& request,
                         const helm::OnHelmLine& on_line) override {
    const World::Change change(world_, NameOf(request.target), current_run, daemon_, context,
                               "uninstall");
    TakeTime(context);
    absl::Status gone = helm_.Uninstall(context, request, on_line);
    if (gone.ok()) world_.Undid(NameOf(request.target), current_run);
    return gone;
  }
  absl::StatusOr<int> Rollback(const Context& context, const helm::RollbackRequest& request,
                               const helm::OnHelmLine& on_line) override {
    const World::Change change(world_, NameOf(request.target), current_run, daemon_, context,
                               "rollback");
    TakeTime(context);
    absl::StatusOr<int> made = helm_.Rollback(context, request, on_line);
    if (made.ok()) world_.Undid(NameOf(request.target), current_run);
    return made;
  }
  absl::Status Test(const Context& context, const helm::TestRequest& request,
                    const helm::OnHelmLine& on_line) override {
    return helm_.Test(context, request, on_line);
  }
  absl::StatusOr<std::string> Render(const Context& context,
                                     const helm::RenderRequest& request) override {
    TakeTime(context);
    return helm_.Render(context, request);
  }
  absl::StatusOr<std::string> Rehearse(const Context& context,
                                       const helm::UpgradeRequest& request) override {
    TakeTime(context);
    return helm_.Rehearse(context, request);
  }

 private:
  static std::string NameOf(const helm::ReleaseTarget& target) {
    return absl::StrCat(target.ns, "/", target.name);
  }
  static void TakeTime(const Context& context) {
    context.Sleep(absl::Milliseconds(Decisions()() % 3000)).IgnoreError();
  }

  World& world_;
  const int daemon_;
  helm::FakeHelm helm_{world_.kube};
};

Daemon::Daemon(World& world, Machine& machine, int number)
    : number_(number), clusters_(ClustersOf(world)) {
  BecomeDaemon(number);
  store_ = std::make_unique<store::MemoryStore>(machine.disk);
  store_->before_write = [] { Sleep(absl::Microseconds(Decisions()() % 20000)); };
  archives_ =
      *store::Archives::Open(machine.folder + "/archives", {.quota_bytes = 1 << 20}, clock_);
  const std::string upload = machine.folder + "/upload";
  std::filesystem::copy_file(machine.folder + "/chart", upload);
  if (!archives_->Put(upload, kDigest, {"ann"}).ok()) world.Violation("no archive can be stored");
  helm_ = std::make_unique<Helm>(world, number);
  charts_.path = machine.folder + "/chart";
  processes_.program = [&world](const Context& context, const ProcessSpec& spec) {
    world.DidOnce(absl::StrCat(current_run, ": ", spec.argv.back()));
    context.Sleep(absl::Milliseconds(Decisions()() % 2000)).IgnoreError();
    return absl::StatusOr<ProcessResult>(ProcessResult());
  };
  runs::LeaseBackedClaimsOptions claims;
  claims.daemon = {machine.id, "host"};
  claims.lease_namespace = "wheelhouse-system";
  claims.lease_duration = absl::Seconds(30);
  claims_ = std::make_unique<runs::LeaseBackedClaims>(claims, world.kube, clock_, boot_clock_);
  claims_->Start();
  lifecycle_ = std::make_unique<NotingLifecycle>(
      world, lifecycle::Services{.helm = *helm_,
                                 .archives = charts_,
                                 .processes = processes_,
                                 .clock = clock_,
                                 .commands = {{"once", {{"/bin/once"}, {}}}},
                                 .verifier = verifier_,
                                 .temp_directory = machine.folder,
                                 .foreign_lock_age = absl::Hours(1),
                                 .kustomize = "kustomize"});
  auto started =
      runs::Engine::Start(OptionsOf(*claims_), clusters_, *store_, *archives_, *lifecycle_, clock_);
  if (started.ok()) {
    engine_ = *std::move(started);
  } else {
    world.Violation(
        absl::StrCat("a daemon does not start: ", std::string(started.status().message())));
  }
}

void Daemon::Shutdown() {
  engine_->Shutdown(absl::Seconds(25));
  claims_->Close(absl::Seconds(3));
}

v1::CreateRunRequest PlanFor(const std::vector<std::string>& namespaces, const std::string& token) {
  v1::CreateRunRequest request;
  if (Once(2)) {
    request.mutable_plan()->set_name("shop");
    request.mutable_plan()->set_supersede(Once(3) ? v1::SUPERSEDE_WAITING : v1::SUPERSEDE_RUNNING);
  }
  for (const std::string& ns : namespaces) {
    v1::ChartInfo* chart = request.mutable_plan()->add_charts();
    chart->set_namespace_(ns);
    chart->set_name("web");
    chart->mutable_chart()->set_archive_digest(kDigest);
    chart->set_force_upgrade(Once(3));
    chart->add_values()->set_key("token");
    chart->mutable_values(0)->set_value(token);
    if (Once(2)) {
      v1::Step* step = chart->mutable_stages()->mutable_post_exec()->add_after();
      step->mutable_command()->set_command("once");
      step->mutable_command()->add_args(absl::StrCat(token, "/", ns));
    }
    // For what nobody makes: it waits until it fails, or a newer run ends that.
    if (Once(4)) {
      v1::Step* step = chart->mutable_stages()->mutable_validate()->add_before();
      step->mutable_wait_for()->mutable_ready();
      v1::ObjectRef* object = step->mutable_wait_for()->add_objects();
      object->set_kind("ConfigMap");
      object->set_name("never");
    }
    if (request.plan().charts_size() > 1 && Once(2))
      chart->add_depends_on(absl::StrCat(request.plan().charts(0).namespace_(), "/web"));
  }
  return request;
}

}  // namespace wheelhouse::simulation
