#include "server/lifecycle/objects/custom_resources.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kNamed = 20;

std::string NameOf(const kube::Json& object) {
  const std::string ns = kube::Text(object, "/metadata/namespace");
  return absl::StrCat(ns, ns.empty() ? "" : "/", kube::Text(object, "/metadata/name"));
}

}  // namespace

std::vector<kube::ResourceType> ServedTypes(const kube::Json& crd) {
  std::vector<kube::ResourceType> types;
  for (const kube::Json& version : kube::List(crd, "/spec/versions")) {
    if (!version.value("served", false)) continue;
    const kube::ResourceType type{kube::Text(crd, "/spec/group"), kube::Text(version, "/name"),
                                  kube::Text(crd, "/spec/names/kind"),
                                  kube::Text(crd, "/spec/names/plural"),
                                  kube::Text(crd, "/spec/scope") == "Namespaced"};
    types.insert(version.value("storage", false) ? types.begin() : types.end(), type);
  }
  return types;
}

absl::StatusOr<std::vector<kube::Json>> CustomResources(const Context& context,
                                                        kube::KubeClient& client,
                                                        const kube::Json& crd) {
  const std::string name = kube::Text(crd, "/metadata/name");
  const auto types = ServedTypes(crd);
  if (types.empty()) {
    return MakeFailure(Reason::kCrdInUse, absl::StrCat("the custom resources of ", name,
                                                       " cannot be counted: it serves no version"));
  }
  kube::ListOptions options;
  options.metadata_only = true;
  auto list = client.List(context, types[0], options);
  // Not Established yet, or not any more.
  if (HasReason(list.status(), Reason::kObjectNotFound)) return std::vector<kube::Json>();
  RETURN_IF_ERROR(While(absl::StrCat("counting the custom resources of ", name), list.status()));
  return std::move(list->items);
}

std::string Listed(const std::vector<kube::Json>& resources) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(resources.size(), kNamed); ++i)
    names.push_back(NameOf(resources[i]));
  std::string text = absl::StrCat(resources.size(), " custom resource",
                                  resources.size() == 1 ? ": " : "s: ", absl::StrJoin(names, ", "));
  if (resources.size() > kNamed)
    absl::StrAppend(&text, " and ", resources.size() - kNamed, " more");
  return text;
}

}  // namespace wheelhouse::lifecycle
