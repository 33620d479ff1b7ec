// ChartService: takes archives in, bounded, and hands them to the store once they were seen to be
// charts.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "common/clock.h"
#include "server/api/listener.h"
#include "server/helm/charts.h"
#include "server/store/archives.h"
#include "wheelhouse/v1/chart_service.grpc.pb.h"

namespace wheelhouse::api {

struct UploadOptions {
  std::string directory;    // for what is not checked yet; on the file system of the archives
  int64_t archive_bytes;    // the most that an upload may have
  absl::Duration keep_for;  // how long the archives keep what no run needs
  std::function<absl::StatusOr<helm::Chart>(const std::string& archive)> read_chart;
};

// One for each listener. What is lent must outlive it.
class ChartService final : public v1::ChartService::Service {
 public:
  ChartService(const UploadOptions& options, store::Archives& archives, const Clock& clock,
               const Listener& listener)
      : options_(options), archives_(archives), clock_(clock), listener_(listener) {}

  grpc::Status UploadChart(grpc::ServerContext* call,
                           grpc::ServerReader<v1::UploadChartRequest>* reader,
                           v1::UploadChartResponse* response) override;

 private:
  absl::StatusOr<v1::UploadChartResponse> Take(const Principal& caller,
                                               grpc::ServerReader<v1::UploadChartRequest>* reader);

  const UploadOptions options_;
  store::Archives& archives_;
  const Clock& clock_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
