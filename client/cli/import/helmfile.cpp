#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include "client/cli/import/reading.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

using YAML::Node;

struct Repository {
  std::string url;
  bool oci = false;
};

class Helmfile {
 public:
  explicit Helmfile(const std::string& file) : reading_(file) {}

  void Read(const Node& root) {
    ReadRepositories(FieldOf(root, "repositories"));
    reading_.ReadFields(
        root, "",
        {{"repositories", nullptr},
         {"releases",
          [this](const Node& releases) {
            for (const Node& release : releases) ReadRelease(release);
          }},
         {"helmDefaults",
          [this](const Node& defaults) { ReadOptions(defaults, "helmDefaults", &defaults_); }},
         {"commonLabels", [this](const Node& labels) { defaults_["labels"] = Labels(labels); }},
         {"lockFilePath", nullptr},
         {"helmBinary", nullptr}});
  }

  Imported Take() {
    PlanJson plan = PlanJson::object();
    if (!defaults_.empty()) plan["defaults"] = std::move(defaults_);
    plan["charts"] = std::move(charts_);
    return {std::move(plan), reading_.TakeMissing()};
  }

 private:
  void ReadRepositories(const Node& repositories) {
    if (!repositories.IsDefined() || !repositories.IsSequence()) return;
    for (const Node& one : repositories) {
      std::string name;
      Repository repository;
      reading_.ReadFields(one, "repositories",
                          {{"name", [&](const Node& node) { name = TextOf(node); }},
                           {"url", [&](const Node& node) { repository.url = TextOf(node); }},
                           {"oci", [&](const Node& node) { repository.oci = IsTrue(node); }}});
      repositories_[name] = repository;
    }
  }

  // Options that a release and helmDefaults have in common.
  Reading::FieldReaders Options(PlanJson* to) {
    const auto flag = [to](const char* field) {
      return [to, field](const Node& node) { (*to)[field] = IsTrue(node); };
    };
    return {{"wait", flag("wait")},
            {"atomic", flag("atomic")},
            {"force", flag("forceUpgrade")},
            {"recreatePods", flag("recreatePods")},
            {"createNamespace", flag("createNamespace")},
            {"waitForJobs", nullptr},  // always
            {"historyMax", [to](const Node& node) { (*to)["maxHistory"] = JsonOf(node); }},
            {"timeout", [to](const Node& node) { (*to)["timeout"] = TextOf(node) + "s"; }}};
  }

  void ReadOptions(const Node& node, const std::string& path, PlanJson* to) {
    reading_.ReadFields(node, path, Options(to));
  }

  void ReadRelease(const Node& release) {
    PlanJson chart = PlanJson::object();
    chart["name"] = TextOf(FieldOf(release, "name"));
    Reading::FieldReaders readers = Options(&chart);
    const std::string path = absl::StrCat("releases.", chart.value("name", ""));
    for (const char* done : {"name", "version"}) readers[done] = nullptr;
    readers["namespace"] = [&](const Node& node) { chart["namespace"] = TextOf(node); };
    readers["chart"] = [&](const Node& node) {
      SetChart(node, TextOf(FieldOf(release, "version")), &chart);
    };
    readers["labels"] = [&](const Node& node) { chart["labels"] = Labels(node); };
    readers["installed"] = [&](const Node& node) {
      if (!IsTrue(node)) chart["action"] = "DESTROY";
    };
    readers["needs"] = [&](const Node& node) {
      for (const std::string& need : TextsOf(node)) chart["dependsOn"].push_back(Need(need));
    };
    readers["values"] = [&](const Node& node) { ReadValues(node, path, &chart); };
    readers["set"] = [&](const Node& node) { ReadSet(node, "values", &chart); };
    readers["setString"] = [&](const Node& node) { ReadSet(node, "valuesString", &chart); };
    readers["strategicMergePatches"] = [&](const Node& node) { ReadMerges(node, &chart); };
    readers["jsonPatches"] = [&](const Node& node) {
      for (const Node& patch : node)
        AddPatch(JsonOf(FieldOf(patch, "target")), JsonOf(FieldOf(patch, "patch")).dump(), &chart);
    };
    reading_.ReadFields(release, path, readers);
    charts_.push_back(std::move(chart));
  }

  void SetChart(const Node& node, const std::string& version, PlanJson* chart) {
    const std::string text = TextOf(node);
    const size_t slash = text.find('/');
    const auto repository = repositories_.find(text.substr(0, slash));
    if (absl::StartsWith(text, "oci://")) {
      SetRepositoryChart(text, "", version, chart);
    } else if (slash != std::string::npos && repository != repositories_.end()) {
      const Repository& found = repository->second;
      const std::string url =
          found.oci && !absl::StartsWith(found.url, "oci://") ? "oci://" + found.url : found.url;
      SetRepositoryChart(url, text.substr(slash + 1), version, chart);
    } else {
      (*chart)["chart"] = {{"path", text}};
      const bool path = absl::StartsWith(text, ".") || absl::StartsWith(text, "/");
      if (!path) reading_.Missing(node, absl::StrCat("chart: there is no repository for ", text));
    }
  }

  void ReadValues(const Node& values, const std::string& path, PlanJson* chart) {
    for (const Node& layer : values) {
      if (layer.IsMap()) {
        // Documents stand above files in a plan, whatever their order here.
        AddValues(layer, absl::StrCat(path, ".values"), chart);
      } else if (absl::EndsWith(TextOf(layer), ".gotmpl")) {
        reading_.Missing(layer, absl::StrCat(path, ".values: ", TextOf(layer),
                                             " is a template: render it to a file"));
      } else {
        if (chart->contains("yamlFilesContent"))
          reading_.Missing(layer, absl::StrCat(path, ".values: ", TextOf(layer),
                                               " stands below the inline values before it now"));
        (*chart)["valuesFiles"].push_back(TextOf(layer));
      }
    }
  }

  void ReadSet(const Node& set, const char* list, PlanJson* chart) {
    for (const Node& one : set) {
      const std::string name = TextOf(FieldOf(one, "name"));
      if (const Node file = FieldOf(one, "file"); file.IsDefined()) {
        (*chart)["setFile"].push_back({{"key", name}, {"path", TextOf(file)}});
      } else if (const Node values = FieldOf(one, "values"); values.IsDefined()) {
        AddPair(list, name, absl::StrCat("{", absl::StrJoin(TextsOf(values), ","), "}"), chart);
      } else {
        AddPair(list, name, TextOf(FieldOf(one, "value")), chart);
      }
    }
  }

  void ReadMerges(const Node& merges, PlanJson* chart) {
    for (const Node& merge : merges) {
      if (!merge.IsMap()) {
        reading_.Missing(merge, "strategicMergePatches: a file is not carried over");
        continue;
      }
      AddPatch({{"kind", TextOf(FieldOf(merge, "kind"))},
                {"name", TextOf(FieldOf(FieldOf(merge, "metadata"), "name"))}},
               JsonOf(merge).dump(2) + "\n", chart);
    }
  }

  static PlanJson Labels(const Node& labels) {
    PlanJson texts = PlanJson::object();
    for (const auto& label : labels) texts[TextOf(label.first)] = TextOf(label.second);
    return texts;
  }

  // CONTEXT/NAMESPACE/NAME, NAMESPACE/NAME or NAME.
  static std::string Need(const std::string& need) {
    const std::vector<std::string> parts = absl::StrSplit(need, '/');
    if (parts.size() < 3) return need;
    return absl::StrCat(parts[1], "/", parts[2]);
  }

  Reading reading_;
  std::map<std::string, Repository> repositories_;
  PlanJson defaults_ = PlanJson::object();
  PlanJson charts_ = PlanJson::array();
};

}  // namespace

absl::StatusOr<Imported> ImportHelmfile(const SourceFile& file) {
  ASSIGN_OR_RETURN(const auto documents, ReadDocuments(file, true));
  Helmfile helmfile(file.name);
  for (const Node& document : documents) helmfile.Read(document);
  return helmfile.Take();
}

}  // namespace wheelhouse::cli
