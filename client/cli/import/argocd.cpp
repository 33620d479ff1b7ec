#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include "client/cli/import/reading.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

using YAML::Node;

// Applications, from several files.
class Applications {
 public:
  void Read(const std::string& file, const Node& document) {
    Reading reading(file);
    const std::string kind = TextOf(FieldOf(document, "kind"));
    if (kind == "Application") {
      ReadApplication(&reading, document);
    } else {
      reading.Missing(
          document, absl::StrCat("the ", kind.empty() ? "document" : kind, " is not carried over"));
    }
    for (std::string& one : reading.TakeMissing()) missing_.push_back(std::move(one));
  }

  Imported Take() {
    OrderByLevels(waves_, &charts_);
    return {{{"charts", std::move(charts_)}}, std::move(missing_)};
  }

 private:
  void ReadApplication(Reading* reading, const Node& document) {
    PlanJson chart = PlanJson::object();
    const Node metadata = FieldOf(document, "metadata");
    chart["name"] = TextOf(FieldOf(metadata, "name"));
    int wave = 0;
    const Node annotation =
        FieldOf(FieldOf(metadata, "annotations"), "argocd.argoproj.io/sync-wave");
    (void)absl::SimpleAtoi(TextOf(annotation), &wave);
    reading->ReadFields(
        FieldOf(document, "spec"), "spec",
        {{"project", nullptr},
         {"revisionHistoryLimit", [&](const Node& node) { chart["maxHistory"] = JsonOf(node); }},
         {"destination", [&](const Node& node) { ReadDestination(reading, node, &chart); }},
         {"source", [&](const Node& node) { ReadSource(reading, node, &chart); }},
         {"sources",
          [&](const Node& node) {
            for (const Node& source : node) ReadSource(reading, source, &chart);
          }},
         {"syncPolicy", [&](const Node& node) { ReadSyncPolicy(reading, node, &chart); }}});
    waves_.push_back(wave);
    charts_.push_back(std::move(chart));
  }

  static void ReadDestination(Reading* reading, const Node& node, PlanJson* chart) {
    const std::string in_cluster = "https://kubernetes.default.svc";
    const auto cluster = [&](const Node& name) {
      if (TextOf(name) != in_cluster && TextOf(name) != "in-cluster")
        reading->Missing(
            name, absl::StrCat("spec.destination: apply the plan with --cluster ", TextOf(name)));
    };
    reading->ReadFields(node, "spec.destination",
                        {{"namespace", [&](const Node& ns) { (*chart)["namespace"] = TextOf(ns); }},
                         {"server", cluster},
                         {"name", cluster}});
  }

  static void ReadSource(Reading* reading, const Node& source, PlanJson* chart) {
    const std::string url = TextOf(FieldOf(source, "repoURL"));
    const std::string version = TextOf(FieldOf(source, "targetRevision"));
    const Node name = FieldOf(source, "chart");
    if (name.IsDefined()) {
      const bool http = absl::StartsWith(url, "http://") || absl::StartsWith(url, "https://");
      SetRepositoryChart(http || absl::StartsWith(url, "oci://") ? url : "oci://" + url,
                         TextOf(name), version, chart);
    } else if (const Node path = FieldOf(source, "path"); path.IsDefined()) {
      (*chart)["chart"] = {{"path", TextOf(path)}};
      reading->Missing(path, absl::StrCat("spec.source: the chart is a folder of ", url,
                                          "; check it out beside the plan"));
    } else {
      reading->Missing(source, "spec.sources: a source without a chart is not carried over");
    }
    reading->ReadFields(source, "spec.source",
                        {{"repoURL", nullptr},
                         {"targetRevision", nullptr},
                         {"chart", nullptr},
                         {"path", nullptr},
                         {"ref", nullptr},
                         {"helm", [&](const Node& node) { ReadHelm(reading, node, chart); }}});
  }

  static void ReadHelm(Reading* reading, const Node& helm, PlanJson* chart) {
    reading->ReadFields(
        helm, "spec.source.helm",
        {{"releaseName", [&](const Node& node) { (*chart)["name"] = TextOf(node); }},
         {"version", nullptr},
         {"skipCrds",
          [&](const Node& node) {
            if (IsTrue(node)) (*chart)["crdPolicy"] = "SKIP";
          }},
         {"valueFiles",
          [&](const Node& node) {
            for (const Node& file : node) {
              (*chart)["valuesFiles"].push_back(TextOf(file));
              reading->Missing(file, absl::StrCat("spec.source.helm.valueFiles: put ", TextOf(file),
                                                  " beside the plan"));
            }
          }},
         {"values",
          [&](const Node& node) {
            (*chart)["yamlFilesContent"].push_back({{"name", "values"}, {"content", TextOf(node)}});
          }},
         {"valuesObject", [&](const Node& node) { AddValues(node, "valuesObject", chart); }},
         {"parameters",
          [&](const Node& node) {
            for (const Node& one : node)
              AddPair(IsTrue(FieldOf(one, "forceString")) ? "valuesString" : "values",
                      TextOf(FieldOf(one, "name")), TextOf(FieldOf(one, "value")), chart);
          }},
         {"fileParameters", [&](const Node& node) {
            for (const Node& one : node)
              (*chart)["setFile"].push_back(
                  {{"key", TextOf(FieldOf(one, "name"))}, {"path", TextOf(FieldOf(one, "path"))}});
          }}});
  }

  static void ReadSyncPolicy(Reading* reading, const Node& policy, PlanJson* chart) {
    reading->ReadFields(policy, "spec.syncPolicy",
                        {{"syncOptions",
                          [&](const Node& node) {
                            for (const Node& option : node) ReadSyncOption(reading, option, chart);
                          }},
                         {"managedNamespaceMetadata",
                          [&](const Node& node) {
                            reading->ReadFields(node, "spec.syncPolicy.managedNamespaceMetadata",
                                                {{"labels", [&](const Node& labels) {
                                                    (*chart)["namespaceLabels"] = JsonOf(labels);
                                                  }}});
                          }},
                         {"automated", [&](const Node& node) {
                            // Argo CD has its own way of sync; a run of the plan is ours.
                            if (IsTrue(FieldOf(node, "selfHeal")))
                              (*chart)["reapply"] = "IF_DRIFTED";
                            reading->Missing(node,
                                             "spec.syncPolicy.automated: run the plan to sync");
                          }}});
  }

  static void ReadSyncOption(Reading* reading, const Node& option, PlanJson* chart) {
    const std::string text = TextOf(option);
    if (text == "CreateNamespace=true") return;  // what happens anyway
    if (text == "CreateNamespace=false") {
      (*chart)["createNamespace"] = false;
    } else if (text == "ServerSideApply=true") {
      (*chart)["serverSideApply"] = true;
    } else {
      reading->Missing(option, absl::StrCat("spec.syncPolicy.syncOptions: ", text));
    }
  }

  std::vector<int> waves_;
  PlanJson charts_ = PlanJson::array();
  std::vector<std::string> missing_;
};

}  // namespace

absl::StatusOr<Imported> ImportArgoCd(const std::vector<SourceFile>& files) {
  Applications applications;
  for (const SourceFile& file : files) {
    ASSIGN_OR_RETURN(const auto documents, ReadDocuments(file));
    for (const Node& document : documents) applications.Read(file.name, document);
  }
  return applications.Take();
}

}  // namespace wheelhouse::cli
