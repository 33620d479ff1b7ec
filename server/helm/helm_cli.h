// HelmClient over the helm binary.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/mutex.h"
#include "common/process/process.h"
#include "server/helm/helm_argv.h"
#include "server/helm/helm_client.h"

namespace wheelhouse::helm {

struct HelmOptions {
  std::string path;  // looked up in PATH when it has no slash
  // helm's caches and configuration are below it, apart from any user's.
  std::string state_directory;
  int max_processes = 0;  // how many helm processes run at once
};

class HelmCli final : public HelmClient {
 public:
  // `runner` must outlive the client.
  HelmCli(HelmOptions options, ProcessRunner& runner)
      : options_(std::move(options)), runner_(runner) {}

  absl::StatusOr<HelmVersion> Version(const Context& context) override;
  absl::StatusOr<int> Upgrade(const Context& context, const UpgradeRequest& request,
                              const OnHelmLine& on_line) override;
  absl::Status Uninstall(const Context& context, const UninstallRequest& request,
                         const OnHelmLine& on_line) override;
  absl::StatusOr<int> Rollback(const Context& context, const RollbackRequest& request,
                               const OnHelmLine& on_line) override;
  absl::Status Test(const Context& context, const TestRequest& request,
                    const OnHelmLine& on_line) override;
  absl::StatusOr<std::string> Render(const Context& context, const RenderRequest& request) override;
  absl::StatusOr<std::string> Pull(const Context& context, const v1::ChartSource& source,
                                   const std::string& directory) override;

 private:
  // A binary, and what distinguishes it from another at the same path: a replaced helm is asked for
  // its version again.
  struct Binary {
    std::string path;
    uint64_t inode = 0;
    int64_t modified = 0;
    bool operator==(const Binary&) const = default;
  };

  absl::StatusOr<Binary> FindBinary() const;
  absl::StatusOr<HelmVersion> AskVersion(const Context& context, const std::string& path);
  // Runs helm with `argv` and returns its stdout. A non-zero exit is HelmError(doing).
  absl::StatusOr<std::string> Run(const Context& context, kube::Cluster* cluster, Argv argv,
                                  const std::string& doing, const Redactor* redactor,
                                  const OnHelmLine& on_line);
  // The revision of the newest record when that is deployed: helm's exit 0 can be wrong (a last PUT
  // that failed).
  absl::StatusOr<int> DeployedRevision(const Context& context, const ReleaseTarget& target,
                                       const std::string& doing);
  // helm's whole environment. `access` is nullptr when helm does not talk to a cluster.
  std::map<std::string, std::string> Environment(const kube::HelmAccess* access) const;
  // Waits until fewer than max_processes run.
  absl::Status TakeSlot(const Context& context);
  void FreeSlot();

  const HelmOptions options_;
  ProcessRunner& runner_;
  Mutex mutex_;
  CondVar freed_;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<Binary> asked_ ABSL_GUARDED_BY(mutex_);
  HelmVersion version_ ABSL_GUARDED_BY(mutex_);  // of `asked_`
};

}  // namespace wheelhouse::helm
