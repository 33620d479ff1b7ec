#include "server/helm/values.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/formats/set_grammar.h"
#include "common/formats/values_layer.h"
#include "common/formats/yaml_document.h"
#include "common/process/temp_folder.h"
#include "common/status_macros.h"

namespace wheelhouse::helm {
namespace {

using Json = nlohmann::json;

using Pairs = google::protobuf::RepeatedPtrField<v1::SetValue>;
using Violations = std::vector<FieldViolation>;

// The bound for all --set texts: the arguments of a process are limited.
constexpr size_t kMaxSetBytes = 32 << 10;

absl::StatusOr<Json> MergePairs(const Pairs& pairs, bool as_strings) {
  SetDocument document(as_strings);
  for (const v1::SetValue& pair : pairs) RETURN_IF_ERROR(document.Merge(pair.key(), pair.value()));
  return document.json();
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Adds the whole numbers in `value`, which is at `path`, that `above` does not replace.
void AddWholeNumbers(const Json& value, const Json* above, KeyPath* path,
                     std::vector<std::string>* sets) {
  const bool both_mappings = above != nullptr && above->is_object() && value.is_object();
  if (above != nullptr && !both_mappings) return;
  if (value.is_number_integer())
    sets->push_back(absl::StrCat(SetKey(*path), "=", value.get<int64_t>()));
  int64_t index = 0;
  for (auto child = value.begin(); value.is_structured() && child != value.end(); ++child) {
    path->push_back(value.is_object() ? KeyPart{child.key()} : KeyPart{"", index++});
    const bool covered = both_mappings && above->contains(child.key());
    AddWholeNumbers(*child, covered ? &(*above)[child.key()] : nullptr, path, sets);
    path->pop_back();
  }
}

absl::StatusOr<std::vector<std::string>> WholeNumbers(const Json& values, const Json& strings) {
  std::vector<std::string> sets;
  KeyPath path;
  AddWholeNumbers(values, &strings, &path, &sets);
  size_t bytes = 0;
  for (const std::string& set : sets) bytes += set.size();
  if (bytes <= kMaxSetBytes) return sets;
  return MakeFailure(Reason::kValuesInvalid,
                     absl::StrCat("the whole numbers of values take more than ", kMaxSetBytes,
                                  " bytes as --set arguments; put them into a values file"));
}

bool Has(const Json& json, const std::vector<std::string>& names, size_t count) {
  const Json* at = &json;
  for (size_t i = 0; i < count; ++i) {
    if (!at->is_object() || !at->contains(names[i])) return false;
    at = &(*at)[names[i]];
  }
  return true;
}

// helm puts a pair into the merged files, and fails when it meets something other than a mapping,
// or for an index other than a list. `own` is what the earlier pairs of the layer made. An index
// into a list of a lower layer is refused: pairs reach helm as a file, and a file replaces a list
// as a whole.
absl::Status CheckLower(const KeyPath& path, const std::vector<ValuesLayer>& lower,
                        const Json& own) {
  std::vector<std::string> names;
  for (size_t i = 0; i < path.size() && !path[i].is_index(); ++i) names.push_back(path[i].name);
  const bool indexes = names.size() < path.size();
  if (!indexes) names.pop_back();
  const std::optional<FoundValue> found = FindValue(lower, names);
  if (!found.has_value() || Has(own, names, found->depth)) return absl::OkStatus();

  const bool is_list = indexes && found->depth == names.size() && found->node.IsSequence();
  const std::string at = SetKey(KeyPath(path.begin(), path.begin() + found->depth));
  if (is_list && found->node.size() > 0) {
    return MakeFailure(
        Reason::kValuesInvalid,
        absl::StrCat("\"", SetKey(path), "\" indexes into the list ", at, " that ",
                     found->layer->name, " sets; a list is replaced as a whole, so set all of it"));
  }
  const bool is_chart = found->layer->name == lower.front().name;  // helm only warns, if at all
  if (is_chart || is_list || (!indexes && found->node.IsMap())) return absl::OkStatus();
  return MakeFailure(
      Reason::kValuesInvalid,
      absl::StrCat("\"", SetKey(path), "\" needs a ",
                   found->depth == names.size() && indexes ? "list" : "mapping", " at ", at,
                   ", where ", found->layer->name, " sets something else"));
}

Json CheckPairs(const Pairs& pairs, const std::string& field, bool as_strings,
                const std::vector<ValuesLayer>& lower, Violations* wrong) {
  SetDocument document(as_strings);
  for (int i = 0; i < pairs.size(); ++i) {
    const auto path = ParseSetKey(pairs[i].key());
    absl::Status status = path.status();
    if (status.ok()) status = CheckLower(*path, lower, document.json());
    if (status.ok()) status = document.Merge(pairs[i].key(), pairs[i].value());
    if (!status.ok())
      wrong->push_back({absl::StrCat(field, "[", i, "]"), std::string(status.message())});
  }
  return document.json();
}

// The documents of a values file that hold something, as helm 4 separates them.
std::vector<std::string> DocumentsIn(const std::string& text) {
  std::vector<std::string> documents;
  for (YamlText& document : SplitYaml(text)) {
    const auto parsed = ParseValuesLayers("", document.text);
    if (!parsed.ok() || !parsed->empty()) documents.push_back(std::move(document.text));
  }
  return documents;
}

void CheckFiles(const google::protobuf::RepeatedPtrField<v1::ValuesFile>& files,
                const std::string& field, std::vector<ValuesLayer>* layers, Violations* wrong) {
  for (int i = 0; i < files.size(); ++i) {
    auto of_file = ParseValuesLayers(files[i].name(), files[i].content());
    if (of_file.ok() && of_file->size() != DocumentsIn(files[i].content()).size())
      of_file =
          MakeFailure(Reason::kValuesInvalid,
                      absl::StrCat(files[i].name(), ": begin each document with a line `---`"));
    if (!of_file.ok()) {
      wrong->push_back({absl::StrCat(field, "[", i, "]"), std::string(of_file.status().message())});
      continue;
    }
    layers->insert(layers->end(), of_file->begin(), of_file->end());
  }
}

// As much of `json` as CheckLower looks at.
YAML::Node AsNode(const Json& json) {
  YAML::Node node(json.is_object()  ? YAML::NodeType::Map
                  : json.is_array() ? YAML::NodeType::Sequence
                                    : YAML::NodeType::Scalar);
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) node.force_insert(name, AsNode(value));
  } else if (json.is_array()) {
    for (size_t i = 0; i < json.size(); ++i) node.push_back(YAML::Node());
  }
  return node;
}

class FilesOnDisk final : public ValuesFiles {
 public:
  explicit FilesOnDisk(std::unique_ptr<TempFolder> folder) : folder_(std::move(folder)) {}
  const std::vector<std::string>& paths() const override { return paths_; }
  const std::vector<std::string>& sets() const override { return sets_; }
  const std::string& directory() const override { return folder_->path(); }

  void Set(std::vector<std::string> sets) { sets_ = std::move(sets); }

  absl::Status Add(std::string text) {
    // helm #32506: a single-line file without a newline whose length is a multiple of 4096 is
    // silently ignored.
    if (text.empty() || text.back() != '\n') text += '\n';
    paths_.push_back(absl::StrCat(directory(), "/", paths_.size(), ".yaml"));
    return WritePrivateFile(paths_.back(), text);
  }

 private:
  const std::unique_ptr<TempFolder> folder_;
  std::vector<std::string> paths_;
  std::vector<std::string> sets_;
};

}  // namespace

absl::Status CheckValues(const v1::ChartInfo& chart, const std::string& chart_values_yaml) {
  Violations wrong;
  const std::string chart_name = "the chart's values.yaml";
  // The chart's values.yaml is the author's responsibility and helm checks it. Here it only shows
  // where there are lists.
  std::vector<ValuesLayer> layers =
      ParseValuesLayers(chart_name, chart_values_yaml).value_or(std::vector<ValuesLayer>());
  if (layers.empty()) layers.push_back({chart_name, YAML::Node()});
  CheckFiles(chart.values_files(), "values_files", &layers, &wrong);
  CheckFiles(chart.yaml_files_content(), "yaml_files_content", &layers, &wrong);
  const Json values = CheckPairs(chart.values(), "values", false, layers, &wrong);
  layers.push_back({"values", AsNode(values)});
  const Json strings = CheckPairs(chart.values_string(), "values_string", true, layers, &wrong);
  const absl::Status numbers = WholeNumbers(values, strings).status();
  if (!numbers.ok()) wrong.push_back({"values", std::string(numbers.message())});
  return wrong.empty() ? absl::OkStatus() : MakeInvalid(Reason::kValuesInvalid, std::move(wrong));
}

absl::StatusOr<std::string> SetPairsToJson(const Pairs& pairs, bool as_strings) {
  ASSIGN_OR_RETURN(const Json merged, MergePairs(pairs, as_strings));
  return Dump(merged);
}

absl::StatusOr<std::unique_ptr<ValuesFiles>> WriteValues(const v1::ChartInfo& chart,
                                                         const std::string& temp_root) {
  ASSIGN_OR_RETURN(std::unique_ptr<TempFolder> folder, TempFolder::Make(temp_root, "values"));
  auto files = std::make_unique<FilesOnDisk>(std::move(folder));
  for (const auto* list : {&chart.values_files(), &chart.yaml_files_content()}) {
    for (const v1::ValuesFile& file : *list) {
      // helm 3 would read the first document alone.
      const std::vector<std::string> documents = DocumentsIn(file.content());
      if (documents.size() < 2) RETURN_IF_ERROR(files->Add(file.content()));
      for (size_t i = 0; documents.size() > 1 && i < documents.size(); ++i)
        RETURN_IF_ERROR(files->Add(documents[i]));
    }
  }
  ASSIGN_OR_RETURN(const Json values, MergePairs(chart.values(), false));
  ASSIGN_OR_RETURN(const Json strings, MergePairs(chart.values_string(), true));
  if (!values.empty()) RETURN_IF_ERROR(files->Add(Dump(values)));
  if (!strings.empty()) RETURN_IF_ERROR(files->Add(Dump(strings)));
  ASSIGN_OR_RETURN(std::vector<std::string> sets, WholeNumbers(values, strings));
  files->Set(std::move(sets));
  return files;
}

}  // namespace wheelhouse::helm
