#include "server/lifecycle/core/chart.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::lifecycle {

absl::StatusOr<std::vector<helm::ReleaseRecord>> Chart::Records(const Context& context) const {
  return helm::ListRecords(context, kube(), info().namespace_(), info().name());
}

absl::Status Chart::CheckNamespace(const std::string& ns, const std::string& object) const {
  const auto& held = asked.request.namespaces;
  if (ns.empty() || held.empty() || held.contains(ns)) return absl::OkStatus();
  return MakeFailure(
      Reason::kNamespaceNotAllowed,
      absl::StrCat(object, " is in the namespace ", ns, ", which the run does not hold"),
      {{"object", object}, {"namespace", ns}});
}

absl::StatusOr<kube::ObjectId> Chart::Identify(const Context& context,
                                               const std::string& api_version,
                                               const std::string& kind, const std::string& ns,
                                               const std::string& name) const {
  ASSIGN_OR_RETURN(const kube::ResourceType type, kube().Resolve(context, api_version, kind));
  kube::ObjectId id{type, "", name};
  if (type.namespaced) id.ns = ns.empty() ? info().namespace_() : ns;
  RETURN_IF_ERROR(CheckNamespace(id.ns, id.ToString()));
  return id;
}

}  // namespace wheelhouse::lifecycle
