#include "server/kube/rest/request_paths.h"

#include <absl/strings/str_cat.h>
#include <curl/curl.h>

#include <memory>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {

absl::Status CheckSegment(const std::string& name) {
  if (!name.empty() && name != "." && name != ".." && name.find_first_of("/%") == std::string::npos)
    return absl::OkStatus();
  return MakeFailure(Reason::kPlanInvalid,
                     absl::StrCat("\"", name, "\" is not the name of an object or a namespace"));
}

std::string Escape(const std::string& text) {
  std::unique_ptr<char, void (*)(void*)> escaped(
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  return escaped.get();
}

absl::StatusOr<std::string> CollectionPath(const ResourceType& type, const std::string& ns) {
  std::string path = type.group.empty() ? absl::StrCat("/api/", type.version)
                                        : absl::StrCat("/apis/", type.group, "/", type.version);
  if (type.namespaced && !ns.empty()) {
    RETURN_IF_ERROR(CheckSegment(ns));
    absl::StrAppend(&path, "/namespaces/", Escape(ns));
  }
  return absl::StrCat(path, "/", type.plural);
}

absl::StatusOr<std::string> ObjectPath(const ObjectId& id) {
  RETURN_IF_ERROR(CheckSegment(id.name));
  ASSIGN_OR_RETURN(const std::string collection, CollectionPath(id.type, id.ns));
  return absl::StrCat(collection, "/", Escape(id.name));
}

std::string ListQuery(const ListOptions& options) {
  std::string query;
  if (!options.label_selector.empty())
    absl::StrAppend(&query, "&labelSelector=", Escape(options.label_selector));
  if (!options.field_selector.empty())
    absl::StrAppend(&query, "&fieldSelector=", Escape(options.field_selector));
  return query;
}

std::string AcceptOf(const ListOptions& options, const char* as) {
  return options.metadata_only ? absl::StrCat("application/json;as=", as, ";g=meta.k8s.io;v=v1")
                               : "application/json";
}

}  // namespace wheelhouse::kube
