#include "server/lifecycle/objects/values_from.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include <optional>
#include <set>
#include <utility>

#include "common/formats/values_layer.h"
#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/helm/secrets.h"
#include "server/plan/fields/field_checks.h"

namespace wheelhouse::lifecycle {
namespace {

// One reference, with its defaults.
struct Source {
  kube::ObjectId object;
  std::string key;
  bool secret = false;

  // `Secret demo/db key values.yaml`: what messages call it.
  std::string Name() const { return absl::StrCat(object.ToString(), " key ", key); }
};

Source SourceOf(const v1::ValuesFrom& from, const v1::ChartInfo& chart) {
  const bool secret = from.has_secret();
  const v1::KeyRef& ref = secret ? from.secret() : from.config_map();
  const kube::ResourceType type =
      secret ? kube::ResourceType{"", "v1", "Secret", "secrets", true}
             : kube::ResourceType{"", "v1", "ConfigMap", "configmaps", true};
  return {{type, ref.namespace_().empty() ? chart.namespace_() : ref.namespace_(), ref.name()},
          ref.key().empty() ? "values.yaml" : ref.key(),
          secret};
}

// Empty when the object or its key is absent.
absl::StatusOr<std::optional<std::string>> Read(const Context& context, const Chart& chart,
                                                const Source& source) {
  const absl::StatusOr<kube::Json> object = chart.kube().Get(context, source.object);
  if (HasReason(object.status(), Reason::kObjectNotFound)) return std::optional<std::string>();
  RETURN_IF_ERROR(While("reading " + source.Name(), object.status()));
  const auto data = object->find("data");
  if (data == object->end() || !data->is_object() || !data->contains(source.key) ||
      !(*data)[source.key].is_string())
    return std::optional<std::string>();
  auto text = (*data)[source.key].get<std::string>();
  if (!source.secret) return text;
  std::string decoded;
  if (!absl::Base64Unescape(text, &decoded)) {
    return MakeFailure(Reason::kValuesInvalid, absl::StrCat(source.Name(), ": is not base64"));
  }
  return decoded;
}

absl::StatusOr<std::optional<v1::ValuesFile>> ReadOne(const Context& context, const Chart& chart,
                                                      const v1::ValuesFrom& from) {
  const Source source = SourceOf(from, chart.info());
  ASSIGN_OR_RETURN(std::optional<std::string> text, Read(context, chart, source));
  if (!text.has_value() && from.optional()) return std::optional<v1::ValuesFile>();
  if (!text.has_value()) {
    return MakeFailure(Reason::kValuesInvalid,
                       absl::StrCat(source.Name(), " does not exist and is not optional"));
  }
  if (!IsValidUtf8(*text))
    return MakeFailure(Reason::kValuesInvalid, absl::StrCat(source.Name(), ": is not UTF-8"));
  v1::ValuesFile file;
  file.set_name(source.Name());
  file.set_content(*std::move(text));
  RETURN_IF_ERROR(ParseValuesLayers(file.name(), file.content()).status());
  chart.report.AddSecrets(chart.report.secrets().Of(
      file, source.secret ? helm::Scalars::kAll : helm::Scalars::kNamedAsSecrets));
  return file;
}

}  // namespace

absl::Status ReadValuesFrom(const Context& context, const Chart& chart, Asked& asked) {
  std::vector<v1::ValuesFile> files;
  std::set<int> from_secrets;
  plan::FieldViolations wrong;
  for (int i = 0; i < asked.info.values_from_size(); ++i) {
    auto file = ReadOne(context, chart, asked.info.values_from(i));
    if (HasReason(file.status(), Reason::kValuesInvalid)) {
      wrong.push_back({absl::StrCat("values_from[", i, "]"), std::string(file.status().message())});
      continue;
    }
    RETURN_IF_ERROR(file.status());
    if (!file->has_value()) continue;
    if (asked.info.values_from(i).has_secret())
      from_secrets.insert(asked.info.yaml_files_content_size() + static_cast<int>(files.size()));
    files.push_back(**std::move(file));
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kValuesInvalid, std::move(wrong));
  for (v1::ValuesFile& file : files) *asked.info.add_yaml_files_content() = std::move(file);
  asked.from_secrets.merge(from_secrets);
  asked.info.clear_values_from();
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
