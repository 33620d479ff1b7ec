#include "server/helm/values.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/set_grammar.h"

namespace wheelhouse::helm {
namespace {

using Json = nlohmann::json;

struct Layer {
  std::string name;
  YAML::Node root;
};

absl::StatusOr<YAML::Node> ParseLayer(const std::string& name, const std::string& text) {
  try {
    YAML::Node root = YAML::Load(text);
    if (root.IsNull() || root.IsMap()) return root;
    return MakeFailure(Reason::kValuesInvalid,
                       absl::StrCat("values ", name, ":1: expected a YAML mapping"),
                       {{"layer", name}});
  } catch (const YAML::Exception& error) {
    return MakeFailure(Reason::kValuesInvalid,
                       absl::StrCat("values ", name, ":", error.mark.line + 1, ":",
                                    error.mark.column + 1, ": ", error.msg),
                       {{"layer", name}});
  }
}

// The list that `key` indexes into, `a.b` of `a.b[0].c`; empty when it indexes into none.
std::string IndexedList(const std::string& key) {
  const size_t bracket = key.find('[');
  return bracket == std::string::npos ? std::string() : key.substr(0, bracket);
}

bool SetsList(const YAML::Node& root, const std::string& path) {
  YAML::Node at = YAML::Clone(root);
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('.', begin), path.size());
    if (!at.IsMap() || !at[path.substr(begin, end - begin)]) return false;
    at.reset(at[path.substr(begin, end - begin)]);
    begin = end + 1;
  }
  return at.IsSequence() && at.size() > 0;
}

absl::Status CheckPairs(const google::protobuf::RepeatedPtrField<v1::SetValue>& pairs,
                        bool as_strings, const std::vector<Layer>& layers) {
  const char* field = as_strings ? "valuesString" : "values";
  Json merged = Json::object();
  for (const v1::SetValue& pair : pairs) {
    RETURN_IF_ERROR(MergeSetPair(pair.key(), pair.value(), as_strings, &merged));
    const std::string list = IndexedList(pair.key());
    if (list.empty()) continue;
    for (const Layer& layer : layers) {
      if (!SetsList(layer.root, list)) continue;
      return MakeFailure(
          Reason::kValuesInvalid,
          absl::StrCat(field, " \"", pair.key(), "\" indexes into the list ", list, " that ",
                       layer.name,
                       " sets: helm would replace the whole list; give the whole list instead"),
          {{"layer", layer.name}, {"key", pair.key()}});
    }
  }
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0)
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("cannot write ", path, ": ", strerror(errno)));
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t size = write(fd, text.data() + written, text.size() - written);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) {
      const std::string why = strerror(errno);
      close(fd);
      return MakeFailure(Reason::kStoreUnavailable, absl::StrCat("cannot write ", path, ": ", why));
    }
    written += static_cast<size_t>(size);
  }
  close(fd);
  return absl::OkStatus();
}

class FilesOnDisk final : public ValuesFiles {
 public:
  explicit FilesOnDisk(std::string directory) : directory_(std::move(directory)) {}
  ~FilesOnDisk() override {
    std::error_code ignored;  // a leftover is removed at the next start
    std::filesystem::remove_all(directory_, ignored);
  }
  const std::vector<std::string>& paths() const override { return paths_; }
  const std::string& directory() const override { return directory_; }

  absl::Status Add(std::string text) {
    // helm #32506: a single-line file without a newline whose length is a multiple of 4096 is
    // silently ignored.
    if (text.empty() || text.back() != '\n') text += '\n';
    paths_.push_back(absl::StrCat(directory_, "/", paths_.size(), ".yaml"));
    return WriteFile(paths_.back(), text);
  }

 private:
  const std::string directory_;
  std::vector<std::string> paths_;
};

void AddSecretLeaves(const YAML::Node& node, bool secret, std::vector<std::string>* secrets) {
  if (node.IsScalar()) {
    if (secret) secrets->push_back(node.Scalar());
  } else if (node.IsSequence()) {
    for (const YAML::Node& item : node) AddSecretLeaves(item, secret, secrets);
  } else if (node.IsMap()) {
    for (const auto& entry : node) {
      std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      for (char& c : key) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
      bool named = secret;
      for (const char* word :
           {"password", "passwd", "secret", "token", "apikey", "privatekey", "credential"}) {
        named = named || key.find(word) != std::string::npos;
      }
      AddSecretLeaves(entry.second, named, secrets);
    }
  }
}

}  // namespace

absl::Status CheckValues(const v1::ChartInfo& chart, const std::string& chart_values_yaml) {
  std::vector<Layer> layers;
  ASSIGN_OR_RETURN(YAML::Node chart_values,
                   ParseLayer("values.yaml of the chart", chart_values_yaml));
  layers.push_back({"the chart's values.yaml", chart_values});
  for (const auto* files : {&chart.values_files(), &chart.yaml_files_content()}) {
    for (const v1::ValuesFile& file : *files) {
      ASSIGN_OR_RETURN(YAML::Node root, ParseLayer(file.name(), file.content()));
      layers.push_back({file.name(), root});
    }
  }
  RETURN_IF_ERROR(CheckPairs(chart.values(), false, layers));
  return CheckPairs(chart.values_string(), true, layers);
}

absl::StatusOr<std::string> SetPairsToJson(
    const google::protobuf::RepeatedPtrField<v1::SetValue>& pairs, bool as_strings) {
  Json merged = Json::object();
  for (const v1::SetValue& pair : pairs)
    RETURN_IF_ERROR(MergeSetPair(pair.key(), pair.value(), as_strings, &merged));
  return merged.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<std::unique_ptr<ValuesFiles>> WriteValues(const v1::ChartInfo& chart,
                                                         const std::string& temp_root) {
  std::string directory = absl::StrCat(temp_root, "/values.XXXXXX");
  if (mkdtemp(directory.data()) == nullptr) {
    return MakeFailure(Reason::kStoreUnavailable,
                       absl::StrCat("cannot make a folder in ", temp_root, ": ", strerror(errno)));
  }
  auto files = std::make_unique<FilesOnDisk>(directory);
  for (const auto* list : {&chart.values_files(), &chart.yaml_files_content()}) {
    for (const v1::ValuesFile& file : *list) RETURN_IF_ERROR(files->Add(file.content()));
  }
  for (const bool as_strings : {false, true}) {
    const auto& pairs = as_strings ? chart.values_string() : chart.values();
    if (pairs.empty()) continue;
    ASSIGN_OR_RETURN(std::string json, SetPairsToJson(pairs, as_strings));
    RETURN_IF_ERROR(files->Add(std::move(json)));
  }
  return files;
}

std::string ValuesFingerprintInput(const v1::ChartInfo& chart) {
  std::string input;
  const auto add = [&](char layer, const std::string& text) {
    absl::StrAppend(&input, std::string(1, layer), text.size(), ":", text);
  };
  for (const v1::ValuesFile& file : chart.values_files()) add('f', file.content());
  for (const v1::ValuesFile& file : chart.yaml_files_content()) add('y', file.content());
  for (const v1::SetValue& pair : chart.values()) add('v', pair.key() + "=" + pair.value());
  for (const v1::SetValue& pair : chart.values_string()) add('s', pair.key() + "=" + pair.value());
  return input;
}

std::vector<std::string> SecretsIn(const v1::ChartInfo& chart) {
  std::vector<std::string> secrets;
  for (const auto* pairs : {&chart.values(), &chart.values_string()}) {
    for (const v1::SetValue& pair : *pairs) secrets.push_back(pair.value());
  }
  for (const auto* files : {&chart.values_files(), &chart.yaml_files_content()}) {
    for (const v1::ValuesFile& file : *files) {
      const absl::StatusOr<YAML::Node> root = ParseLayer(file.name(), file.content());
      if (root.ok()) AddSecretLeaves(*root, false, &secrets);
    }
  }
  return secrets;
}

}  // namespace wheelhouse::helm
