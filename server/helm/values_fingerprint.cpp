#include "server/helm/values_fingerprint.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <optional>

#include "common/formats/canonical_yaml.h"
#include "common/formats/values_layer.h"
#include "server/helm/values.h"

namespace wheelhouse::helm {
namespace {

using Pairs = google::protobuf::RepeatedPtrField<v1::SetValue>;

// Of one layer. A document of 1 MiB is longer than this only by aliases.
constexpr size_t kMaxBytes = 8 << 20;

void Add(char layer, const std::string& text, std::string* input) {
  absl::StrAppend(input, std::string(1, layer), text.size(), ":", text);
}

void AddDocument(const v1::ValuesFile& file, std::string* input) {
  // yaml-cpp keeps the carriage returns of a literal block, go-yaml does not.
  const std::string text = absl::StrReplaceAll(file.content(), {{"\r\n", "\n"}, {"\r", "\n"}});
  const auto layer = ParseValuesLayer(file.name(), text);
  std::optional<std::string> canonical;
  if (layer.ok()) {
    if (layer->root.IsNull() || layer->root.size() == 0) return;
    canonical = CanonicalYaml(layer->root, kMaxBytes);
  }
  if (canonical.has_value()) return Add('d', *canonical, input);
  Add('b', file.content(), input);
}

void AddPairs(char layer, const Pairs& pairs, bool as_strings, std::string* input) {
  if (pairs.empty()) return;
  const auto merged = SetPairsToJson(pairs, as_strings);
  if (merged.ok()) return Add(layer, *merged, input);
  for (const v1::SetValue& pair : pairs) Add('p', pair.key() + "=" + pair.value(), input);
}

}  // namespace

std::string ParsedValues(const v1::ChartInfo& chart) {
  std::string input;
  for (const auto* list : {&chart.values_files(), &chart.yaml_files_content()}) {
    for (const v1::ValuesFile& file : *list) AddDocument(file, &input);
  }
  AddPairs('v', chart.values(), false, &input);
  AddPairs('s', chart.values_string(), true, &input);
  return input;
}

std::string BytesOfValues(const v1::ChartInfo& chart) {
  std::string input;
  for (const v1::ValuesFile& file : chart.values_files()) Add('f', file.content(), &input);
  for (const v1::ValuesFile& file : chart.yaml_files_content()) Add('y', file.content(), &input);
  for (const v1::SetValue& pair : chart.values()) Add('v', pair.key() + "=" + pair.value(), &input);
  for (const v1::SetValue& pair : chart.values_string())
    Add('s', pair.key() + "=" + pair.value(), &input);
  return input;
}

}  // namespace wheelhouse::helm
