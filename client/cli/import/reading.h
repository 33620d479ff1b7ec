// What the readers of other tools' files have in common.
#pragma once

#include <absl/status/statusor.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client/cli/import/import.h"

namespace wheelhouse::cli {

using PlanJson = nlohmann::ordered_json;

// Where it is read, and what could not be carried over. Used by one thread.
class Reading {
 public:
  explicit Reading(std::string file) : file_(std::move(file)) {}

  void Missing(const YAML::Node& node, const std::string& what);

  // Calls the reader of each field of `map`; a field without one is missing. What is not a mapping
  // has no fields.
  using FieldReaders = std::map<std::string, std::function<void(const YAML::Node& value)>>;
  void ReadFields(const YAML::Node& map, const std::string& path, const FieldReaders& readers);

  const std::string& file() const { return file_; }
  std::vector<std::string> TakeMissing() { return std::move(missing_); }

 private:
  const std::string file_;
  std::vector<std::string> missing_;
};

// The documents of a file. PLAN_INVALID with the places where it is not YAML, or still a template:
// `{{ x }}` without quotes; with quotes too where `texts_are_templates`.
absl::StatusOr<std::vector<YAML::Node>> ReadDocuments(const SourceFile& file,
                                                      bool texts_are_templates = false);

// A scalar's text; empty for anything else, and where there is no node.
std::string TextOf(const YAML::Node& node);
// The field of a mapping; undefined where there is none.
YAML::Node FieldOf(const YAML::Node& map, const std::string& key);
std::vector<std::string> TextsOf(const YAML::Node& list);
bool IsTrue(const YAML::Node& node);

// A node as JSON with the types of YAML 1.1.
PlanJson JsonOf(const YAML::Node& node);

// An inline values document of a chart.
void AddValues(const YAML::Node& values, const std::string& name, PlanJson* chart);
// A pair of `values`, or of another list of pairs.
void AddPair(const char* list, const std::string& key, const std::string& value, PlanJson* chart);

// Sets `chart` by where the chart comes from: `url` is of an HTTP repository, or begins with
// oci://.
void SetRepositoryChart(const std::string& url, const std::string& name, const std::string& version,
                        PlanJson* chart);

// Adds a patch in YAML: a list of operations, or an object to merge.
void AddPatch(PlanJson target, const std::string& text, PlanJson* chart);

// Charts with a smaller number go first, as dependsOn says it. `levels` has one for each chart.
void OrderByLevels(const std::vector<int>& levels, PlanJson* charts);

}  // namespace wheelhouse::cli
