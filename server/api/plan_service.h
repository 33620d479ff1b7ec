// PlanService: request in, response out; the rules are those of runs/.
#pragma once

#include "server/api/listener.h"
#include "server/runs/run_engine.h"
#include "server/runs/saved_plans.h"
#include "wheelhouse/v1/plan_service.grpc.pb.h"

namespace wheelhouse::api {

template <>
inline constexpr size_t kMostBytesOf<v1::SavePlanRequest> = kMostBytes;

// Every method with bytes (messages.h).
struct RawPlans {
  using S = v1::PlanService;
  template <typename Base>
  using Writes = S::WithRawCallbackMethod_SavePlan<
      S::WithRawCallbackMethod_ApprovePlan<S::WithRawCallbackMethod_DiscardPlan<Base>>>;
  template <typename Base>
  using Reads = S::WithRawCallbackMethod_GetPlan<S::WithRawCallbackMethod_ListPlans<Base>>;
  using Service = Reads<Writes<S::Service>>;
};

// One for each listener. What is lent must outlive it.
class PlanService final : public RawPlans::Service {
 public:
  PlanService(runs::RunEngine& engine, runs::SavedPlans& plans, const Listener& listener)
      : engine_(engine), plans_(plans), listener_(listener) {}

  using Call = grpc::CallbackServerContext;
  using Bytes = grpc::ByteBuffer;
  using Unary = grpc::ServerUnaryReactor;

  Unary* SavePlan(Call* call, const Bytes* request, Bytes* response) override;
  Unary* GetPlan(Call* call, const Bytes* request, Bytes* response) override;
  Unary* ListPlans(Call* call, const Bytes* request, Bytes* response) override;
  Unary* ApprovePlan(Call* call, const Bytes* request, Bytes* response) override;
  Unary* DiscardPlan(Call* call, const Bytes* request, Bytes* response) override;

 private:
  runs::RunEngine& engine_;
  runs::SavedPlans& plans_;
  const Listener listener_;
};

}  // namespace wheelhouse::api
