#include <absl/strings/str_cat.h>

#include "server/kube/readiness/kinds.h"

namespace wheelhouse::kube {
namespace {

const Json* Condition(const Json& object, const std::string& type) {
  for (const Json& condition : List(object, "/status/conditions")) {
    if (Text(condition, "/type") == type) return &condition;
  }
  return nullptr;
}

}  // namespace

std::string ConditionStatus(const Json& object, const std::string& type) {
  const Json* condition = Condition(object, type);
  if (condition == nullptr) return "";
  const Json status = condition->value("status", Json());
  if (status.is_boolean()) return status.get<bool>() ? "True" : "False";
  return status.is_string() ? status.get<std::string>() : "";
}

std::string ConditionWords(const Json& object, const std::string& type) {
  const Json* condition = Condition(object, type);
  if (condition == nullptr) return "";
  const std::string reason = Text(*condition, "/reason"), message = Text(*condition, "/message");
  return absl::StrCat(reason, reason.empty() || message.empty() ? "" : ": ", message);
}

Readiness ConditionReadiness(const Json& object, const std::string& type) {
  const std::string status = ConditionStatus(object, type);
  if (status.empty()) return Readiness::Waiting(absl::StrCat("no condition ", type, " yet"));
  if (status == "True") return Readiness::Ready();
  const std::string words = ConditionWords(object, type);
  return Readiness::Waiting(absl::StrCat("not ", type, words.empty() ? "" : ": ", words));
}

Readiness AnyReadiness(const Json& object) {
  if (ConditionStatus(object, "Stalled") == "True")
    return Readiness::Failed(absl::StrCat("stalled: ", ConditionWords(object, "Stalled")));
  for (const char* type : {"Ready", "Available"}) {
    if (!ConditionStatus(object, type).empty()) return ConditionReadiness(object, type);
  }
  return Readiness::Ready();
}

}  // namespace wheelhouse::kube
