#include "client/cli/import/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/formats/block_yaml.h"

namespace wheelhouse::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Imported Done(absl::StatusOr<Imported> imported) {
  EXPECT_TRUE(imported.ok()) << imported.status();
  return imported.ok() ? *std::move(imported) : Imported();
}

TEST(ImportHelmfile, CarriesReleasesOver) {
  const Imported imported = Done(ImportHelmfile({"helmfile.yaml", R"(
repositories:
- {name: podinfo, url: https://stefanprodan.github.io/podinfo}
- {name: private, url: registry.example/charts, oci: true}
helmDefaults: {wait: true, timeout: 300, historyMax: 5}
releases:
- name: web
  namespace: shop
  chart: podinfo/podinfo
  version: ~6.5
  labels: {tier: front}
  needs: [prod/data/db]
  values:
  - values/web.yaml
  - replicas: 2
  set:
  - {name: a.b, value: 1}
  - {name: list, values: [x, y]}
- {name: db, namespace: data, chart: private/db, installed: false}
- {name: own, chart: ./charts/own}
)"}));
  EXPECT_THAT(imported.missing, IsEmpty());
  EXPECT_EQ(BlockYaml(imported.plan), R"(defaults:
  wait: true
  timeout: "300s"
  maxHistory: 5
charts:
- name: web
  namespace: shop
  chart:
    repository: https://stefanprodan.github.io/podinfo
    name: podinfo
    version: "~6.5"
  labels:
    tier: front
  dependsOn:
  - data/db
  valuesFiles:
  - values/web.yaml
  yamlFilesContent:
  - name: releases.web.values
    content: |
      {
        "replicas": 2
      }
  values:
  - key: a.b
    value: "1"
  - key: list
    value: "{x,y}"
- name: db
  namespace: data
  chart:
    oci: oci://registry.example/charts/db
  action: DESTROY
- name: own
  chart:
    path: "./charts/own"
)");
}

TEST(ImportHelmfile, NamesWhatItCannotCarryOver) {
  const Imported imported = Done(ImportHelmfile({"h.yaml", R"(
environments: {prod: {values: [a.yaml]}}
releases:
- name: web
  chart: unknown/web
  hooks: [{events: [presync]}]
  values: [v.gotmpl]
)"}));
  EXPECT_THAT(imported.missing,
              ElementsAre("h.yaml:2:1: environments is not carried over",
                          "h.yaml:5:10: chart: there is no repository for unknown/web",
                          "h.yaml:6:3: releases.web.hooks is not carried over",
                          HasSubstr("h.yaml:7:12: releases.web.values: v.gotmpl is a template")));
  for (const char* text : {"a: 1\nb: {{ .Values.x }}\n", "a: 1\nb: 'v-{{ .Values.x }}'\n"})
    EXPECT_THAT(std::string(ImportHelmfile({"h.yaml", text}).status().message()),
                HasSubstr("h.yaml:2:4: is a template"));
}

TEST(ImportHelmsman, PrioritiesBecomeAnOrder) {
  const Imported imported = Done(ImportHelmsman({"s.yaml", R"(
helmRepos: {stable: https://charts.example}
namespaces: {staging: {protected: true, labels: {env: staging}}}
apps:
  jenkins: {namespace: staging, enabled: true, chart: stable/jenkins, version: 2.1.0, priority: -2, test: true}
  artifactory: {namespace: staging, enabled: false, chart: stable/artifactory, version: 1.0.0, group: g}
)"}));
  EXPECT_THAT(imported.missing,
              ElementsAre(HasSubstr("namespaces.staging.protected is not carried over"),
                          HasSubstr("apps.artifactory.group is not carried over")));
  const auto& charts = imported.plan["charts"];
  EXPECT_EQ(charts[0]["chart"]["repository"], "https://charts.example");
  EXPECT_EQ(charts[0]["namespaceLabels"]["env"], "staging");
  EXPECT_TRUE(charts[0]["stages"]["validate"]["after"][0].contains("helmTest"));
  EXPECT_FALSE(charts[0].contains("dependsOn"));
  EXPECT_EQ(charts[1]["dependsOn"][0], "staging/jenkins");
  EXPECT_EQ(charts[1]["action"], "DESTROY");
}

TEST(ImportArgoCd, ReadsApplications) {
  const Imported imported = Done(ImportArgoCd({{"app.yaml", R"(
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: sealed-secrets, namespace: argocd}
spec:
  project: default
  source:
    chart: sealed-secrets
    repoURL: https://bitnami-labs.github.io/sealed-secrets
    targetRevision: 1.16.1
    helm:
      releaseName: sealed
      parameters: [{name: a, value: "1", forceString: true}]
      valuesObject: {x: true}
  destination: {server: https://kubernetes.default.svc, namespace: kubeseal}
  syncPolicy:
    syncOptions: [CreateNamespace=true, Prune=false]
---
kind: AppProject
)"}}));
  const auto& chart = imported.plan["charts"][0];
  EXPECT_EQ(chart["name"], "sealed");
  EXPECT_EQ(chart["namespace"], "kubeseal");
  EXPECT_EQ(chart["chart"]["version"], "1.16.1");
  EXPECT_EQ(chart["valuesString"][0]["key"], "a");
  EXPECT_THAT(imported.missing,
              ElementsAre("app.yaml:17:41: spec.syncPolicy.syncOptions: Prune=false",
                          "app.yaml:19:1: the AppProject is not carried over"));
}

TEST(ImportFlux, FindsSourcesInOtherFiles) {
  const Imported imported = Done(ImportFlux({{"release.yaml", R"(
kind: HelmRelease
metadata: {name: web, namespace: apps}
spec:
  interval: 10m
  chart: {spec: {chart: podinfo, version: "6.x", sourceRef: {kind: HelmRepository, name: podinfo}}}
  dependsOn: [{name: db}]
  install: {crds: CreateReplace, remediation: {retries: 3}}
  values: {replicas: 2}
  postRenderers:
  - kustomize:
      patches:
      - patch: |
          kind: Deployment
          metadata: {name: web}
      images: []
---
kind: HelmRelease
metadata: {name: db, namespace: apps}
spec: {targetNamespace: data, chartRef: {kind: OCIRepository, name: db}}
)"},
                                             {"sources.yaml", R"(
kind: HelmRepository
metadata: {name: podinfo}
spec: {url: oci://ghcr.io/stefanprodan/charts, type: oci}
---
kind: OCIRepository
metadata: {name: db}
spec: {url: oci://registry.example/db, ref: {tag: 1.2.3}}
)"}}));
  const auto& web = imported.plan["charts"][0];
  EXPECT_EQ(web["chart"]["oci"], "oci://ghcr.io/stefanprodan/charts/podinfo");
  EXPECT_EQ(web["dependsOn"][0], "data/data-db");
  EXPECT_EQ(web["crdPolicy"], "CREATE_REPLACE");
  EXPECT_EQ(web["upgradeRetry"]["count"], 3);
  EXPECT_EQ(web["patches"][0]["target"]["kind"], "Deployment");
  EXPECT_EQ(imported.plan["charts"][1]["chart"]["version"], "1.2.3");
  EXPECT_THAT(imported.missing,
              ElementsAre(HasSubstr("spec.postRenderers.kustomize.images is not carried over")));
}

}  // namespace
}  // namespace wheelhouse::cli
