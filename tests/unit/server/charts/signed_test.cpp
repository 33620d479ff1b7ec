#include "server/charts/signed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_archives.h"
#include "tests/unit/fakes/fake_processes.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::charts {
namespace {

using testing::HasSubstr;

helm::Chart Chart(const std::string& name, const std::string& version) {
  helm::Chart chart;
  chart.name = name;
  chart.version = version;
  return chart;
}

TEST(Signed, AChartThatIsShownAsAnotherIsRefused) {
  v1::ChartSource repository, oci;
  repository.mutable_repository()->set_name("web");
  oci.mutable_oci()->set_reference("oci://registry.example:5000/charts/web");
  for (const v1::ChartSource& source : {repository, oci}) {
    EXPECT_TRUE(CheckIsWhatWasAsked(source, "1.2.0", Chart("web", "1.2.0")).ok());
    EXPECT_TRUE(CheckIsWhatWasAsked(source, "v1.2.0", Chart("web", "1.2.0")).ok());
    EXPECT_TRUE(CheckIsWhatWasAsked(source, "", Chart("web", "1.2.0")).ok());
    for (const helm::Chart& chart :
         {Chart("web", "1.1.0"), Chart("sloop", "1.2.0"), Chart("web", "1.2.0+a")}) {
      const absl::Status wrong = CheckIsWhatWasAsked(source, "1.2.0", chart);
      EXPECT_TRUE(HasReason(wrong, Reason::kSignatureInvalid)) << wrong;
      EXPECT_THAT(std::string(wrong.message()),
                  HasSubstr("is signed, but as " + chart.name + " " + chart.version));
    }
  }
}

TEST(Signed, AReferenceMayHaveATagOrADigest) {
  v1::ChartSource source;
  for (const std::string& end : {std::string(":1.2.0"), "@sha256:" + std::string(64, 'a')}) {
    source.mutable_oci()->set_reference("oci://registry.example:5000/charts/web" + end);
    EXPECT_TRUE(CheckIsWhatWasAsked(source, "1.2.0", Chart("web", "1.2.0")).ok());
  }
}

class SignedUploadTest : public testing::Test {
 protected:
  absl::Status Verify(const signatures::TrustedKeys& keys, v1::Verify verify) {
    const auto sources = *outgoing::ChartSources::Make({}, keys);
    v1::ChartSource source;
    source.set_archive_digest("sha256:a");
    source.set_verify(verify);
    const auto signature = VerifyUploaded(
        Context::Background(), {sources, archives_, temp_.path(), verifier_}, source, {"me"});
    if (signature.ok()) EXPECT_FALSE(signature->has_value());
    return signature.status();
  }
  const TestFolder temp_;
  helm::FakeArchives archives_;
  FakeProcesses processes_;
  const signatures::Verifier verifier_{{"gpgv", temp_.path(), processes_}};
};

TEST_F(SignedUploadTest, IsVerifiedWhereThePlanOrTheOperatorAsks) {
  EXPECT_TRUE(Verify({}, v1::VERIFY_UNSPECIFIED).ok());
  EXPECT_TRUE(Verify({.keyring = "/keys"}, v1::VERIFY_UNSPECIFIED).ok());
  EXPECT_TRUE(HasReason(Verify({}, v1::VERIFY_REQUIRED), Reason::kNoTrustedKeys));
  EXPECT_TRUE(
      HasReason(Verify({.keyring = "/keys"}, v1::VERIFY_REQUIRED), Reason::kChartNotSigned));
  EXPECT_TRUE(HasReason(Verify({.keyring = "/keys", .required = true}, v1::VERIFY_UNSPECIFIED),
                        Reason::kChartNotSigned));
}

}  // namespace
}  // namespace wheelhouse::charts
