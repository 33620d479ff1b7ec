#include "server/api/plan_service.h"

#include <utility>

#include "common/status_macros.h"
#include "server/api/run_response.h"

namespace wheelhouse::api {
namespace {

template <typename Response>
absl::StatusOr<Response> WithPlan(absl::StatusOr<v1::SavedPlan> plan) {
  if (!plan.ok()) return plan.status();
  Response response;
  *response.mutable_plan() = *std::move(plan);
  return response;
}

}  // namespace

PlanService::Unary* PlanService::SavePlan(Call* call, const Bytes* bytes, Bytes* response) {
  const auto save = [this](const v1::SavePlanRequest& request, const Principal& by) {
    return With<v1::SavePlanResponse>(engine_.Save(request, by));
  };
  return listener_.Unary<v1::SavePlanRequest>(call, bytes, response, listener_.pools.creations,
                                              save);
}

PlanService::Unary* PlanService::GetPlan(Call* call, const Bytes* bytes, Bytes* response) {
  const auto get = [this](const v1::GetPlanRequest& request, const Principal& by) {
    return WithPlan<v1::GetPlanResponse>(plans_.Get(request.plan_id(), by));
  };
  return listener_.Unary<v1::GetPlanRequest>(call, bytes, response, listener_.pools.calls, get);
}

PlanService::Unary* PlanService::ListPlans(Call* call, const Bytes* bytes, Bytes* response) {
  const auto list = [this](const v1::ListPlansRequest& request, const Principal& by) {
    return plans_.List(request, by);
  };
  return listener_.Unary<v1::ListPlansRequest>(call, bytes, response, listener_.pools.calls, list);
}

PlanService::Unary* PlanService::ApprovePlan(Call* call, const Bytes* bytes, Bytes* response) {
  const auto approve = [this](const v1::ApprovePlanRequest& request, const Principal& by) {
    return WithPlan<v1::ApprovePlanResponse>(
        plans_.Approve(request.plan_id(), request.sha256(), by));
  };
  return listener_.Unary<v1::ApprovePlanRequest>(call, bytes, response, listener_.pools.calls,
                                                 approve);
}

PlanService::Unary* PlanService::DiscardPlan(Call* call, const Bytes* bytes, Bytes* response) {
  const auto discard = [this](const v1::DiscardPlanRequest& request,
                              const Principal& by) -> absl::StatusOr<v1::DiscardPlanResponse> {
    RETURN_IF_ERROR(plans_.Discard(request.plan_id(), by));
    return v1::DiscardPlanResponse();
  };
  return listener_.Unary<v1::DiscardPlanRequest>(call, bytes, response, listener_.pools.calls,
                                                 discard);
}

}  // namespace wheelhouse::api
