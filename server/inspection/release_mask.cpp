#include "server/inspection/release_mask.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <memory>

#include "common/formats/block_yaml.h"
#include "common/formats/manifest.h"
#include "common/secret_names.h"
#include "common/status_macros.h"
#include "server/helm/secrets.h"
#include "server/lifecycle/changes/manifest_json.h"

namespace wheelhouse::inspection {
namespace {

using kube::Json;

constexpr char kMasked[] = "***";
constexpr char kWhere[] = "the release's manifest";

absl::StatusOr<std::vector<ManifestObject>> AllObjects(const helm::Release& release) {
  ASSIGN_OR_RETURN(auto objects, ReadManifests(release.manifest, kWhere));
  for (const helm::ReleaseHook& hook : release.hooks) {
    ASSIGN_OR_RETURN(const auto more, ReadManifests(hook.manifest, kWhere));
    objects.insert(objects.end(), more.begin(), more.end());
  }
  return objects;
}

// The rules of a run, for a chart of which only the record is known.
v1::ChartInfo AsChart(const helm::Release& release) {
  v1::ChartInfo info;
  info.set_name(release.record.name);
  info.set_namespace_(release.record.ns);
  if (release.values.is_object()) {
    v1::ValuesFile* values = info.add_yaml_files_content();
    values->set_name("values");
    values->set_content(release.values.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  return info;
}

class ValuesWalk {
 public:
  ValuesWalk(const Redactor& redactor, std::vector<std::string> path,
             std::vector<std::string>* masked)
      : redactor_(redactor), path_(std::move(path)), masked_(masked) {}

  // `secret`: what the names around it say.
  Json Visit(const Json& value, bool secret) {
    if (value.is_object()) return VisitMap(value, secret);
    if (value.is_array()) return VisitList(value, secret);
    if (value.is_null() || value.is_boolean()) return value;
    if (secret) return Masked();
    if (!value.is_string()) return value;
    const std::string& text = value.get_ref<const std::string&>();
    std::string shown = redactor_.Mask(text);
    if (shown != text && absl::StrContains(shown, kMasked)) Note();
    return shown;
  }

 private:
  Json VisitMap(const Json& map, bool secret) {
    Json shown = Json::object();
    for (const auto& [key, value] : map.items()) {
      NameSays says = WhatNameSays(key, path_.empty() ? "" : path_.back());
      // An entry of a container's `env`.
      if (key == "value" && map.contains("name") && map["name"].is_string())
        says = WhatNameSays(map["name"].get_ref<const std::string&>());
      path_.push_back(key);
      shown[key] = Visit(value, says == NameSays::kNothing ? secret : says == NameSays::kSecret);
      path_.pop_back();
    }
    return shown;
  }

  // An entry stands under the name of its list.
  Json VisitList(const Json& list, bool secret) {
    Json shown = Json::array();
    for (const Json& value : list) shown.push_back(Visit(value, secret));
    return shown;
  }

  Json Masked() {
    Note();
    return kMasked;
  }
  void Note() {
    if (masked_ == nullptr) return;
    std::string path = absl::StrJoin(path_, ".");
    if (masked_->empty() || masked_->back() != path) masked_->push_back(std::move(path));
  }

  const Redactor& redactor_;
  std::vector<std::string> path_;
  std::vector<std::string>* const masked_;
};

bool IsSecret(const Json& object) {
  return object.is_object() && object.value("kind", Json()) == "Secret" &&
         object.value("apiVersion", Json()) == "v1";
}

// Whether there was a Secret: the object itself, or in a list.
bool EmptySecrets(Json& object, std::vector<std::string>* masked) {
  if (IsSecret(object)) {
    for (const char* field : {"data", "stringData"}) {
      if (!object.contains(field) || !object[field].is_object()) continue;
      for (auto& [key, value] : object[field].items()) value = kMasked;
    }
    masked->push_back(absl::StrCat("Secret ", kube::Text(object, "/metadata/name")));
    return true;
  }
  bool found = false;
  if (object.is_object() && object.contains("items") && object["items"].is_array()) {
    for (Json& item : object["items"]) found = EmptySecrets(item, masked) || found;
  }
  return found;
}

bool MayHoldSecrets(const ManifestObject& object) {
  return object.kind == "Secret" || absl::StrContains(object.text, "items");
}

}  // namespace

absl::StatusOr<ReleaseMask> ReleaseMask::Of(const std::vector<const helm::Release*>& releases) {
  ReleaseMask mask;
  for (const helm::Release* release : releases) {
    ASSIGN_OR_RETURN(const auto objects, AllObjects(*release));
    const helm::ChartSecrets secrets(AsChart(*release));
    mask.redactor_->Add(secrets.of_chart());
    mask.redactor_->Add(secrets.Of(objects));
  }
  return mask;
}

std::string ReleaseMask::Text(absl::string_view text) const { return redactor_->Mask(text); }

Json ReleaseMask::Values(const Json& values, const std::vector<std::string>& path,
                         std::vector<std::string>* masked) const {
  bool secret = false;
  for (size_t i = 0; i < path.size(); ++i) {
    const NameSays says = WhatNameSays(path[i], i > 0 ? path[i - 1] : "");
    if (says != NameSays::kNothing) secret = says == NameSays::kSecret;
  }
  return ValuesWalk(*redactor_, path, masked).Visit(values, secret);
}

absl::StatusOr<std::string> ReleaseMask::Manifest(const std::string& manifest,
                                                  std::vector<std::string>* masked) const {
  ASSIGN_OR_RETURN(const auto documents, ReadDocuments(manifest, kWhere));
  std::string shown;
  for (const ManifestObject& document : documents) {
    absl::StrAppend(&shown, "---\n");
    std::optional<Json> json;
    if (MayHoldSecrets(document)) {
      json = lifecycle::ToJson(document);
      if (!json.has_value()) {
        absl::StrAppend(&shown, "# ", Text(document.kind), " ", Text(document.name),
                        " is too large to show\n");
        continue;
      }
    }
    if (json.has_value() && EmptySecrets(*json, masked)) {
      absl::StrAppend(&shown, Text(BlockYaml(*json)));
    } else {
      absl::StrAppend(&shown, Text(document.text));
    }
    if (!absl::EndsWith(shown, "\n")) shown += '\n';
  }
  return shown;
}

}  // namespace wheelhouse::inspection
