#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "client/cli/import/reading.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

using YAML::Node;

struct Document {
  std::string file;
  Node node;
};

// HelmReleases and their sources, from several files.
class FluxFiles {
 public:
  void Add(const std::string& file, const Node& node) {
    const std::string kind = TextOf(FieldOf(node, "kind"));
    const Node spec = FieldOf(node, "spec");
    if (kind == "HelmRelease") {
      releases_.push_back({file, node});
    } else if (kind == "HelmRepository" || kind == "OCIRepository") {
      sources_[absl::StrCat(kind, "/", NameOf(node))] = spec;
    } else {
      Reading reading(file);
      reading.Missing(
          node, absl::StrCat("the ", kind.empty() ? "document" : kind, " is not carried over"));
      TakeMissing(&reading);
    }
  }

  Imported Take() {
    for (const Document& release : releases_) {
      Reading reading(release.file);
      ReadRelease(&reading, release.node);
      TakeMissing(&reading);
    }
    return {{{"charts", std::move(charts_)}}, std::move(missing_)};
  }

 private:
  static std::string NameOf(const Node& node) {
    return TextOf(FieldOf(FieldOf(node, "metadata"), "name"));
  }
  static std::string NamespaceOf(const Node& node) {
    return TextOf(FieldOf(FieldOf(node, "metadata"), "namespace"));
  }
  void TakeMissing(Reading* reading) {
    for (std::string& one : reading->TakeMissing()) missing_.push_back(std::move(one));
  }

  // Flux names a release TARGETNAMESPACE-NAME where there is a target namespace.
  static std::string ReleaseOf(const Node& release) {
    const Node spec = FieldOf(release, "spec");
    std::string own = TextOf(FieldOf(spec, "releaseName"));
    const std::string target = TextOf(FieldOf(spec, "targetNamespace"));
    if (!own.empty()) return own;
    return target.empty() ? NameOf(release) : absl::StrCat(target, "-", NameOf(release));
  }

  void ReadRelease(Reading* reading, const Node& release) {
    const Node spec = FieldOf(release, "spec");
    PlanJson chart = PlanJson::object();
    chart["name"] = ReleaseOf(release);
    const std::string target = TextOf(FieldOf(spec, "targetNamespace"));
    const std::string ns = target.empty() ? NamespaceOf(release) : target;
    if (!ns.empty()) chart["namespace"] = ns;
    Reading::FieldReaders readers = ValueReaders(reading, &chart);
    for (const char* done : {"interval", "releaseName", "targetNamespace"}) readers[done] = nullptr;
    readers["chart"] = [&](const Node& node) { ReadChart(reading, node, &chart); };
    readers["chartRef"] = [&](const Node& node) { ReadChartRef(reading, node, &chart); };
    readers["timeout"] = [&](const Node& node) { chart["timeout"] = TextOf(node); };
    readers["maxHistory"] = [&](const Node& node) { chart["maxHistory"] = JsonOf(node); };
    readers["suspend"] = [&](const Node& node) {
      if (IsTrue(node)) chart["action"] = "SKIP";
    };
    readers["dependsOn"] = [&](const Node& node) {
      for (const Node& need : node) AddDependency(reading, need, &chart);
    };
    readers["install"] = [&](const Node& node) {
      ReadAction(reading, node, "spec.install", &chart);
    };
    readers["upgrade"] = [&](const Node& node) {
      ReadAction(reading, node, "spec.upgrade", &chart);
    };
    readers["driftDetection"] = [&](const Node& node) {
      if (TextOf(FieldOf(node, "mode")) == "enabled") chart["reapply"] = "IF_DRIFTED";
      reading->ReadFields(node, "spec.driftDetection", {{"mode", nullptr}});
    };
    readers["test"] = [&](const Node& node) {
      if (IsTrue(FieldOf(node, "enable")))
        chart["stages"]["validate"]["after"].push_back({{"helmTest", PlanJson::object()}});
      reading->ReadFields(node, "spec.test", {{"enable", nullptr}});
    };
    readers["postRenderers"] = [&](const Node& node) {
      for (const Node& one : node) ReadPostRenderer(reading, one, &chart);
    };
    reading->ReadFields(spec, "spec", readers);
    charts_.push_back(std::move(chart));
  }

  Reading::FieldReaders ValueReaders(Reading* reading, PlanJson* chart) {
    return {{"values", [=](const Node& node) { AddValues(node, "values", chart); }},
            {"valuesFrom", [=](const Node& node) {
               // In a plan they stand above the inline values, in Flux below.
               for (const Node& one : node) ReadValuesFrom(reading, one, chart);
               reading->Missing(node, "spec.valuesFrom stands above spec.values now, not below");
             }}};
  }

  static void ReadValuesFrom(Reading* reading, const Node& one, PlanJson* chart) {
    PlanJson reference = {{"name", TextOf(FieldOf(one, "name"))}};
    PlanJson from = PlanJson::object();
    reading->ReadFields(one, "spec.valuesFrom",
                        {{"kind", nullptr},
                         {"name", nullptr},
                         {"valuesKey", [&](const Node& node) { reference["key"] = TextOf(node); }},
                         {"optional", [&](const Node& node) { from["optional"] = IsTrue(node); }}});
    const bool secret = TextOf(FieldOf(one, "kind")) == "Secret";
    from[secret ? "secret" : "configMap"] = std::move(reference);
    (*chart)["valuesFrom"].push_back(std::move(from));
  }

  void ReadChart(Reading* reading, const Node& node, PlanJson* chart) {
    const Node spec = FieldOf(node, "spec");
    const Node reference = FieldOf(spec, "sourceRef");
    const std::string name = TextOf(FieldOf(spec, "chart"));
    const std::string kind = TextOf(FieldOf(reference, "kind"));
    const auto source = sources_.find(absl::StrCat(kind, "/", TextOf(FieldOf(reference, "name"))));
    reading->ReadFields(spec, "spec.chart.spec",
                        {{"chart", nullptr},
                         {"version", nullptr},
                         {"interval", nullptr},
                         {"sourceRef", nullptr},
                         {"reconcileStrategy", nullptr}});
    if (kind == "HelmRepository" && source != sources_.end())
      return SetRepositoryChart(TextOf(FieldOf(source->second, "url")), name,
                                TextOf(FieldOf(spec, "version")), chart);
    (*chart)["chart"] = {{"path", name}};
    reading->Missing(
        spec, absl::StrCat(
                  "spec.chart: the ", kind, " ", TextOf(FieldOf(reference, "name")),
                  kind == "HelmRepository" ? " is in none of the files" : " is not carried over"));
  }

  void ReadChartRef(Reading* reading, const Node& reference, PlanJson* chart) {
    const std::string name = TextOf(FieldOf(reference, "name"));
    const auto source = sources_.find(absl::StrCat(TextOf(FieldOf(reference, "kind")), "/", name));
    if (source == sources_.end())
      return reading->Missing(reference,
                              absl::StrCat("spec.chartRef: ", name, " is in none of the files"));
    const Node version = FieldOf(source->second, "ref");
    const Node range = FieldOf(version, "semver");
    SetRepositoryChart(TextOf(FieldOf(source->second, "url")), "", TextOf(FieldOf(version, "tag")),
                       chart);
    if (range.IsDefined())
      reading->Missing(reference, absl::StrCat("spec.chartRef: the range ", TextOf(range),
                                               " of an OCI chart is not carried over"));
  }

  void AddDependency(Reading* reading, const Node& need, PlanJson* chart) {
    const std::string name = TextOf(FieldOf(need, "name"));
    for (const Document& other : releases_) {
      if (NameOf(other.node) != name) continue;
      const std::string target = TextOf(FieldOf(FieldOf(other.node, "spec"), "targetNamespace"));
      const std::string ns = target.empty() ? NamespaceOf(other.node) : target;
      (*chart)["dependsOn"].push_back(
          absl::StrCat(ns, ns.empty() ? "" : "/", ReleaseOf(other.node)));
      return;
    }
    reading->Missing(need, absl::StrCat("spec.dependsOn: ", name, " is in none of the files"));
  }

  static void ReadAction(Reading* reading, const Node& action, const std::string& path,
                         PlanJson* chart) {
    const auto crds = [&](const Node& node) {
      const std::string policy = TextOf(node);
      (*chart)["crdPolicy"] = policy == "CreateReplace" ? "CREATE_REPLACE"
                              : policy == "Skip"        ? "SKIP"
                                                        : "CREATE";
    };
    const auto remediation = [&](const Node& node) {
      reading->ReadFields(
          node, path + ".remediation",
          {{"retries",
            [&](const Node& count) { (*chart)["upgradeRetry"]["count"] = JsonOf(count); }},
           {"strategy", nullptr}});
    };
    reading->ReadFields(
        action, path,
        {{"createNamespace", [&](const Node& node) { (*chart)["createNamespace"] = IsTrue(node); }},
         {"crds", crds},
         {"force", [&](const Node& node) { (*chart)["forceUpgrade"] = IsTrue(node); }},
         {"disableHooks", [&](const Node& node) { (*chart)["noHooks"] = IsTrue(node); }},
         {"disableWait", [&](const Node& node) { (*chart)["wait"] = !IsTrue(node); }},
         {"remediation", remediation}});
  }

  static void ReadPostRenderer(Reading* reading, const Node& renderer, PlanJson* chart) {
    const auto kustomize = [&](const Node& node) {
      const auto patches = [&](const Node& list) {
        for (const Node& one : list)
          AddPatch(JsonOf(FieldOf(one, "target")), TextOf(FieldOf(one, "patch")), chart);
      };
      reading->ReadFields(node, "spec.postRenderers.kustomize", {{"patches", patches}});
    };
    reading->ReadFields(renderer, "spec.postRenderers", {{"kustomize", kustomize}});
  }

  std::vector<Document> releases_;
  std::map<std::string, Node> sources_;  // the specs, by KIND/NAME
  PlanJson charts_ = PlanJson::array();
  std::vector<std::string> missing_;
};

}  // namespace

absl::StatusOr<Imported> ImportFlux(const std::vector<SourceFile>& files) {
  FluxFiles flux;
  for (const SourceFile& file : files) {
    ASSIGN_OR_RETURN(const auto documents, ReadDocuments(file));
    for (const Node& document : documents) flux.Add(file.name, document);
  }
  return flux.Take();
}

}  // namespace wheelhouse::cli
