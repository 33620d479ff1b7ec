#include "server/config/config.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "common/failure.h"

namespace wheelhouse::config {
namespace {

using testing::HasSubstr;
using testing::Not;

const DefaultPaths kPaths = {"/etc/w.yaml", "/run/w.sock", "/var/lib/w"};
constexpr char kCluster[] = "clusters: [{name: c}]\n";

std::string Error(const std::string& text, const Checks& checks = {}) {
  const auto config = ReadConfig(text, "w.yaml", kPaths, checks);
  if (config.ok()) return "";
  EXPECT_TRUE(HasReason(config.status(), Reason::kConfigInvalid));
  return std::string(config.status().message());
}

// Of a file that begins with a valid cluster in its first line.
std::string ErrorBelow(const std::string& text) { return Error(kCluster + text); }

std::string Sample() {
  std::ifstream in(WHEELHOUSE_SAMPLE);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Config, DefaultsAreFilledIn) {
  const auto config = ReadConfig("clusters: [{name: c, kubeconfig: /k}]", "w.yaml", kPaths, {});
  ASSERT_TRUE(config.ok()) << config.status();
  v1::Config expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(clusters { name: "c" kubeconfig: "/k" default: true }
         listen { unix: "/run/w.sock" mode: "0600" caller: "local" }
         state_directory: "/var/lib/w"
         helm { path: "helm" max_processes: 4 }
         limits { parallel_charts: 8 queued_runs: 1000
                  upload_bytes: 20971520 quota_bytes: 524288000
                  foreign_lock_age { seconds: 3600 } log_bytes: 16777216
                  queued_runs_per_caller: 1000
                  streams_per_caller: 1000 uploads_per_caller: 16 uploading_bytes: 1073741824
                  connections: 4096 connections_per_caller: 2048 hook_sessions_per_caller: 300
                  kept_bytes_per_caller: 1073741824 }
         log { level: LOG_LEVEL_INFO format: LOG_FORMAT_TEXT }
         kustomize { path: "kustomize" }
         retention { max_age { seconds: 2592000 } max_runs: 10000 max_bytes: 10737418240 }
         saved_plans { keep_for { seconds: 604800 } per_caller: 100 approvers: "*" }
         claims { lease_namespace: "wheelhouse-system" lease_duration { seconds: 30 } }
         maxima { timeout { seconds: 86400 } priority: 100 stage_steps: 100 charts: 500
                  parallel_runs: 100 exclusive_callers: "unix:local" }
         gpgv { path: "gpgv" }
         children { memory_bytes: 1073741824 cpus: 2 file_bytes: 268435456
                    cpu_time { seconds: 3600 } })",
      &expected));
  EXPECT_THAT(config->exec_plugins().inherit_env(), testing::Contains("AWS_PROFILE"));
  *expected.mutable_exec_plugins() = config->exec_plugins();
  EXPECT_EQ(config->DebugString(), expected.DebugString());
  EXPECT_EQ(SocketMode(config->listen(0)), 0600u);
}

TEST(Config, MetricsAreServedToThisMachineUnlessTheOperatorSaysOtherwise) {
  for (const char* own : {"127.0.0.1:9464", "127.1.2.3:0", "'[::1]:9464'"})
    EXPECT_EQ(ErrorBelow(std::string("metrics: {listen: ") + own + "}"), "") << own;
  for (const char* remote : {"0.0.0.0:9464", "10.0.0.1:9464", "'[::]:9464'"}) {
    const std::string listen = std::string("metrics: {listen: ") + remote;
    EXPECT_THAT(ErrorBelow(listen + "}"), HasSubstr("metrics.allowRemote: whoever reaches"))
        << remote;
    EXPECT_EQ(ErrorBelow(listen + ", allowRemote: true}"), "") << remote;
  }
  for (const char* wrong : {"9464", "localhost:9464", "127.0.0.1", "127.0.0.1:65536", "'::1:9464'"})
    EXPECT_THAT(ErrorBelow(std::string("metrics: {listen: ") + wrong + "}"),
                HasSubstr("metrics.listen: expected IP:PORT"))
        << wrong;
  EXPECT_THAT(ErrorBelow("metrics: {allowRemote: true}"), HasSubstr("only with listen"));
}

TEST(Config, OneOfManyCallersMayHaveAQuarterOfTheQueueAndASingleOneAllOfIt) {
  const auto quota = [](const std::string& listen) {
    const auto config = ReadConfig(
        "clusters: [{name: c, kubeconfig: /k}]\nlisten: [" + listen + "]", "w.yaml", kPaths, {});
    EXPECT_TRUE(config.ok()) << config.status();
    return config.ok() ? config->limits().queued_runs_per_caller() : 0;
  };
  EXPECT_EQ(quota("{unix: /a}"), 1000);
  EXPECT_EQ(quota("{unix: /a}, {unix: /b, caller: ci}"), 250);
}

TEST(Config, ClaimsNeedANamespaceAndADurationThatCanBeRenewed) {
  EXPECT_THAT(ErrorBelow("claims: {leaseNamespace: No/Name}"),
              HasSubstr("claims.leaseNamespace: expected the name of a namespace"));
  for (const char* duration : {"3s", "601s", "4.5s"}) {
    EXPECT_THAT(ErrorBelow(std::string("claims: {leaseDuration: ") + duration + "}"),
                HasSubstr("claims.leaseDuration: expected whole seconds"))
        << duration;
  }
}

TEST(Config, EveryFieldOfTheSampleIsRead) {
  const auto config = ReadConfig(Sample(), "wheelhoused.yaml", kPaths, {});
  ASSERT_TRUE(config.ok()) << config.status();
  v1::Config expected;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(clusters { name: "prod" kubeconfig: "/etc/wheelhouse/prod.kubeconfig"
                    context: "prod-admin" default: true }
         clusters { name: "staging" kubeconfig: "/etc/wheelhouse/staging.kubeconfig"
                    slow_link: true }
         listen { unix: "/run/wheelhouse/wheelhouse.sock" mode: "0660" group: "wheelhouse"
                  caller: "operators" }
         listen { tcp: "0.0.0.0:8443"
                  tls { cert: "/etc/wheelhouse/tls/server.crt" key: "/etc/wheelhouse/tls/server.key"
                        client_ca: "/etc/wheelhouse/tls/clients-ca.crt" }
                  allow_all_callers: true }
         state_directory: "/var/lib/wheelhouse"
         helm { path: "/usr/local/bin/helm" max_processes: 4 }
         limits { parallel_charts: 8 queued_runs: 1000
                  upload_bytes: 20971520 quota_bytes: 524288000
                  foreign_lock_age { seconds: 3600 } log_bytes: 16777216
                  queued_runs_per_caller: 250
                  streams_per_caller: 1000 uploads_per_caller: 16 uploading_bytes: 1073741824
                  connections: 4096 connections_per_caller: 2048 hook_sessions_per_caller: 300
                  kept_bytes_per_caller: 1073741824 }
         commands { name: "smoke-test" argv: "/usr/local/bin/smoke-test" argv: "--quiet"
                    env { key: "LANG" value: "C.UTF-8" } }
         egress { allow: "10.0.0.0/8:443" }
         log { level: LOG_LEVEL_INFO format: LOG_FORMAT_TEXT }
         kustomize { path: "/usr/local/bin/kustomize" }
         profiles { directory: "/etc/wheelhouse/profiles" }
         retention { max_age { seconds: 2592000 } max_runs: 10000 max_bytes: 10737418240 }
         saved_plans { keep_for { seconds: 604800 } per_caller: 100 approvers: "*" }
         metrics { listen: "127.0.0.1:9464" }
         claims { lease_namespace: "wheelhouse-system" lease_duration { seconds: 30 } }
         maxima { timeout { seconds: 86400 } deadline { seconds: 86400 } priority: 100
                  stage_steps: 100 charts: 500 parallel_runs: 100
                  exclusive_callers: "unix:operators" }
         sources {
           allow { url: "https://charts.example.com/stable"
                   also: "https://github.com/example/charts/releases"
                   also: "https://release-assets.githubusercontent.com" }
           allow { url: "oci://harbor.example.com/charts" networks: "10.0.0.0/8"
                   ca: "/etc/wheelhouse/harbor-ca.crt" credential: "harbor"
                   signatures { keyring: "/etc/wheelhouse/harbor-keys.gpg"
                                cosign_keys: "/etc/wheelhouse/cosign.pub" required: true } }
           credentials { name: "harbor" username: "robot$wheelhouse"
                         password_file: "/etc/wheelhouse/harbor.password" }
           credentials { name: "token" token_file: "/etc/wheelhouse/registry.token" }
           credentials { name: "certificate" client_cert: "/etc/wheelhouse/tls/client.crt"
                         client_key: "/etc/wheelhouse/tls/client.key" }
           credentials { name: "docker"
                         docker_config: "/etc/wheelhouse/docker/config.json" } }
         uploads { signatures { keyring: "/etc/wheelhouse/keys.gpg" } }
         gpgv { path: "/usr/bin/gpgv" }
         children { memory_bytes: 1073741824 cpus: 2 file_bytes: 268435456
                    cpu_time { seconds: 3600 } })",
      &expected));
  EXPECT_THAT(config->exec_plugins().inherit_env(), testing::Contains("AWS_PROFILE"));
  *expected.mutable_exec_plugins() = config->exec_plugins();
  // What the sample calls the defaults.
  const auto least = ReadConfig("clusters: [{name: c, kubeconfig: /k}]", "w.yaml", kPaths, {});
  *expected.mutable_exec_plugins() = least->exec_plugins();
  EXPECT_EQ(config->DebugString(), expected.DebugString());
  EXPECT_EQ(SocketMode(config->listen(0)), 0660u);
  EXPECT_EQ(SocketMode(config->listen(1)), 0u);
}

// But for names and paths, which are examples, and what has none.
TEST(Config, TheSampleStatesTheDefaults) {
  const auto sample = ReadConfig(Sample(), "wheelhoused.yaml", kPaths, {});
  // Of several callers, as in the sample.
  const auto defaults = ReadConfig(kCluster + std::string("listen: [{unix: /a}, {unix: /b}]\n"),
                                   "w.yaml", kPaths, {});
  ASSERT_TRUE(sample.ok() && defaults.ok());
  EXPECT_EQ(sample->limits().DebugString(), defaults->limits().DebugString());
  EXPECT_EQ(sample->retention().DebugString(), defaults->retention().DebugString());
  EXPECT_EQ(sample->claims().DebugString(), defaults->claims().DebugString());
  EXPECT_EQ(sample->saved_plans().DebugString(), defaults->saved_plans().DebugString());
  EXPECT_EQ(sample->log().DebugString(), defaults->log().DebugString());
  EXPECT_EQ(sample->helm().max_processes(), defaults->helm().max_processes());
}

TEST(Config, ProtectedNamespacesAreNames) {
  EXPECT_THAT(ErrorBelow("protectedNamespaces: [ok, Not_One]\n"),
              HasSubstr(": protectedNamespaces[1]"));
}

TEST(Config, DriftIsLookedForOnASchedule) {
  EXPECT_EQ(ErrorBelow("drift: {every: 1h}\n"), "");
  EXPECT_THAT(ErrorBelow("drift: {every: 500ms}\n"), HasSubstr(": drift.every"));
}

TEST(Config, SavedPlansAreKeptForATimeAndApprovedByCallers) {
  for (const char* wrong : {"keepFor: 0s", "perCaller: 0", "approvers: [ops]"}) {
    const std::string field = std::string(wrong).substr(0, std::string(wrong).find(':'));
    EXPECT_THAT(ErrorBelow("savedPlans: {" + std::string(wrong) + "}\n"),
                HasSubstr(": savedPlans." + field));
  }
  EXPECT_EQ(ErrorBelow("savedPlans: {keepFor: 2h, approvers: ['unix:ops', 'tls:ci']}\n"), "");
}

TEST(Config, EachMaximumIsABoundThatAPlanCanHave) {
  for (const char* wrong :
       {"timeout: 0s", "deadline: 0s", "priority: 101", "stageSteps: -1", "charts: 501",
        "parallelRuns: 0", "exclusiveCallers: ['']", "exclusiveCallers: [ops]"}) {
    const std::string field = std::string(wrong).substr(0, std::string(wrong).find(':'));
    EXPECT_THAT(ErrorBelow("maxima: {" + std::string(wrong) + "}\n"),
                HasSubstr(": maxima." + field));
  }
}

TEST(Config, WhoMayHoldAWholeClusterIsNamedOnceThereIsMoreThanOneCaller) {
  const auto callers = [](const std::string& listen) {
    const auto config = ReadConfig(kCluster + listen, "w.yaml", kPaths, {});
    EXPECT_TRUE(config.ok()) << config.status();
    const auto& names = config->maxima().exclusive_callers();
    return std::vector<std::string>(names.begin(), names.end());
  };
  using testing::ElementsAre;
  EXPECT_THAT(callers("listen: [{unix: /a, caller: ops}]\n"), ElementsAre("unix:ops"));
  const std::string two = "listen: [{unix: /a, caller: ops}, {unix: /b, caller: ci}]\n";
  EXPECT_THAT(callers(two), ElementsAre());
  EXPECT_THAT(callers(two + "maxima: {exclusiveCallers: ['unix:ops']}\n"), ElementsAre("unix:ops"));
}

TEST(Config, ASourcesCredentialIsOneThatIsThereAndWhole) {
  const auto error = [](const std::string& sources) {
    return Error(kCluster + ("sources: {" + sources + "}\n"),
                 {.secret = [](const std::string& path) {
                   return path == "/open" ? "/open can be read by everybody" : "";
                 }});
  };
  EXPECT_EQ(error("allow: [{url: x, credential: a}], credentials: [{name: a, tokenFile: /t}]"), "");
  EXPECT_THAT(error("allow: [{url: x, credential: b}], credentials: [{name: a, tokenFile: /t}]"),
              HasSubstr("sources.allow[0].credential: sources.credentials has none named b"));
  for (const auto& [credential, wrong] : std::map<std::string, std::string>{
           {"name: a", "set username and passwordFile, tokenFile"},
           {"name: a, username: u", "set username and passwordFile together"},
           {"name: a, clientKey: /k", "set clientCert and clientKey together"},
           {"name: a, tokenFile: /t, dockerConfig: /d", "set only one of"},
           {"name: a, tokenFile: t", "tokenFile: expected an absolute path"},
           {"name: a, tokenFile: /open", "tokenFile: /open can be read by everybody"},
           {"tokenFile: /t", "a credential needs a name"}})
    EXPECT_THAT(error("credentials: [{" + credential + "}]"), HasSubstr(wrong)) << credential;
}

TEST(Config, KeysThatSignChartsAreFilesOfTheirKinds) {
  const auto error = [](const std::string& signatures, const char* url = "oci://r") {
    return Error(
        kCluster + absl::StrCat("sources: {allow: [{url: '", url, "', signatures: {", signatures,
                                "}}]}\n"),
        {.keyring = [](const std::string& path) { return path == "/k" ? "" : "no keys"; },
         .cosign_key = [](const std::string& path) { return path == "/c" ? "" : "no pub"; }});
  };
  EXPECT_EQ(error("keyring: /k, cosignKeys: [/c], required: true"), "");
  EXPECT_EQ(error("keyring: /k", "https://r"), "");
  EXPECT_EQ(error(""), "");
  const std::string at = "sources.allow[0].signatures.";
  EXPECT_THAT(error("keyring: k"), HasSubstr(at + "keyring: expected an absolute path"));
  EXPECT_THAT(error("keyring: /c"), HasSubstr(at + "keyring: no keys"));
  EXPECT_THAT(error("cosignKeys: [/c, /k]"), HasSubstr(at + "cosignKeys[1]: no pub"));
  EXPECT_THAT(error("cosignKeys: ['']"), HasSubstr(at + "cosignKeys[0]: expected a file"));
  EXPECT_THAT(error("cosignKeys: [/c]", "https://r"), HasSubstr(at + "cosignKeys: cosign signs"));
  EXPECT_THAT(error("required: true"), HasSubstr("in keyring or cosignKeys"));
  EXPECT_THAT(error("required: true", "https://r"), HasSubstr(at + "required: name the keys"));
  std::string many = "/c";
  for (int i = 0; i < 20; ++i) many += ", /c";
  EXPECT_THAT(error("cosignKeys: [" + many + "]"), HasSubstr("expected at most 20 files"));
  EXPECT_THAT(ErrorBelow("uploads: {signatures: {required: true, cosignKeys: [/c]}}\n"),
              HasSubstr("uploads.signatures.cosignKeys: cosign signs"));
}

TEST(Config, ChildrenHaveRoomToStart) {
  EXPECT_THAT(ErrorBelow("children: {memoryBytes: 1000000}\n"),
              HasSubstr("children.memoryBytes: expected 134217728 or more"));
  EXPECT_THAT(ErrorBelow("children: {cpus: 0}\n"), HasSubstr("children.cpus: "));
  EXPECT_THAT(ErrorBelow("children: {fileBytes: 0}\n"), HasSubstr("children.fileBytes: "));
}

TEST(Config, NothingIsKeptForLessThanADay) {
  EXPECT_THAT(ErrorBelow("retention: {maxAge: 23h}\n"),
              HasSubstr("w.yaml:2:21: retention.maxAge: expected 24h or more"));
  EXPECT_THAT(ErrorBelow("retention: {maxRuns: 0}\n"), HasSubstr("retention.maxRuns: "));
  EXPECT_THAT(ErrorBelow("retention: {maxBytes: -1}\n"), HasSubstr("retention.maxBytes: "));
  EXPECT_THAT(ErrorBelow("limits: {logBytes: 0}\n"), HasSubstr("limits.logBytes: "));
}

TEST(Config, ExecPluginsInheritNothingOnRequestAndNothingThatHelmWouldObey) {
  const std::string clusters = "clusters: [{name: c, kubeconfig: /k}]\n";
  const auto none = ReadConfig(clusters + "execPlugins: {inheritEnv: []}", "w.yaml", kPaths, {});
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->exec_plugins().inherit_env_size(), 0);
  for (const char* name : {"HTTPS_PROXY", "no_proxy", "HELM_DRIVER", "KUBECONFIG", "A=B", "\"\""}) {
    const auto config =
        ReadConfig(clusters + "execPlugins: {inheritEnv: [A, " + name + "]}", "w.yaml", kPaths, {});
    ASSERT_EQ(ViolationsOf(config.status()).size(), 1u) << name;
    EXPECT_EQ(ViolationsOf(config.status())[0].field, "w.yaml:2:31") << name;
  }
}

TEST(Config, ClaimsAreInOneNamespaceOrInEach) {
  const std::string clusters = "clusters: [{name: c, kubeconfig: /k}]\n";
  const auto each =
      ReadConfig(clusters + "claims: {inReleaseNamespace: true}", "w.yaml", kPaths, {});
  ASSERT_TRUE(each.ok()) << each.status();
  EXPECT_EQ(each->claims().lease_namespace(), "");
  const auto both = ReadConfig(clusters + "claims: {inReleaseNamespace: true, leaseNamespace: a}",
                               "w.yaml", kPaths, {});
  EXPECT_EQ(ViolationsOf(both.status()).size(), 1u);
}

TEST(Config, TheSampleNamesEveryField) {
  const std::string text = Sample();
  std::set<const google::protobuf::Descriptor*> seen;
  std::function<void(const google::protobuf::Descriptor*)> check =
      [&](const google::protobuf::Descriptor* type) {
        if (type->options().map_entry() || !seen.insert(type).second) return;
        for (int i = 0; i < type->field_count(); ++i) {
          EXPECT_THAT(text, HasSubstr(type->field(i)->json_name() + ":"));
          const google::protobuf::Descriptor* inner = type->field(i)->message_type();
          if (inner != nullptr && inner->file() == type->file()) check(inner);
        }
      };
  check(v1::Config::descriptor());
}

TEST(Config, AnUnknownFieldIsNamedWithItsLineAndTheNearest) {
  const std::string error = ErrorBelow("limit: {}\n");
  EXPECT_THAT(error, HasSubstr("w.yaml:2:1"));
  EXPECT_THAT(error, HasSubstr("limits"));
}

TEST(Config, AWrongTypeIsNamedWithItsLine) {
  EXPECT_THAT(ErrorBelow("helm: {maxProcesses: many}\n"), HasSubstr("w.yaml:2:22"));
  EXPECT_THAT(ErrorBelow("listen: here\n"), HasSubstr("w.yaml:2:9"));
  EXPECT_THAT(ErrorBelow("log: {level: LOUD}\n"), HasSubstr("w.yaml:2:14"));
}

TEST(Config, WhatIsNoYamlIsNamedWithItsLine) {
  EXPECT_THAT(ErrorBelow("listen: [\n"), HasSubstr("w.yaml:3:1: this is not YAML"));
}

TEST(Config, AllErrorsAreNamedAtOnce) {
  const std::string error = Error(
      "clusters:\n- {name: c}\n- {name: c}\n"
      "listen:\n- {unix: /s, mode: \"999\"}\n- {}\n"
      "colour: red\n"
      "limits: {queuedRuns: 0, queuedRunsPerCaller: 0}\n");
  EXPECT_THAT(error, HasSubstr("w.yaml:3:10: clusters[1].name: two clusters are named c"));
  EXPECT_THAT(error, HasSubstr("w.yaml:5:20: listen[0].mode: "));
  EXPECT_THAT(error, HasSubstr("w.yaml:6:3: listen[1]: set either unix or tcp"));
  EXPECT_THAT(error, HasSubstr("w.yaml:7:1: unknown field colour"));
  EXPECT_THAT(error, HasSubstr("w.yaml:8:22: limits.queuedRuns: "));
  EXPECT_THAT(error, HasSubstr("limits.queuedRunsPerCaller: "));
}

TEST(Config, ALineThatCannotBeReadIsNamedOnce) {
  const std::string error = Error("clusters: [{name: [c]}]\n");
  EXPECT_THAT(error, HasSubstr("expected a single value"));
  EXPECT_THAT(error, Not(HasSubstr("needs a name")));
}

TEST(Config, TwoOfAKindAreRefused) {
  EXPECT_THAT(
      Error("clusters:\n- {name: a, default: true}\n- {name: b, default: true}\n"),
      HasSubstr("w.yaml:3:22: clusters[1].default: another cluster is already the default"));
  EXPECT_THAT(ErrorBelow("listen:\n- unix: /s\n- unix: /s\n"),
              HasSubstr("w.yaml:4:9: listen[1].unix: two listeners have the address /s"));
  EXPECT_THAT(ErrorBelow("commands:\n- {name: c, argv: [a]}\n- {name: c, argv: [b]}\n"),
              HasSubstr("w.yaml:4:10: commands[1].name: two commands are named c"));
}

TEST(Config, WhatHasNoNameIsRefused) {
  EXPECT_THAT(Error("clusters:\n- {context: c}\n"), HasSubstr("w.yaml:2:3: clusters[0]: "));
  EXPECT_THAT(ErrorBelow("commands:\n- {argv: [a]}\n"), HasSubstr("w.yaml:3:3: commands[0]: "));
  EXPECT_THAT(ErrorBelow("commands:\n- {name: c}\n"), HasSubstr("commands[0].argv: expected"));
}

TEST(Config, NoClusterIsRefused) {
  EXPECT_THAT(Error(""), HasSubstr("w.yaml:1:1: clusters: name at least one cluster"));
}

TEST(Config, RelativePathsAreRefused) {
  const std::string error = Error(
      "clusters:\n- {name: c, kubeconfig: k}\n"
      "listen:\n- {unix: s}\n"
      "- {tcp: \"h:1\", allowAllCallers: true, tls: {cert: c, key: k, clientCa: a}}\n"
      "stateDirectory: state\n"
      "helm: {path: bin/helm}\n"
      "commands: [{name: x, argv: [./x]}]\n");
  for (const char* field : {"w.yaml:2:25: clusters[0].kubeconfig", "w.yaml:4:10: listen[0].unix",
                            "w.yaml:5:51: listen[1].tls.cert", "listen[1].tls.key",
                            "listen[1].tls.clientCa", "w.yaml:6:17: stateDirectory",
                            "w.yaml:7:14: helm.path", "w.yaml:8:29: commands[0].argv[0]"}) {
    EXPECT_THAT(error, HasSubstr(std::string(field)));
  }
  EXPECT_EQ(ErrorBelow("helm: {path: helm3}\ncommands: [{name: x, argv: [x]}]\n"), "");
}

TEST(Config, AFileThatCannotBeReadIsNamedWithItsLine) {
  const Checks checks{[](const std::string& path) { return path != "/missing"; }, nullptr};
  EXPECT_EQ(Error("clusters: [{name: c, kubeconfig: /k}]\n", checks), "");
  EXPECT_THAT(Error("clusters:\n- name: c\n  kubeconfig: /missing\n", checks),
              HasSubstr("w.yaml:3:15: clusters[0].kubeconfig: /missing cannot be read"));
}

TEST(Config, AContextNeedsAKubeconfig) {
  EXPECT_THAT(Error("clusters: [{name: c, context: x}]\n"),
              HasSubstr("w.yaml:1:31: clusters[0].context"));
}

TEST(Config, AModeIsThreeOctalDigits) {
  for (const char* mode : {"0800", "rw", "4755", "00600", "\"\"", "0o600"}) {
    const bool unset = std::string(mode) == "\"\"";
    EXPECT_EQ(ErrorBelow("listen: [{unix: /s, mode: " + std::string(mode) + "}]\n").empty(), unset)
        << mode;
  }
}

TEST(Config, ASocketsPathThatIsTooLongIsRefused) {
  EXPECT_THAT(ErrorBelow("listen: [{unix: /" + std::string(107, 'x') + "}]\n"),
              HasSubstr("at most 107 bytes"));
}

TEST(Config, TcpIsRefusedWithoutMutualTlsAndWithoutSayingThatEverybodyMay) {
  const std::string error = ErrorBelow("listen:\n- tcp: \"127.0.0.1:1\"\n");
  EXPECT_THAT(error, HasSubstr("w.yaml:3:3: listen[0].tls: tcp needs mutual TLS"));
  EXPECT_THAT(error, HasSubstr("w.yaml:3:3: listen[0].allowAllCallers"));
  for (const char* address : {"host", ":1", "h:0", "h:65536", "h:x"}) {
    EXPECT_THAT(ErrorBelow("listen: [{tcp: \"" + std::string(address) + "\"}]\n"),
                HasSubstr("listen[0].tcp: expected HOST:PORT"));
  }
}

TEST(Config, WhatIsForTheOtherKindOfListenerIsRefused) {
  const std::string error = ErrorBelow(
      "listen:\n- {unix: /s, tls: {cert: /c}, allowAllCallers: true}\n"
      "- {tcp: \"h:1\", mode: \"0600\", group: g, caller: c}\n");
  for (const char* field :
       {"[0].tls", "[0].allowAllCallers", "[1].mode", "[1].group", "[1].caller"}) {
    EXPECT_THAT(error, HasSubstr(std::string("listen") + field + ": this applies only"));
  }
}

TEST(Config, TheFolderOfProfilesIsAnAbsolutePath) {
  EXPECT_THAT(ErrorBelow("profiles: {directory: profiles}\n"),
              HasSubstr("profiles.directory: expected an absolute path"));
}

TEST(Config, AnEgressEntryThatIsNoneIsNamedWithItsLine) {
  const Checks checks{nullptr,
                      [](const std::string& entry) { return entry == "ok" ? "" : "no CIDR:PORT"; }};
  EXPECT_THAT(Error("clusters: [{name: c}]\negress:\n  allow:\n  - ok\n  - bad\n", checks),
              HasSubstr("w.yaml:5:5: egress.allow[1]: no CIDR:PORT"));
}

TEST(Config, WithoutAPlaceForSocketAndStateTheyMustBeNamed) {
  const auto config = ReadConfig(kCluster, "w.yaml", {"/etc/w.yaml", "", ""}, {});
  const std::string error(config.status().message());
  EXPECT_THAT(error, HasSubstr("listen: XDG_RUNTIME_DIR is not set"));
  EXPECT_THAT(error, HasSubstr("stateDirectory: "));
}

}  // namespace
}  // namespace wheelhouse::config
