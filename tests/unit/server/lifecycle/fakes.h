// A chart's surroundings, made so that the test can put a fault anywhere in them.
#pragma once

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/failure.h"
#include "common/mutex.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/helm/releases.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/plan/plan_defaults.h"

namespace wheelhouse::lifecycle {

inline kube::ObjectId IdOf(const std::string& kind, const std::string& ns,
                           const std::string& name) {
  static const std::map<std::string, kube::ResourceType> known = {
      {"Secret", {"", "v1", "Secret", "secrets", true}},
      {"ConfigMap", {"", "v1", "ConfigMap", "configmaps", true}},
      {"Pod", {"", "v1", "Pod", "pods", true}},
      {"Event", {"", "v1", "Event", "events", true}},
      {"Namespace", {"", "v1", "Namespace", "namespaces", false}},
      {"PersistentVolumeClaim",
       {"", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true}},
      {"CustomResourceDefinition",
       {"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
        false}},
      {"Sail", {"sandbox.wheelhouse", "v1", "Sail", "sails", true}},
      {"ReplicaSet", {"apps", "v1", "ReplicaSet", "replicasets", true}},
      {"Job", {"batch", "v1", "Job", "jobs", true}},
      {"Deployment", {"apps", "v1", "Deployment", "deployments", true}}};
  return {known.at(kind), ns, name};
}

// A release as helm packs it into its record.
inline std::string PackedRelease(const kube::Json& release) {
  std::string text = release.dump();
  std::string packed(text.size() + 200, '\0');
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8,
                         Z_DEFAULT_STRATEGY),
            Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return absl::Base64Escape(absl::Base64Escape(packed));
}

// An API server in memory. Thread-safe.
class FakeKube : public kube::KubeClient {
 public:
  // Answers the next such call with `fault`: `create Namespace shop`.
  void FailNext(const std::string& call, absl::Status fault) {
    MutexLock lock(&mutex_);
    faults_[call].push_back(std::move(fault));
  }
  std::string previous_log;
  // The call that is not answered before its Context ends.
  std::string hang;
  // What every Service answers.
  kube::ServiceAnswer service{200, ""};
  // Called before each call is answered, without a lock.
  std::function<void(const std::string& call)> on_call;

  void Put(const kube::ObjectId& id, kube::Json object) {
    object["apiVersion"] = id.type.ApiVersion();
    object["kind"] = id.type.kind;
    object["metadata"]["name"] = id.name;
    if (!id.ns.empty()) object["metadata"]["namespace"] = id.ns;
    if (!object["metadata"].contains("uid")) object["metadata"]["uid"] = "uid of " + id.ToString();
    MutexLock lock(&mutex_);
    objects_[id.ToString()] = std::move(object);
  }
  void Remove(const kube::ObjectId& id) {
    MutexLock lock(&mutex_);
    objects_.erase(id.ToString());
  }
  kube::Json Find(const kube::ObjectId& id) {
    MutexLock lock(&mutex_);
    const auto found = objects_.find(id.ToString());
    return found == objects_.end() ? kube::Json() : found->second;
  }

  // A release record, as helm keeps it.
  void PutRecord(const std::string& ns, const std::string& name, int revision,
                 const std::string& status, std::map<std::string, std::string> labels = {},
                 const std::string& manifest = "", const std::string& version = "1.0.0") {
    labels.insert({{"owner", "helm"},
                   {"name", name},
                   {"version", std::to_string(revision)},
                   {"status", status}});
    Put(IdOf("Secret", ns, absl::StrCat("sh.helm.release.v1.", name, ".v", revision)),
        {{"metadata", {{"labels", labels}}},
         {"data",
          {{"release", PackedRelease({{"manifest", manifest},
                                      {"chart", {{"metadata", {{"version", version}}}}}})}}}});
  }

  absl::StatusOr<std::string> ServerVersion(const Context& context) override {
    RETURN_IF_ERROR(Enter(context, "version"));
    return std::string("v1.37.2");
  }
  absl::StatusOr<kube::ResourceType> Resolve(const Context& context, const std::string&,
                                             const std::string& kind) override {
    RETURN_IF_ERROR(Enter(context, "resolve " + kind));
    return IdOf(kind, "", "").type;
  }
  absl::StatusOr<kube::Json> Get(const Context& context, const kube::ObjectId& id) override {
    RETURN_IF_ERROR(Enter(context, "get " + id.ToString()));
    kube::Json object = Find(id);
    if (object.is_null()) return MakeFailure(Reason::kObjectNotFound, id.ToString() + " not found");
    return object;
  }
  absl::StatusOr<kube::ObjectList> List(const Context& context, const kube::ResourceType& type,
                                        const kube::ListOptions& options) override {
    RETURN_IF_ERROR(Enter(context, absl::StrCat("list ", type.plural, " in ", options.ns)));
    kube::ObjectList list;
    MutexLock lock(&mutex_);
    for (const auto& [key, object] : objects_) {
      if (object["kind"] == type.kind &&
          (options.ns.empty() || kube::Text(object, "/metadata/namespace") == options.ns) &&
          Selected(object, options.label_selector))
        list.items.push_back(object);
    }
    return list;
  }
  absl::StatusOr<kube::Json> Create(const Context& context, const kube::ObjectId& id,
                                    const kube::Json& object) override {
    RETURN_IF_ERROR(Enter(context, "create " + id.ToString()));
    if (!Find(id).is_null())
      return MakeFailure(Reason::kObjectConflict, id.ToString() + " already exists");
    Put(id, object);
    return Find(id);
  }
  absl::StatusOr<kube::Json> Apply(const Context& context, const kube::ObjectId& id,
                                   const std::string&, const kube::ApplyOptions& options) override {
    RETURN_IF_ERROR(Enter(context, "apply " + id.ToString()));
    if (!options.dry_run) Put(id, kube::Json::object());
    return Find(id);
  }
  absl::StatusOr<kube::Json> Patch(const Context& context, const kube::ObjectId& id,
                                   kube::PatchType type, const std::string& patch) override {
    RETURN_IF_ERROR(Enter(context, "patch " + id.ToString()));
    kube::Json object = Find(id);
    if (type == kube::PatchType::kMerge) object.merge_patch(kube::Json::parse(patch));
    Put(id, object);
    return object;
  }
  absl::StatusOr<kube::Json> Replace(const Context& context, const kube::ObjectId& id,
                                     const kube::Json& object) override {
    RETURN_IF_ERROR(Enter(context, "replace " + id.ToString()));
    Put(id, object);
    return object;
  }
  absl::Status Delete(const Context& context, const kube::ObjectId& id,
                      const kube::DeleteOptions&) override {
    RETURN_IF_ERROR(Enter(context, "delete " + id.ToString()));
    Remove(id);
    return absl::OkStatus();
  }
  absl::Status Watch(const Context& context, const kube::ResourceType&, const kube::ListOptions&,
                     const std::function<bool(const kube::ObjectList&)>&,
                     const std::function<bool(const kube::WatchEvent&)>&) override {
    return context.Check();
  }
  absl::StatusOr<bool> MayI(const Context& context, const kube::AccessReview& review) override {
    RETURN_IF_ERROR(Enter(context, "may I " + review.verb));
    return true;
  }
  absl::StatusOr<std::string> PodLogs(const Context& context, const std::string& ns,
                                      const std::string& pod, const std::string&,
                                      const kube::LogOptions& options) override {
    RETURN_IF_ERROR(Enter(context, absl::StrCat("logs ", ns, "/", pod)));
    return options.previous ? previous_log : "log of " + pod;
  }
  absl::StatusOr<kube::ServiceAnswer> AskService(const Context& context,
                                                 const kube::ServiceRequest& request) override {
    RETURN_IF_ERROR(Enter(context, absl::StrCat("ask ", request.ns, "/", request.name, ":",
                                                request.port, request.path)));
    return service;
  }
  void ForgetDiscovery() override {}

 private:
  absl::Status Enter(const Context& context, const std::string& call) {
    if (on_call) on_call(call);
    if (call == hang) (void)context.Sleep(absl::InfiniteDuration());
    RETURN_IF_ERROR(context.Check());
    MutexLock lock(&mutex_);
    std::deque<absl::Status>& faults = faults_[call];
    if (faults.empty()) return absl::OkStatus();
    const absl::Status fault = faults.front();
    faults.pop_front();
    return fault;
  }
  static bool Selected(const kube::Json& object, const std::string& selector) {
    for (absl::string_view pair : absl::StrSplit(selector, ',', absl::SkipEmpty())) {
      const std::vector<std::string> parts = absl::StrSplit(pair, '=');
      if (kube::Text(object, ("/metadata/labels/" + parts[0]).c_str()) != parts[1]) return false;
    }
    return true;
  }

  Mutex mutex_;
  std::map<std::string, kube::Json> objects_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::deque<absl::Status>> faults_ ABSL_GUARDED_BY(mutex_);
};

class FakeCluster : public kube::Cluster {
 public:
  const kube::ClusterConfig& config() const override { return config_; }
  kube::KubeClient& client() override { return kube; }
  absl::StatusOr<kube::HelmAccess> AccessForHelm(const Context&) override {
    return kube::HelmAccess{};
  }
  FakeKube kube;

 private:
  const kube::ClusterConfig config_;
};

// helm, whose upgrades write records into the fake cluster and end as the test says.
class FakeHelm : public helm::HelmClient {
 public:
  explicit FakeHelm(FakeKube& kube) : kube_(kube) {}

  // How the next upgrades end; OK when there is none left.
  std::deque<absl::Status> upgrades;
  // The status that an upgrade which fails leaves; empty: no record is made.
  std::string leaves = "failed";
  std::function<void(const Context&)> during_upgrade;
  std::function<void(int revision)> after_upgrade;  // when the record stands
  std::function<void()> during_uninstall;
  absl::Status rollback, uninstall;
  // The status that an uninstall which fails leaves; empty: that of before.
  std::string uninstall_leaves;
  // The status that a rollback which fails leaves; empty: no record is made.
  std::string rollback_leaves;
  std::string manifest;
  std::vector<std::string> calls;

  absl::StatusOr<helm::HelmVersion> Version(const Context&) override {
    return helm::HelmVersion{4, 3, 1, "v4.3.1"};
  }
  absl::StatusOr<int> Upgrade(const Context& context, const helm::UpgradeRequest& request,
                              const helm::OnHelmLine&) override {
    RETURN_IF_ERROR(request.target.cluster->AccessForHelm(context).status());
    calls.push_back("upgrade");
    if (during_upgrade) during_upgrade(context);
    const absl::Status ended = context.Check();
    absl::Status status;
    if (!upgrades.empty() && !HasReason(ended, Reason::kLeaseLost)) {
      status = upgrades.front();
      upgrades.pop_front();
    }
    if (!ended.ok()) status = ended;
    const int revision = std::stoi(request.labels.at(helm::kRevisionLabel));
    if (Pending(request, revision))
      return MakeFailure(Reason::kReleaseLocked, "another operation is in progress");
    // Whoever has lost the claims has helm killed, not ended in order.
    const bool killed = HasReason(status, Reason::kLeaseLost);
    const std::string left = status.ok() ? "deployed" : killed ? "pending-upgrade" : leaves;
    auto labels = request.labels;
    labels.erase(helm::kVerdictLabel);
    if (!left.empty())
      kube_.PutRecord(request.target.ns, request.target.name, revision, left, labels, manifest);
    if (after_upgrade && !killed) after_upgrade(revision);
    if (!status.ok()) return status;
    return revision;
  }
  absl::Status Uninstall(const Context& context, const helm::UninstallRequest& request,
                         const helm::OnHelmLine&) override {
    RETURN_IF_ERROR(request.target.cluster->AccessForHelm(context).status());
    calls.push_back(request.keep_history ? "uninstall, keeping the history" : "uninstall");
    RETURN_IF_ERROR(context.Check());
    if (during_uninstall) during_uninstall();
    const std::string left = uninstall.ok() ? helm::kUninstalled : uninstall_leaves;
    if (request.keep_history && !left.empty()) {
      ASSIGN_OR_RETURN(const auto records,
                       helm::ListRecords(context, kube_, request.target.ns, request.target.name));
      if (!records.empty())
        RETURN_IF_ERROR(helm::SetRecordLabels(context, kube_, records[0], {{"status", left}}));
    }
    return uninstall;
  }
  absl::StatusOr<int> Rollback(const Context& context, const helm::RollbackRequest& request,
                               const helm::OnHelmLine&) override {
    RETURN_IF_ERROR(request.target.cluster->AccessForHelm(context).status());
    calls.push_back(absl::StrCat("roll back to ", request.revision));
    RETURN_IF_ERROR(context.Check());
    const auto& ns = request.target.ns;
    const auto& name = request.target.name;
    ASSIGN_OR_RETURN(const auto records, helm::ListRecords(context, kube_, ns, name));
    const int revision = records.empty() ? 1 : records[0].revision + 1;
    std::map<std::string, std::string> labels;
    for (const helm::ReleaseRecord& record : records) {
      if (record.revision == request.revision) labels = record.labels;
    }
    for (const char* own : {"owner", "name", "version", "status"}) labels.erase(own);
    const std::string left = rollback.ok() ? "deployed" : rollback_leaves;
    if (!left.empty()) kube_.PutRecord(ns, name, revision, left, labels);
    RETURN_IF_ERROR(rollback);
    return revision;
  }
  absl::Status Test(const Context& context, const helm::TestRequest& request,
                    const helm::OnHelmLine&) override {
    RETURN_IF_ERROR(request.target.cluster->AccessForHelm(context).status());
    calls.push_back("test");
    return context.Check();
  }
  absl::StatusOr<std::string> Render(const Context&, const helm::RenderRequest& request) override {
    calls.push_back(request.is_upgrade ? "render an upgrade" : "render an install");
    return manifest;
  }
  absl::StatusOr<std::string> Pull(const Context&, const v1::ChartSource&,
                                   const std::string&) override {
    return absl::UnimplementedError("pull");
  }

 private:
  bool Pending(const helm::UpgradeRequest& request, int revision) {
    const kube::Json record =
        kube_.Find(IdOf("Secret", request.target.ns,
                        absl::StrCat("sh.helm.release.v1.", request.target.name, ".v", revision)));
    return absl::StartsWith(kube::Text(record, "/metadata/labels/status"), "pending-");
  }

  FakeKube& kube_;
};

class FakeArchives : public helm::ChartArchives {
 public:
  absl::StatusOr<std::string> Pin(const std::string&, const std::string&,
                                  std::shared_ptr<void>*) override {
    return path;
  }
  std::string path;
};

class FakeProcesses : public ProcessRunner {
 public:
  absl::StatusOr<ProcessResult> Run(const Context&, const ProcessSpec& spec) override {
    argv = spec.argv;
    if (result.out.size() > spec.stdout_limit) result.out.resize(spec.stdout_limit);
    if (spec.on_stdout_line) spec.on_stdout_line(result.out);
    return result;
  }
  ProcessResult result;
  std::vector<std::string> argv;
};

// Keeps what it is told, as lines: `exec/helm FAILED`, `exec SKIPPED UNCHANGED`.
class FakeJournal : public Journal {
 public:
  absl::Status Record(const v1::Transition& transition, const JournalNote& note) override {
    MutexLock lock(&mutex_);
    RETURN_IF_ERROR(Write());
    *events.emplace_back().mutable_transition() = transition;
    transitions.push_back(transition);
    lines.push_back(Line(transition));
    last_note = note;
    if (note.intended_revision != 0 &&
        (intended.empty() || intended.back() != note.intended_revision))
      intended.push_back(note.intended_revision);
    return absl::OkStatus();
  }
  absl::Status RecordFailure(const v1::Failure& failure) override {
    MutexLock lock(&mutex_);
    RETURN_IF_ERROR(Write());
    *events.emplace_back().mutable_failure() = failure;
    failures.push_back(failure);
    lines.push_back("failure " + failure.reason());
    return absl::OkStatus();
  }
  absl::Status Keep(const std::string& name, const std::string& bytes) override {
    MutexLock lock(&mutex_);
    RETURN_IF_ERROR(Write());
    kept[name] = bytes;
    return absl::OkStatus();
  }
  absl::StatusOr<std::optional<std::string>> Kept(const std::string& name) override {
    MutexLock lock(&mutex_);
    const auto found = kept.find(name);
    if (found == kept.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }
  absl::StatusOr<std::optional<Intention>> Intended(int revision) override {
    MutexLock lock(&mutex_);
    const auto found = intentions.find(revision);
    if (found == intentions.end()) return std::optional<Intention>();
    return std::optional<Intention>(found->second);
  }
  void Log(const v1::Log& log) override {
    MutexLock lock(&mutex_);
    logs.push_back(log.source() + ": " + log.line());
  }
  void Progress(const v1::Progress& progress) override {
    MutexLock lock(&mutex_);
    for (const auto& waiting : progress.waiting())
      waited_for.push_back(waiting.object() + " " + waiting.reason());
  }

  bool Has(const std::string& line) const {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

  // nullopt: any number. After them nothing is written any more: the daemon has ended.
  std::optional<int> writes_left;
  std::function<void(int writes)> on_write;  // how many there were, this one included
  absl::Status broken;
  std::vector<v1::RunEvent> events;
  std::vector<v1::Transition> transitions;
  std::vector<v1::Failure> failures;
  std::vector<std::string> lines, logs, waited_for;
  JournalNote last_note;
  std::vector<int> intended;  // revisions, in order
  std::map<std::string, std::string> kept;
  std::map<int, Intention> intentions;  // by revision

 private:
  absl::Status Write() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (on_write) on_write(++writes_);
    if (writes_left.has_value() && --*writes_left < 0)
      return MakeFailure(Reason::kStoreUnavailable, "the daemon has ended");
    return broken;
  }
  static std::string Line(const v1::Transition& transition) {
    if (transition.decision() != v1::DECISION_UNSPECIFIED)
      return "decision " + ShortName(transition.decision());
    std::string line = ShortName(transition.stage());
    if (!transition.step().empty()) absl::StrAppend(&line, "/", transition.step());
    absl::StrAppend(&line, " ", ShortName(transition.state()));
    if (transition.skip_reason() != v1::SKIP_REASON_UNSPECIFIED)
      absl::StrAppend(&line, " ", ShortName(transition.skip_reason()));
    if (transition.state() == v1::STATE_RUNNING && transition.attempt() > 1)
      absl::StrAppend(&line, " try ", transition.attempt());
    return line;
  }
  int writes_ = 0;
  Mutex mutex_;
};

// The wall clock, ahead of it by what the test says.
class TestClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now() + ahead; }
  absl::Duration ahead;
};

// One chart, shop/web, with everything round it. `info` may be changed before Chart() is called.
class Surroundings {
 public:
  Surroundings() {
    info.set_name("web");
    info.set_namespace_("shop");
    info.mutable_chart()->set_archive_digest("sha256:" + std::string(64, 'a'));
    request.run_id = "run-1";
    request.archives_of = "ann";
    request.cluster = &cluster;
    request.namespaces = {"shop"};
    cluster.kube.Put(IdOf("Namespace", "", "shop"), kube::Json::object());
  }

  // The request with defaults filled in.
  const ChartRequest& Request() {
    v1::Plan plan;
    *plan.add_charts() = info;
    request.chart = WithDefaults(plan).charts(0);
    return request;
  }

  ChartContext& Chart() {
    if (!chart_) {
      chart_ =
          std::make_unique<ChartContext>(Request(), services, bounds, before_first_change, journal);
    }
    return *chart_;
  }

  v1::ChartInfo info;
  FakeCluster cluster;
  FakeKube& kube = cluster.kube;
  FakeHelm helm{cluster.kube};
  FakeArchives archives;
  FakeProcesses processes;
  FakeJournal journal;
  TestClock clock;
  Services services{.helm = helm,
                    .archives = archives,
                    .processes = processes,
                    .clock = clock,
                    .temp_directory = testing::TempDir(),
                    .kustomize = "kustomize"};
  const Context work = Context::Background().WithCancel();
  Bounds bounds{work, Context::Background()};
  BeforeFirstChange before_first_change = [](const Context&) { return Meanwhile::kNothing; };
  ChartRequest request;

 private:
  std::unique_ptr<ChartContext> chart_;
};

}  // namespace wheelhouse::lifecycle
