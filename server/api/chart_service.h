// ChartService: takes archives in, bounded, and hands them to the store once they were seen to be
// charts.
#pragma once

#include "server/api/listener.h"
#include "server/api/upload_stream.h"
#include "wheelhouse/v1/chart_service.grpc.pb.h"

namespace wheelhouse::api {

using RawChartService =
    v1::ChartService::WithRawCallbackMethod_UploadChart<v1::ChartService::Service>;

// One for each listener. What is lent must outlive it.
class ChartService final : public RawChartService {
 public:
  ChartService(const UploadParts& parts, const Listener& listener)
      : parts_(parts), listener_(listener) {}

  grpc::ServerReadReactor<grpc::ByteBuffer>* UploadChart(grpc::CallbackServerContext* call,
                                                         grpc::ByteBuffer* response) override {
    return UploadStream::Start(call, listener_.CallerOf(*call), response, parts_);
  }

 private:
  const UploadParts parts_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
