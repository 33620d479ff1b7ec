#include "server/outgoing/sources/chart_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::outgoing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ChartSources Allow(const std::vector<std::string>& urls) {
  std::vector<AllowedSource> allowed;
  for (const std::string& url : urls) allowed.push_back({.url = url});
  auto sources = ChartSources::Make(allowed);
  EXPECT_TRUE(sources.ok()) << sources.status();
  return *std::move(sources);
}

v1::ChartSource Repository(const std::string& url) {
  v1::ChartSource source;
  source.mutable_repository()->set_url(url);
  source.mutable_repository()->set_name("web");
  return source;
}

v1::ChartSource Oci(const std::string& reference) {
  v1::ChartSource source;
  source.mutable_oci()->set_reference(reference);
  return source;
}

TEST(ChartSources, NothingIsAllowedByDefaultButWhatIsUploaded) {
  const ChartSources none;
  const absl::Status refused = none.Check(Repository("https://charts.example"));
  EXPECT_TRUE(HasReason(refused, Reason::kSourceNotAllowed));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("https://charts.example"));
  EXPECT_TRUE(HasReason(none.Check(Oci("oci://ghcr.io/org/web")), Reason::kSourceNotAllowed));
  v1::ChartSource uploaded;
  uploaded.set_archive_digest("sha256:a");
  EXPECT_EQ(none.Check(uploaded), absl::OkStatus());
}

// Whoever asks for a signature where nobody is trusted learns what is missing, and where.
TEST(ChartSources, WhatMustBeSignedNeedsSomebodyWhoIsTrusted) {
  const ChartSources sources =
      *ChartSources::Make({{.url = "https://known.example", .keys = {.keyring = "/keys"}},
                           {.url = "https://charts.example"},
                           {.url = "oci://ghcr.io"}});
  v1::ChartSource uploaded;
  uploaded.set_archive_digest("sha256:a");
  for (auto [source, field] :
       {std::pair(Repository("https://charts.example"), "signatures (keyring) of its entry"),
        std::pair(Oci("oci://ghcr.io/org/web"), "signatures (keyring or cosignKeys) of its entry"),
        std::pair(uploaded, "uploads.signatures.keyring")}) {
    EXPECT_EQ(sources.Check(source), absl::OkStatus());
    source.set_verify(v1::VERIFY_REQUIRED);
    const absl::Status refused = sources.Check(source);
    EXPECT_TRUE(HasReason(refused, Reason::kNoTrustedKeys)) << refused;
    EXPECT_THAT(std::string(refused.message()), HasSubstr(field));
  }
  v1::ChartSource known = Repository("https://known.example");
  known.set_verify(v1::VERIFY_REQUIRED);
  EXPECT_EQ(sources.Check(known), absl::OkStatus());
}

TEST(ChartSources, AnUploadMustBeSignedWhereSomebodySaysSo) {
  const ChartSources asked = *ChartSources::Make({}, {.keyring = "/keys"});
  EXPECT_EQ(asked.SignersOfUpload(v1::VERIFY_UNSPECIFIED), nullptr);
  ASSERT_NE(asked.SignersOfUpload(v1::VERIFY_REQUIRED), nullptr);
  EXPECT_EQ(asked.SignersOfUpload(v1::VERIFY_REQUIRED)->keyring, "/keys");
  const ChartSources always = *ChartSources::Make({}, {.keyring = "/keys", .required = true});
  EXPECT_NE(always.SignersOfUpload(v1::VERIFY_UNSPECIFIED), nullptr);
}

TEST(ChartSources, AllowsARepositoryAndWhatIsBelowIt) {
  const ChartSources sources = Allow({"https://charts.example/stable"});
  for (const char* url : {"https://charts.example/stable", "https://charts.example/stable/",
                          "https://CHARTS.example:443/stable/more"})
    EXPECT_EQ(sources.Check(Repository(url)), absl::OkStatus()) << url;
  for (const char* url :
       {"https://charts.example", "https://charts.example/stable-2", "http://charts.example/stable",
        "https://charts.example:8443/stable", "https://charts.example.evil/stable",
        "https://charts.example/stable/../other", "https://charts.example/stable/%2e%2e/other",
        "https://charts.example/stable/..%2Fother", "https://charts.example@evil/stable",
        "https://evil/https://charts.example/stable", "https://charts.example/stable?x=1"})
    EXPECT_TRUE(HasReason(sources.Check(Repository(url)), Reason::kSourceNotAllowed)) << url;
}

TEST(ChartSources, AllowsARegistryAndThePathBelowIt) {
  const ChartSources sources = Allow({"oci://ghcr.io/org", "oci://registry.example:5000"});
  for (const char* reference :
       {"oci://ghcr.io/org/web", "oci://ghcr.io/org/web:1.0.0", "oci://registry.example:5000/a/b"})
    EXPECT_EQ(sources.Check(Oci(reference)), absl::OkStatus()) << reference;
  for (const char* reference : {"oci://ghcr.io/organisation/web", "oci://ghcr.io/web",
                                "oci://registry.example/a", "oci://ghcr.io/org/../other/web"})
    EXPECT_TRUE(HasReason(sources.Check(Oci(reference)), Reason::kSourceNotAllowed)) << reference;
  // Neither is the other kind.
  EXPECT_FALSE(sources.Check(Repository("https://ghcr.io/org")).ok());
}

TEST(ChartSources, EveryWrongEntryIsNamed) {
  const auto made = ChartSources::Make({{.url = "https://charts.example"},
                                        {.url = "charts.example"},
                                        {.url = "https://user:password@charts.example"},
                                        {.url = "https://a", .also = {"ftp://b"}},
                                        {.url = "https://a", .networks = {"10.0.0.0"}},
                                        {.url = "https://a", .plain_http = true}});
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(made.status()))
    fields.push_back(violation.field);
  EXPECT_THAT(fields,
              ElementsAre("sources.allow[1].url", "sources.allow[2].url", "sources.allow[3].also",
                          "sources.allow[4].networks", "sources.allow[5].plainHttp"));
}

}  // namespace
}  // namespace wheelhouse::outgoing
