#include "server/config/config.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "common/failure.h"

namespace wheelhouse::config {
namespace {

using testing::HasSubstr;

const Places kPlaces = {"/etc/w.yaml", "/run/w.sock", "/var/lib/w"};

std::string Error(const std::string& text) {
  const auto config = ReadConfig(text, "w.yaml", kPlaces);
  if (config.ok()) return "";
  EXPECT_TRUE(HasReason(config.status(), Reason::kConfigInvalid));
  return std::string(config.status().message());
}

TEST(Config, DefaultsAreFilledIn) {
  const auto config = ReadConfig("clusters: [{name: c, kubeconfig: /k}]", "w.yaml", kPlaces);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->clusters(0).default_());
  EXPECT_EQ(config->listen(0).unix(), "/run/w.sock");
  EXPECT_EQ(config->listen(0).caller(), "local");
  EXPECT_EQ(SocketMode(config->listen(0)), 0600u);
  EXPECT_EQ(config->state_directory(), "/var/lib/w");
  EXPECT_EQ(config->helm().path(), "helm");
  EXPECT_EQ(config->limits().parallel_charts(), 8);
}

TEST(Config, AnUnknownFieldIsNamedWithItsLine) {
  EXPECT_THAT(Error("clusters: [{name: c}]\nlimit: {}\n"), HasSubstr("w.yaml:2:1"));
}

TEST(Config, WrongFieldsAreAllNamedWithTheirLines) {
  const std::string error =
      Error("clusters:\n- {name: c}\n- {name: c}\nlisten:\n- {unix: /s, mode: \"999\"}\n- {}\n");
  EXPECT_THAT(error, HasSubstr("w.yaml:3:10: clusters[1].name: two clusters are called c"));
  EXPECT_THAT(error, HasSubstr("w.yaml:5:"));
  EXPECT_THAT(error, HasSubstr("listen[1]: set one of unix and tcp"));
}

TEST(Config, TcpIsRefusedWithoutMutualTlsAndWithoutSayingThatEverybodyMay) {
  const std::string error = Error("clusters: [{name: c}]\nlisten: [{tcp: \"127.0.0.1:1\"}]\n");
  EXPECT_THAT(error, HasSubstr("mutual TLS"));
  EXPECT_THAT(error, HasSubstr("allowAllCallers"));
}

TEST(Config, NoClusterIsRefused) { EXPECT_THAT(Error(""), HasSubstr("at least one cluster")); }

TEST(Config, TheSampleNamesEveryField) {
  std::ifstream in(WHEELHOUSE_SAMPLE);
  std::ostringstream text;
  text << in.rdbuf();
  const auto config = ReadConfig(text.str(), "wheelhoused.yaml", kPlaces);
  ASSERT_TRUE(config.ok()) << config.status();
  std::set<const google::protobuf::Descriptor*> seen;
  std::function<void(const google::protobuf::Descriptor*)> check =
      [&](const google::protobuf::Descriptor* type) {
        if (type->options().map_entry() || !seen.insert(type).second) return;
        for (int i = 0; i < type->field_count(); ++i) {
          EXPECT_THAT(text.str(), HasSubstr(type->field(i)->json_name() + ":"));
          if (type->field(i)->message_type() != nullptr) check(type->field(i)->message_type());
        }
      };
  check(v1::Config::descriptor());
}

}  // namespace
}  // namespace wheelhouse::config
