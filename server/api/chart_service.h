// ChartService: takes archives in, bounded, and hands them to the store once they were seen to be
// charts; and asks repositories and registries for charts.
#pragma once

#include "server/api/listener.h"
#include "server/api/upload_stream.h"
#include "server/charts/chart_finder.h"
#include "wheelhouse/v1/chart_service.grpc.pb.h"

namespace wheelhouse::api {

using RawChartService = v1::ChartService::WithRawCallbackMethod_UploadChart<
    v1::ChartService::WithRawCallbackMethod_ResolveChart<
        v1::ChartService::WithRawCallbackMethod_BuildDependencies<v1::ChartService::Service>>>;

// One for each listener. What is lent must outlive it.
class ChartService final : public RawChartService {
 public:
  ChartService(const UploadParts& parts, const charts::ChartFinder& finder,
               const Listener& listener)
      : parts_(parts), finder_(finder), listener_(listener) {}

  grpc::ServerReadReactor<grpc::ByteBuffer>* UploadChart(grpc::CallbackServerContext* call,
                                                         grpc::ByteBuffer* response) override {
    return UploadStream::Start(call, listener_.CallerOf(*call), response, parts_);
  }

  grpc::ServerUnaryReactor* ResolveChart(grpc::CallbackServerContext* call,
                                         const grpc::ByteBuffer* bytes,
                                         grpc::ByteBuffer* response) override {
    const auto resolve = [this](const v1::ResolveChartRequest& request, const Principal&) {
      return finder_.Resolve(request);
    };
    return listener_.Unary<v1::ResolveChartRequest>(call, bytes, response, listener_.pools.fetches,
                                                    resolve);
  }

  grpc::ServerUnaryReactor* BuildDependencies(grpc::CallbackServerContext* call,
                                              const grpc::ByteBuffer* bytes,
                                              grpc::ByteBuffer* response) override {
    const auto build = [this](const v1::BuildDependenciesRequest& request, const Principal& by) {
      return finder_.Build(request, by);
    };
    return listener_.Unary<v1::BuildDependenciesRequest>(call, bytes, response,
                                                         listener_.pools.fetches, build);
  }

 private:
  const UploadParts parts_;
  const charts::ChartFinder& finder_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
