// The connection to one cluster, kept up to date: files that change, tokens that rotate,
// credentials that a plugin prints.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "common/cancellable_mutex.h"
#include "common/mutex.h"
#include "common/process/process.h"
#include "server/kube/http/connection.h"
#include "server/kube/rest/exec_plugin.h"

namespace wheelhouse::kube {

// Gives the connection for each request. Thread-safe.
class ConnectionSource {
 public:
  virtual ~ConnectionSource() = default;
  virtual absl::StatusOr<Connection> Current(const Context& context) = 0;
  // The server answered 401 to `refused`. True when calling Current again may give better
  // credentials.
  virtual bool Renew(const Connection& refused) = 0;
};

// Reads the connection again when one of its files has changed, and a token file every time. Runs
// an exec plugin once, however many threads ask, until what it printed expires or is rejected.
// Errors: those of `read`; CREDENTIALS_INVALID (a token file that cannot be read, a failed plugin,
// an expired certificate).
class Credentials final : public ConnectionSource {
 public:
  using Read = std::function<absl::StatusOr<Connection>()>;

  // `cluster` is the name in messages. `runner` must outlive this object.
  Credentials(Read read, std::string cluster, ProcessRunner& runner)
      : read_(std::move(read)), cluster_(std::move(cluster)), runner_(runner) {}

  absl::StatusOr<Connection> Current(const Context& context) override;
  bool Renew(const Connection& refused) override;

 private:
  // Inode, size and time of the last change: when they differ, the file has changed.
  using FileState = std::tuple<uint64_t, int64_t, int64_t>;
  static FileState StateOf(const std::string& file);

  struct Certificate {
    std::string pem;
    absl::Time expiry;
  };

  absl::StatusOr<Connection> UpToDate();
  absl::StatusOr<ExecCredential> Printed(const Context& context, const Connection& connection);
  std::optional<ExecCredential> Unexpired();
  absl::Status CheckCertificate(const std::string& pem);

  const Read read_;
  const std::string cluster_;
  ProcessRunner& runner_;
  CancellableMutex plugin_;  // held while the plugin runs
  Mutex mutex_;
  std::optional<Connection> connection_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, FileState> files_ ABSL_GUARDED_BY(mutex_);  // when connection_ was read
  std::optional<ExecCredential> printed_ ABSL_GUARDED_BY(mutex_);
  std::optional<Certificate> certificate_ ABSL_GUARDED_BY(mutex_);  // the one that was used last
};

}  // namespace wheelhouse::kube
