// What stands round HelmCli, where a fault must be made: a runner whose helm does as it is told,
// and a cluster that holds release records.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "common/failure.h"
#include "common/mutex.h"
#include "common/process.h"
#include "server/kube/cluster.h"

namespace wheelhouse::helm {

class FakeRunner final : public ProcessRunner {
 public:
  using Helm = std::function<absl::StatusOr<ProcessResult>(const Context&, const ProcessSpec&)>;

  absl::StatusOr<ProcessResult> Run(const Context& context, const ProcessSpec& spec) override {
    {
      MutexLock lock(&mutex_);
      specs_.push_back(spec);
    }
    if (spec.argv.at(1) == "version") return ProcessResult{.out = version};
    return helm(context, spec);
  }

  std::vector<ProcessSpec> specs() {
    MutexLock lock(&mutex_);
    return specs_;
  }

  std::string version = "v4.3.1";
  Helm helm = [](const Context&, const ProcessSpec&) { return ProcessResult{}; };

 private:
  Mutex mutex_;
  std::vector<ProcessSpec> specs_ ABSL_GUARDED_BY(mutex_);
};

// Lists `secrets`; nothing else is asked of it.
class FakeKube final : public kube::KubeClient {
 public:
  std::vector<kube::Json> secrets;

  void AddRecord(int revision, const std::string& status) {
    secrets.push_back({{"metadata",
                        {{"namespace", "demo"},
                         {"name", "sh.helm.release.v1.web.v" + std::to_string(revision)},
                         {"labels",
                          {{"name", "web"},
                           {"owner", "helm"},
                           {"status", status},
                           {"version", std::to_string(revision)}}}}}});
  }

  absl::StatusOr<kube::ObjectList> List(const Context&, const kube::ResourceType&,
                                        const kube::ListOptions&) override {
    return kube::ObjectList{secrets, "1"};
  }
  absl::StatusOr<std::string> ServerVersion(const Context&) override { return Unasked(); }
  absl::StatusOr<kube::ResourceType> Resolve(const Context&, const std::string&,
                                             const std::string&) override {
    return Unasked();
  }
  absl::StatusOr<kube::Json> Get(const Context&, const kube::ObjectId&) override {
    return Unasked();
  }
  absl::StatusOr<kube::Json> Create(const Context&, const kube::ObjectId&,
                                    const kube::Json&) override {
    return Unasked();
  }
  absl::StatusOr<kube::Json> Apply(const Context&, const kube::ObjectId&, const std::string&,
                                   const kube::ApplyOptions&) override {
    return Unasked();
  }
  absl::StatusOr<kube::Json> Patch(const Context&, const kube::ObjectId&, kube::PatchType,
                                   const std::string&) override {
    return Unasked();
  }
  absl::StatusOr<kube::Json> Replace(const Context&, const kube::ObjectId&,
                                     const kube::Json&) override {
    return Unasked();
  }
  absl::Status Delete(const Context&, const kube::ObjectId&, const kube::DeleteOptions&) override {
    return Unasked();
  }
  absl::Status Watch(const Context&, const kube::ResourceType&, const kube::ListOptions&,
                     const std::function<bool(const kube::ObjectList&)>&,
                     const std::function<bool(const kube::WatchEvent&)>&) override {
    return Unasked();
  }
  absl::StatusOr<bool> MayI(const Context&, const kube::AccessReview&) override {
    return Unasked();
  }
  absl::StatusOr<std::string> PodLogs(const Context&, const std::string&, const std::string&,
                                      const std::string&, const kube::LogOptions&) override {
    return Unasked();
  }
  absl::StatusOr<kube::ServiceAnswer> AskService(const Context&,
                                                 const kube::ServiceRequest&) override {
    return Unasked();
  }
  void ForgetDiscovery() override {}

 private:
  static absl::Status Unasked() { return absl::UnimplementedError("not asked of this fake"); }
};

class FakeCluster final : public kube::Cluster {
 public:
  kube::HelmAccess access = {"/etc/kubeconfig", "prod", ""};
  FakeKube kube;
  std::atomic<int> asked = 0;  // how often helm's access was

  const kube::ClusterConfig& config() const override { return config_; }
  kube::KubeClient& client() override { return kube; }
  absl::StatusOr<kube::HelmAccess> AccessForHelm(const Context&) override {
    ++asked;
    return access;
  }

 private:
  const kube::ClusterConfig config_;
};

}  // namespace wheelhouse::helm
