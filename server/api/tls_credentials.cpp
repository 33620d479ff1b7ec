#include "server/api/tls_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <tuple>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/mutex.h"
#include "common/status_macros.h"

namespace wheelhouse::api {
namespace {

// What tells one content of a file from another without reading it.
using Stamp = std::tuple<dev_t, ino_t, off_t, time_t, long>;

Stamp StampOf(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
}

// Thread-safe. Reading a few kilobytes is all that gRPC's threads wait for here.
class WatchedFiles {
 public:
  WatchedFiles(TlsFiles paths, std::string address)
      : paths_(std::move(paths)), address_(std::move(address)) {}

  // Fills `files` when there are new good ones since the last call.
  bool TakeNew(TlsFiles* files) {
    MutexLock lock(&mutex_);
    const std::vector<Stamp> now = {StampOf(paths_.cert), StampOf(paths_.key),
                                    StampOf(paths_.client_ca)};
    if (now == seen_) return false;
    const bool first = seen_.empty();
    seen_ = now;
    absl::StatusOr<TlsFiles> read = ReadTlsFiles(paths_);
    if (!read.ok()) {
      spdlog::error("listen {}: the new TLS files are not used: {}", address_,
                    FailureOf(read.status()).message());
      return false;
    }
    if (!first) spdlog::info("listen {}: new connections get the new TLS files", address_);
    *files = *std::move(read);
    return true;
  }

 private:
  const TlsFiles paths_;
  const std::string address_;
  Mutex mutex_;
  std::vector<Stamp> seen_ ABSL_GUARDED_BY(mutex_);
};

grpc_ssl_certificate_config_reload_status Fetch(void* watched,
                                                grpc_ssl_server_certificate_config** config) {
  TlsFiles files;
  if (!static_cast<WatchedFiles*>(watched)->TakeNew(&files)) {
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  }
  const grpc_ssl_pem_key_cert_pair pair = {files.key.c_str(), files.cert.c_str()};
  *config = grpc_ssl_server_certificate_config_create(files.client_ca.c_str(), &pair, 1);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

// gRPC's C++ API offers the reload only with its own reader of files, which takes whatever it finds
// there. Its C API asks before each handshake.
class ReloadingCredentials final : public grpc::ServerCredentials {
 public:
  ReloadingCredentials(const TlsFiles& paths, const std::string& address)
      : files_(paths, address),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(
                GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY, Fetch, &files_))) {}
  ~ReloadingCredentials() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  WatchedFiles files_;
  grpc_server_credentials* const credentials_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MutualTls(const TlsFiles& paths,
                                                                   const std::string& address) {
  RETURN_IF_ERROR(ReadTlsFiles(paths).status());
  return std::make_shared<ReloadingCredentials>(paths, address);
}

}  // namespace wheelhouse::api
