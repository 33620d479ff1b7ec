#include "server/kube/rest/list_of_pages.h"

#include <absl/algorithm/container.h>
#include <absl/strings/str_cat.h>

#include <string>
#include <utility>

#include "common/failure.h"

namespace wheelhouse::kube {
namespace {

// A pod takes some 12 KiB.
constexpr size_t kMostWeight = 128 << 20;

bool IsList(const Json& page) {
  const auto items = page.find("items");
  if (items == page.end()) return false;
  return items->is_null() || (items->is_array() && absl::c_all_of(*items, [](const Json& item) {
                                return item.is_object();
                              }));
}

// About what it takes in memory, in bytes. It is no deeper than what was parsed.
size_t WeightOf(const Json& json) {
  constexpr size_t kValue = 16, kText = 32, kMember = 80;
  size_t weight = kValue;
  if (const auto* text = json.get_ptr<const std::string*>()) weight += kText + text->size();
  if (json.is_array()) {
    for (const Json& value : json) weight += WeightOf(value);
  }
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) weight += kMember + key.size() + WeightOf(value);
  }
  return weight;
}

}  // namespace

Json OfType(const ResourceType& type, Json object) {
  object["apiVersion"] = type.ApiVersion();
  object["kind"] = type.kind;
  return object;
}

absl::Status ListOfPages::Add(Json page) {
  if (!IsList(page)) {
    return MakeFailure(Reason::kClusterUnreachable, "the response is not a list of objects");
  }
  for (Json& item : page["items"]) {
    if (!managed_fields_ && item["metadata"].is_object()) item["metadata"].erase("managedFields");
    list_.items.push_back(OfType(type_, std::move(item)));
    weight_ += WeightOf(list_.items.back());
    if (weight_ > kMostWeight) {
      return MakeFailure(Reason::kClusterAnswerTooLarge,
                         absl::StrCat("its first ", list_.items.size(), " objects take more than ",
                                      kMostWeight >> 20, " MiB of memory"));
    }
  }
  list_.resource_version = Text(page, "/metadata/resourceVersion");
  return absl::OkStatus();
}

void ListOfPages::Clear() {
  list_ = {};
  weight_ = 0;
}

}  // namespace wheelhouse::kube
