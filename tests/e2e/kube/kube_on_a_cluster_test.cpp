// The kube room against a real API server: credentials, objects, discovery, rollouts. Run by
// test_kube.py, which says in the environment where the sandbox is.
#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>

#include "common/failure.h"
#include "common/process/supervisor.h"
#include "server/kube/dry_run.h"
#include "server/kube/http/http_client.h"
#include "server/kube/readiness/rollout.h"
#include "server/kube/rest/discovery.h"
#include "server/kube/rest/kubeconfig.h"
#include "server/kube/rest/open_clusters.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/kube/certificate.h"

namespace wheelhouse::kube {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::string Required(const char* name) {
  if (const char* value = std::getenv(name)) return value;
  std::cerr << name << " is not set: run this by tests/e2e/kube/test_kube.py\n";
  std::exit(1);
}

std::string Reason(const absl::Status& status) {
  return status.ok() ? "OK" : FailureOf(status).reason();
}

class KubeTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    // It forks, so it comes before any thread.
    if (supervisor == nullptr) supervisor = Supervisor::Start()->release();
  }

  void SetUp() override {
    const auto read = ReadKubeconfig(Required("KUBECONFIG"), "");
    ASSERT_TRUE(read.ok()) << read.status();
    admin_ = *read;
    cluster_ = *OpenCluster({"sandbox", Required("KUBECONFIG")}, *supervisor, folder_.path());
  }

  // The same cluster with other fields of `cluster` and `user`, in flow style.
  std::unique_ptr<Cluster> Open(const std::string& user, const std::string& cluster = "",
                                const std::string& ca = "") {
    const std::string path = folder_.Write(
        "kubeconfig",
        absl::StrCat(
            "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n",
            "clusters: [{name: c, cluster: {server: '", admin_.server,
            "', certificate-authority-data: ", absl::Base64Escape(ca.empty() ? admin_.ca : ca),
            ", ", cluster, "}}]\n", "users: [{name: u, user: {", user, "}}]\n"));
    auto opened = OpenCluster({"sandbox", path}, *supervisor, folder_.path());
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  std::string AdminUser() const {
    return absl::StrCat("client-certificate-data: ", absl::Base64Escape(admin_.client_certificate),
                        ", client-key-data: ", absl::Base64Escape(admin_.client_key));
  }

  // What the server takes us for: its own words, or our failure's reason.
  Json WhoAmI(Cluster& cluster) const {
    const ObjectId id{
        {"authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", false}, "", ""};
    const auto review = cluster.client().Create(
        context_, id, {{"apiVersion", "authentication.k8s.io/v1"}, {"kind", "SelfSubjectReview"}});
    if (!review.ok()) return {{"username", Reason(review.status())}};
    return review->value(Json::json_pointer("/status/userInfo"), Json());
  }
  std::string NameOf(Cluster& cluster) const { return Text(WhoAmI(cluster), "/username"); }

  KubeClient& client() { return cluster_->client(); }
  ObjectId ConfigMap(const std::string& name) const {
    return {{"", "v1", "ConfigMap", "configmaps", true}, ns_, name};
  }
  Json ConfigMapObject(const std::string& name, const std::string& color = "blue") const {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", name}, {"labels", {{"color", color}}}}},
            {"data", {{"color", color}}}};
  }
  absl::Status Apply(const std::string& name, const std::string& data,
                     const ApplyOptions& options) {
    const std::string document = absl::StrCat(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ", name, "}\ndata: {", data, "}\n");
    return client().Apply(context_, ConfigMap(name), document, options).status();
  }

  static inline Supervisor* supervisor = nullptr;
  static inline const std::string kSa = "system:serviceaccount:";
  const Context context_ = Context::Background().WithTimeout(
      absl::Minutes(2), MakeFailure(wheelhouse::Reason::kDeadlineExceeded, "the test hangs"));
  const TestFolder folder_;
  const std::string ns_ = Required("NAMESPACE"), token_ = Required("TOKEN");
  Connection admin_;
  std::unique_ptr<Cluster> cluster_;
};

TEST_F(KubeTest, AClientCertificateServesFromDataAndFromFiles) {
  EXPECT_THAT(*client().ServerVersion(context_), HasSubstr("v1."));
  folder_.Write("me.crt", admin_.client_certificate);
  folder_.Write("me.key", admin_.client_key);
  EXPECT_EQ(NameOf(*Open("client-certificate: me.crt, client-key: me.key")), NameOf(*cluster_));
}

TEST_F(KubeTest, ATokenServesAndAWrongOneIsRefused) {
  EXPECT_EQ(NameOf(*Open("token: " + token_)), kSa + ns_ + ":deployer");
  EXPECT_EQ(NameOf(*Open("token: wrong")), "CREDENTIALS_INVALID");
}

TEST_F(KubeTest, ATokenFileMayRotate) {
  folder_.Write("token", "wrong");
  const auto cluster = Open("tokenFile: token");
  EXPECT_EQ(NameOf(*cluster), "CREDENTIALS_INVALID");
  folder_.Write("token", token_);
  EXPECT_EQ(NameOf(*cluster), kSa + ns_ + ":deployer");
}

TEST_F(KubeTest, APluginIsAskedOnceAndOnceMoreAfterARefusal) {
  // Prints a token that is no good the first time it runs.
  folder_.Write("token", token_);
  const std::string plugin = folder_.Write("login", R"sh(#!/bin/sh
cd "$(dirname "$0")"
echo run >>runs
[ "$(wc -l <runs)" = 1 ] && token=wrong || token=$(cat token)
echo '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status":
  {"token": "'$token'", "clientCertificateData": null, "expirationTimestamp": "2999-01-01T00:00:00Z"}
}'
)sh");
  std::filesystem::permissions(plugin, std::filesystem::perms::owner_all);
  const auto cluster = Open(
      "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: "
      "./login}");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(NameOf(*cluster), kSa + ns_ + ":deployer");
  std::ifstream runs(folder_.path() + "/runs");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(runs), {}), "run\nrun\n");
}

TEST_F(KubeTest, AnotherAuthoritysServerIsNotTrusted) {
  EXPECT_EQ(NameOf(*Open("token: " + token_, "", MakeCertificate(absl::Hours(1)))),
            "CREDENTIALS_INVALID");
}

TEST_F(KubeTest, AnExpiredCertificateIsRefused) {
  const std::string expired = absl::StrCat(
      "client-certificate-data: ", absl::Base64Escape(MakeCertificate(-absl::Hours(1))),
      ", client-key-data: ", absl::Base64Escape(admin_.client_key));
  EXPECT_EQ(NameOf(*Open(expired)), "CREDENTIALS_INVALID");
}

TEST_F(KubeTest, TheServerMustHaveTheNameThatTheKubeconfigSays) {
  EXPECT_EQ(NameOf(*Open(AdminUser(), "tls-server-name: localhost")), NameOf(*cluster_));
  EXPECT_EQ(NameOf(*Open(AdminUser(), "tls-server-name: wrong.example")), "CREDENTIALS_INVALID");
}

TEST_F(KubeTest, ActsAsSomebodyElse) {
  const auto cluster = Open(AdminUser() +
                            ", as: ann, as-uid: '7', as-groups: [dev, system:authenticated], "
                            "as-user-extra: {Example.com/Team: [a, b]}");
  const Json me = WhoAmI(*cluster);
  EXPECT_EQ(Text(me, "/username"), "ann");
  EXPECT_EQ(Text(me, "/uid"), "7");
  EXPECT_THAT(List(me, "/groups"), UnorderedElementsAre("dev", "system:authenticated"));
  EXPECT_EQ(me["extra"], (Json{{"example.com/team", {"a", "b"}}}));
  EXPECT_EQ(*cluster->client().MayI(context_, {"delete", "", "secrets", ns_, ""}), false);
}

TEST_F(KubeTest, ThePodsOwnAccountServes) {
  folder_.Write("account/ca.crt", admin_.ca);
  folder_.Write("account/token", token_);
  const size_t port = admin_.server.rfind(':');
  setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1", 1);
  setenv("KUBERNETES_SERVICE_PORT", admin_.server.substr(port + 1).c_str(), 1);
  const auto cluster = OpenCluster({.name = "here", .service_account = folder_.path() + "/account"},
                                   *supervisor, folder_.path() + "/state");
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(NameOf(**cluster), kSa + ns_ + ":deployer");
  unsetenv("KUBERNETES_SERVICE_HOST");
}

TEST_F(KubeTest, KnowsTheRights) {
  const auto viewer = Open("token: " + token_);
  EXPECT_TRUE(*client().MayI(context_, {"delete", "", "secrets", ns_, ""}));
  EXPECT_FALSE(*viewer->client().MayI(context_, {"delete", "", "secrets", ns_, ""}));
  EXPECT_TRUE(*viewer->client().MayI(context_, {"list", "", "pods", ns_, ""}));
  EXPECT_EQ(Reason(viewer->client().Delete(context_, ConfigMap("a"), {})), "PERMISSION_DENIED");
}

TEST_F(KubeTest, ResolvesKinds) {
  const auto deployment = client().Resolve(context_, "", "Deployment");
  ASSERT_TRUE(deployment.ok()) << deployment.status();
  EXPECT_EQ(deployment->ApiVersion(), "apps/v1");
  EXPECT_TRUE(deployment->namespaced);
  EXPECT_FALSE(client().Resolve(context_, "v1", "Node")->namespaced);
  const absl::Status several = client().Resolve(context_, "", "Event").status();
  EXPECT_EQ(Reason(several), "KIND_UNKNOWN");
  EXPECT_THAT(FailureOf(several).message(), HasSubstr("v1, events.k8s.io/v1"));
  EXPECT_EQ(Reason(client().Resolve(context_, "x.io/v1", "Sail").status()), "KIND_UNKNOWN");
}

TEST_F(KubeTest, EachGroupOnItsOwnSaysTheSame) {
  HttpClient http;
  int asked = 0;
  Discovery one_by_one(
      [&](const Context& context, const Discovery::Question& question) -> absl::StatusOr<Json> {
        ++asked;
        const auto answer = http.Send(context, admin_, {.path = question.path});
        if (!answer.ok()) return answer.status();
        return Json::parse(answer->body);
      });
  for (const char* kind :
       {"Deployment", "ConfigMap", "Node", "ClusterRole", "Lease", "HorizontalPodAutoscaler"}) {
    const auto a = client().Resolve(context_, "", kind), b = one_by_one.Resolve(context_, "", kind);
    ASSERT_TRUE(a.ok() && b.ok()) << a.status() << b.status();
    EXPECT_EQ(a->ApiVersion() + a->plural, b->ApiVersion() + b->plural);
    EXPECT_EQ(a->namespaced, b->namespaced);
  }
  EXPECT_GT(asked, 10);
}

TEST_F(KubeTest, CreatesGetsPatchesAndDeletes) {
  const ObjectId id = ConfigMap("one");
  const auto created = client().Create(context_, id, ConfigMapObject("one"));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(Reason(client().Create(context_, id, ConfigMapObject("one")).status()),
            "OBJECT_CONFLICT");
  ASSERT_TRUE(client().MergePatch(context_, id, {{"data", {{"color", nullptr}, {"x", "y"}}}}).ok());
  EXPECT_EQ((*client().Get(context_, id))["data"], (Json{{"x", "y"}}));
  EXPECT_EQ(Reason(client().Delete(context_, id, {.uid = "another"})), "OBJECT_CONFLICT");
  EXPECT_EQ(Reason(client().Delete(context_, id, {.uid = Text(*created, "/metadata/uid")})), "OK");
  EXPECT_EQ(Reason(client().Delete(context_, id, {})), "OBJECT_NOT_FOUND");
  EXPECT_EQ(Reason(client().Get(context_, id).status()), "OBJECT_NOT_FOUND");
}

TEST_F(KubeTest, AppliesAndNamesFieldAndManagerOfAConflict) {
  EXPECT_EQ(Reason(Apply("applied", "color: blue", {.field_manager = "ann"})), "OK");
  const absl::Status conflict = Apply("applied", "color: red", {});
  EXPECT_EQ(Reason(conflict), "FIELD_CONFLICT");
  EXPECT_EQ(FailureOf(conflict).details().at("field"), ".data.color");
  EXPECT_EQ(FailureOf(conflict).details().at("manager"), "ann");
  EXPECT_EQ(Reason(Apply("applied", "color: red", {.force = true, .dry_run = true})), "OK");
  EXPECT_EQ((*client().Get(context_, ConfigMap("applied")))["data"]["color"], "blue");
  EXPECT_EQ(Reason(Apply("applied", "color: red", {.force = true})), "OK");
  EXPECT_EQ((*client().Get(context_, ConfigMap("applied")))["data"]["color"], "red");
}

TEST_F(KubeTest, AFieldThatTheKindDoesNotHaveIsRejected) {
  const absl::Status status =
      client()
          .Apply(context_, ConfigMap("odd"),
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\ncolour: blue\n", {})
          .status();
  EXPECT_EQ(Reason(status), "APPLY_REJECTED");
  EXPECT_THAT(FailureOf(status).message(), HasSubstr("colour"));
}

TEST_F(KubeTest, ListsBySelectorsAndOnlyMetadataAndPageByPage) {
  constexpr int kMany = 505;  // a page holds 500
  for (int i = 0; i < kMany; ++i) {
    const std::string name = absl::StrCat("many-", i);
    ASSERT_TRUE(client().Create(context_, ConfigMap(name), ConfigMapObject(name, "grey")).ok());
  }
  const ResourceType type = ConfigMap("").type;
  ListOptions options{.ns = ns_, .label_selector = "color in (grey)", .metadata_only = true};
  const auto grey = client().List(context_, type, options);
  ASSERT_TRUE(grey.ok()) << grey.status();
  std::set<std::string> names;
  for (const Json& item : grey->items) {
    names.insert(Text(item, "/metadata/name"));
    EXPECT_EQ(Text(item, "/kind"), "ConfigMap");
    EXPECT_FALSE(item.contains("data"));
  }
  EXPECT_THAT(names, SizeIs(kMany));
  options = {.ns = ns_, .field_selector = "metadata.name=many-7"};
  const auto one = client().List(context_, type, options);
  ASSERT_THAT(one->items, SizeIs(1));
  EXPECT_EQ(one->items[0]["data"]["color"], "grey");
}

TEST_F(KubeTest, WatchesFromWhereTheListEnded) {
  const ObjectId id = ConfigMap("watched");
  WatchCache& watches = cluster_->watches();
  WatchCache::Collection* all = watches.Join(id.type, {.ns = ns_});
  WatchCache::Collection* metadata = watches.Join(id.type, {.ns = ns_, .metadata_only = true});
  // Blocks until a collection holds the object as `so` wants it, null when there is none.
  const auto until = [&](WatchCache::Collection* collection,
                         const std::function<bool(const Json&)>& so) {
    for (int64_t version = 0;;) {
      const std::optional<Json> found = watches.Find(*collection, "watched", &version);
      if (found.has_value() && so(*found)) return *found;
      EXPECT_TRUE(watches.AwaitChange(context_, {{collection, version}}, absl::Minutes(2)).ok());
      if (HasFailure()) return Json();
    }
  };
  const auto absent = [](const Json& object) { return object.is_null(); };
  until(all, absent);
  until(metadata, absent);
  EXPECT_TRUE(client().Create(context_, id, ConfigMapObject("watched", "green")).ok());
  const Json seen = until(metadata, [](const Json& object) { return !object.is_null(); });
  EXPECT_EQ(Text(seen, "/kind"), "ConfigMap");
  EXPECT_FALSE(seen.contains("data"));
  EXPECT_TRUE(client().MergePatch(context_, id, {{"data", {{"x", "y"}}}}).ok());
  until(all, [](const Json& object) { return Text(object, "/data/x") == "y"; });
  EXPECT_TRUE(client().Delete(context_, id, {}).ok());
  until(all, absent);
  until(metadata, absent);
  watches.Leave(all);
  watches.Leave(metadata);
}

class WorkloadTest : public KubeTest {
 protected:
  // A workload whose pod does what the label sandbox.wheelhouse/pod says.
  ObjectId Run(const std::string& kind, const std::string& name, const std::string& behaviour) {
    const ObjectId id{*client().Resolve(context_, "", kind), ns_, name};
    const auto applied = client().Apply(context_, id, Document(id, behaviour), {});
    EXPECT_TRUE(applied.ok()) << applied.status();
    return id;
  }
  static std::string Document(const ObjectId& id, const std::string& behaviour,
                              const std::string& annotations = "") {
    std::string spec = "{selector: {matchLabels: {app: NAME}}, template: TEMPLATE}";
    if (id.type.kind == "Job") spec = "{backoffLimit: 0, template: TEMPLATE}";
    if (id.type.kind == "StatefulSet") spec = "{serviceName: x, " + spec.substr(1);
    const std::string pod =
        "{metadata: {labels: {app: NAME, sandbox.wheelhouse/pod: '" + behaviour +
        "'}}, spec: {restartPolicy: POLICY, containers: [{name: main, image: example/a}]}}";
    return absl::StrReplaceAll(
        absl::StrReplaceAll(
            "{apiVersion: VERSION, kind: KIND, metadata: {name: NAME, annotations: {" +
                annotations + "}}, spec: " + spec + "}\n",
            {{"TEMPLATE", pod}}),
        {{"VERSION", id.type.ApiVersion()},
         {"KIND", id.type.kind},
         {"NAME", id.name},
         {"POLICY", id.type.kind == "Job" ? "Never" : "Always"}});
  }
  // An image that has not come at once never comes.
  absl::Status Await(const std::vector<ObjectId>& objects) {
    RolloutOptions options;
    options.early_failure.mutable_image_pull();
    return AwaitRollout(context_, client(), clock_, AwaitedOf(objects), options);
  }
  const SystemClock clock_;
};

TEST_F(WorkloadTest, EveryKindBecomesReady) {
  std::vector<ObjectId> objects;
  for (const char* kind : {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})
    objects.push_back(Run(kind, absl::StrCat("good-", absl::AsciiStrToLower(kind)), ""));
  EXPECT_EQ(Reason(Await(objects)), "OK");
}

// Of each kind: the pods of the change are told from those that ran before it.
struct Change {
  std::string kind;
  std::string mended;  // what its pods do after the second change
};
class ChangedWorkloadTest : public WorkloadTest, public testing::WithParamInterface<Change> {};

TEST_P(ChangedWorkloadTest, OnlyANewPodEndsTheRolloutEarly) {
  const auto& [kind, mended] = GetParam();
  const std::string name = absl::StrCat("bad-", absl::AsciiStrToLower(kind));
  EXPECT_EQ(Reason(Await({Run(kind, name, "")})), "OK");
  const absl::Status failed = Await({Run(kind, name, "image-pull-error")});
  EXPECT_EQ(Reason(failed), "POD_FAILING") << failed;
  EXPECT_THAT(FailureOf(failed).message(), HasSubstr(name));
  // Its pods still fail when the next change comes, and while the new ones are not ready yet.
  EXPECT_EQ(Reason(Await({Run(kind, name, mended)})), "OK");
}

// Not a StatefulSet: its controller does not replace a pod that has never been ready. A DaemonSet's
// slow pods would come one by one.
INSTANTIATE_TEST_SUITE_P(Kinds, ChangedWorkloadTest,
                         testing::Values(Change{"Deployment", "slow"}, Change{"DaemonSet", ""}),
                         [](const auto& test) { return test.param.kind; });

TEST_F(WorkloadTest, ANewPodOfAStatefulSetEndsTheRolloutEarly) {
  EXPECT_EQ(Reason(Await({Run("StatefulSet", "db", "")})), "OK");
  EXPECT_EQ(Reason(Await({Run("StatefulSet", "db", "image-pull-error")})), "POD_FAILING");
}

TEST_F(WorkloadTest, AFailedJobEndsTheRollout) {
  const absl::Status failed = Await({Run("Job", "migrate", "fails")});
  EXPECT_EQ(Reason(failed), "POD_FAILING");
  EXPECT_THAT(FailureOf(failed).message(), HasSubstr("BackoffLimitExceeded"));
}

TEST_F(WorkloadTest, ADryRunTellsAChangeOfTheSpecFromOneOfMetadata) {
  const ObjectId id{*client().Resolve(context_, "", "Deployment"), ns_, "dry"};
  const auto live = client().Apply(context_, id, Document(id, ""), {.field_manager = "helm"});
  ASSERT_TRUE(live.ok()) << live.status();
  EXPECT_FALSE(WouldChange(context_, client(), id, *live, Document(id, "")));
  EXPECT_FALSE(WouldChange(context_, client(), id, *live, Document(id, "", "chart: web-2")));
  EXPECT_TRUE(WouldChange(context_, client(), id, *live, Document(id, "never-ready")));
}

TEST_F(WorkloadTest, ReadsLogs) {
  EXPECT_EQ(Reason(Await({Run("ReplicaSet", "talks", "")})), "OK");
  const auto pods = client().List(context_, {"", "v1", "Pod", "pods", true},
                                  {.ns = ns_, .label_selector = "app=talks"});
  ASSERT_THAT(pods->items, SizeIs(1));
  const std::string name = Text(pods->items[0], "/metadata/name");
  const auto log = client().PodLogs(context_, ns_, name, "main", {});
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_THAT(*log, Not(testing::IsEmpty()));
  const auto end = client().PodLogs(context_, ns_, name, "main", {.tail_lines = 1});
  EXPECT_LT(end->size(), log->size());
  EXPECT_EQ(Reason(client().PodLogs(context_, ns_, name, "other", {}).status()), "APPLY_REJECTED");
  EXPECT_EQ(Reason(client().PodLogs(context_, ns_, "other", "main", {}).status()),
            "OBJECT_NOT_FOUND");
}

}  // namespace
}  // namespace wheelhouse::kube
