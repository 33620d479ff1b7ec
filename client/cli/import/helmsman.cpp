#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>

#include "client/cli/import/reading.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

using YAML::Node;

class Helmsman {
 public:
  explicit Helmsman(const std::string& file) : reading_(file) {}

  void Read(const Node& root) {
    if (const Node repositories = FieldOf(root, "helmRepos"); repositories.IsDefined()) {
      for (const auto& one : repositories) repositories_[TextOf(one.first)] = TextOf(one.second);
    }
    if (const Node namespaces = FieldOf(root, "namespaces"); namespaces.IsDefined()) {
      for (const auto& one : namespaces) ReadNamespace(TextOf(one.first), one.second);
    }
    const auto read_apps = [this](const Node& apps) {
      for (const auto& app : apps) ReadApp(TextOf(app.first), app.second);
    };
    reading_.ReadFields(root, "",
                        {{"helmRepos", nullptr},
                         {"namespaces", nullptr},
                         {"apps", read_apps},
                         {"metadata", nullptr}});
  }

  Imported Take() {
    OrderByLevels(priorities_, &charts_);
    return {{{"charts", std::move(charts_)}}, reading_.TakeMissing()};
  }

 private:
  void ReadNamespace(const std::string& name, const Node& node) {
    reading_.ReadFields(node, absl::StrCat("namespaces.", name),
                        {{"labels", [&](const Node& labels) { labels_[name] = JsonOf(labels); }},
                         {"protected", nullptr}});
    if (IsTrue(FieldOf(node, "protected")))
      reading_.Missing(node, absl::StrCat("namespaces.", name, ".protected is not carried over"));
  }

  void ReadApp(const std::string& key, const Node& app) {
    PlanJson chart = PlanJson::object();
    const Node name = FieldOf(app, "name");
    chart["name"] = name.IsDefined() ? TextOf(name) : key;
    int priority = 0;
    const auto flag = [&](const char* field) {
      return [&chart, field](const Node& node) { chart[field] = IsTrue(node); };
    };
    const auto pairs = [&](const char* list) {
      return [this, &chart, list](const Node& node) {
        for (const auto& pair : node) {
          AddPair(list, TextOf(pair.first), TextOf(pair.second), &chart);
          if (absl::StrContains(TextOf(pair.second), "$"))
            reading_.Missing(pair.second, absl::StrCat(TextOf(pair.first),
                                                       ": write variables as ${env.NAME}, and list "
                                                       "their names in allowEnv"));
        }
      };
    };
    const auto files = [&](const Node& node) {
      for (const std::string& file : TextsOf(node)) {
        if (!file.empty()) chart["valuesFiles"].push_back(file);
      }
    };
    reading_.ReadFields(
        app, absl::StrCat("apps.", key),
        {{"name", nullptr},
         {"version", nullptr},
         {"description", nullptr},
         {"namespace", [&](const Node& node) { SetNamespace(TextOf(node), &chart); }},
         {"enabled",
          [&](const Node& node) {
            if (!IsTrue(node)) chart["action"] = "DESTROY";
          }},
         {"chart",
          [&](const Node& node) { SetChart(node, TextOf(FieldOf(app, "version")), &chart); }},
         {"valuesFile", files},
         {"valuesFiles", files},
         {"set", pairs("values")},
         {"setString", pairs("valuesString")},
         {"setFile",
          [&](const Node& node) {
            for (const auto& pair : node)
              chart["setFile"].push_back(
                  {{"key", TextOf(pair.first)}, {"path", TextOf(pair.second)}});
          }},
         {"wait", flag("wait")},
         {"noHooks", flag("noHooks")},
         {"timeout", [&](const Node& node) { chart["timeout"] = TextOf(node) + "s"; }},
         {"maxHistory", [&](const Node& node) { chart["maxHistory"] = JsonOf(node); }},
         {"priority",
          [&](const Node& node) {
            if (!absl::SimpleAtoi(TextOf(node), &priority)) reading_.Missing(node, "priority");
          }},
         {"test", [&](const Node& node) {
            if (IsTrue(node))
              chart["stages"]["validate"]["after"].push_back({{"helmTest", PlanJson::object()}});
          }}});
    priorities_.push_back(priority);
    charts_.push_back(std::move(chart));
  }

  void SetNamespace(const std::string& name, PlanJson* chart) {
    (*chart)["namespace"] = name;
    if (const auto labels = labels_.find(name); labels != labels_.end())
      (*chart)["namespaceLabels"] = labels->second;
  }

  void SetChart(const Node& node, const std::string& version, PlanJson* chart) {
    const std::string text = TextOf(node);
    const size_t slash = text.find('/');
    const auto repository = repositories_.find(text.substr(0, slash));
    if (absl::StartsWith(text, "oci://")) return SetRepositoryChart(text, "", version, chart);
    if (slash != std::string::npos && repository != repositories_.end())
      return SetRepositoryChart(repository->second, text.substr(slash + 1), version, chart);
    (*chart)["chart"] = {{"path", text}};
    if (!absl::StartsWith(text, ".") && !absl::StartsWith(text, "/"))
      reading_.Missing(node, absl::StrCat("chart: there is no repository for ", text));
  }

  Reading reading_;
  std::map<std::string, std::string> repositories_;
  std::map<std::string, PlanJson> labels_;  // of namespaces
  std::vector<int> priorities_;             // a smaller one goes first
  PlanJson charts_ = PlanJson::array();
};

}  // namespace

absl::StatusOr<Imported> ImportHelmsman(const SourceFile& file) {
  ASSIGN_OR_RETURN(const auto documents, ReadDocuments(file));
  Helmsman helmsman(file.name);
  for (const Node& document : documents) helmsman.Read(document);
  return helmsman.Take();
}

}  // namespace wheelhouse::cli
