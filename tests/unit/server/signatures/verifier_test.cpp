// Archives with what their sources have to show for them.
#include "server/signatures/verifier.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "common/failure.h"
#include "common/process/supervisor.h"
#include "common/sha256.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/signatures/made_key.h"
#include "tests/unit/server/signatures/testdata.h"

namespace wheelhouse::signatures {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class VerifierTest : public testing::Test {
 protected:
  absl::StatusOr<v1::ChartSignature> Verify(const Evidence& evidence) {
    return verifier_.Verify(Context::Background(), keys_, evidence, archive_);
  }
  absl::Status Provenance(const std::string& file) {
    return Verify({.provenance = TextOf(file)}).status();
  }
  Evidence::Cosign SignedByCosign() {
    const std::string payload =
        absl::StrCat(R"({"critical":{"image":{"docker-manifest-digest":")", manifest_,
                     R"("},"type":"cosign container image signature"}})");
    return {payload, absl::Base64Escape(cosign_.Sign(payload))};
  }

  const std::unique_ptr<Supervisor> supervisor_ = *Supervisor::Start();
  const TestFolder folder_;
  const Verifier verifier_{{"gpgv", folder_.path(), *supervisor_}};
  const MadeKey cosign_ = MadeKey::Ec("P-256");
  const std::string manifest_ = "sha256:" + std::string(64, 'a');
  TrustedKeys keys_{.keyring = TestFile("good.gpg")};
  Archive archive_{"web 1.2.0 of here", "sha256:" + Sha256Hex("archive"), "web", "1.2.0"};
};

TEST_F(VerifierTest, TellsWhoSignedTheArchive) {
  const auto signature = Verify({.provenance = TextOf("good.prov")});
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_EQ(signature->format(), v1::SIGNATURE_FORMAT_PROVENANCE);
  EXPECT_EQ(SignedBy(*signature),
            absl::StrCat("signed by ", signature->key(), " good <good@example> (.prov)"));
}

TEST_F(VerifierTest, AnArchiveThatIsNotSignedIsNamed) {
  const auto unsigned_one = Verify({}).status();
  EXPECT_TRUE(HasReason(unsigned_one, Reason::kChartNotSigned)) << unsigned_one;
  EXPECT_THAT(std::string(unsigned_one.message()),
              AllOf(HasSubstr("web 1.2.0 of here"), HasSubstr("no provenance file (.prov)")));
  keys_ = {};
  EXPECT_TRUE(HasReason(Provenance("good.prov"), Reason::kNoTrustedKeys));
}

// Each is signed by the trusted key.
TEST_F(VerifierTest, ASignatureOfSomethingElseDoesNotCount) {
  for (const auto& [file, what] :
       {std::pair<const char*, const char*>{"another-version.prov", "another version, web 1.1.0"},
        {"another-chart.prov", "another chart, sloop 1.2.0"},
        {"another-archive.prov", "another archive"}}) {
    const absl::Status wrong = Provenance(file);
    EXPECT_TRUE(HasReason(wrong, Reason::kSignatureInvalid)) << wrong;
    EXPECT_THAT(std::string(wrong.message()),
                AllOf(HasSubstr("web 1.2.0 of here"), HasSubstr(what)));
  }
}

TEST_F(VerifierTest, NobodyAskedForAVersionOfAnUploadedChart) {
  archive_.name = archive_.version = "";
  EXPECT_TRUE(Provenance("another-version.prov").ok());
  EXPECT_TRUE(HasReason(Provenance("another-archive.prov"), Reason::kSignatureInvalid));
  archive_.version = "v1.2.0";
  EXPECT_TRUE(Provenance("good.prov").ok());
}

TEST_F(VerifierTest, CosignWillDoWhereThereAreKeysForIt) {
  const Evidence evidence{.manifest_digest = manifest_, .cosign = {SignedByCosign()}};
  const auto no_key = Verify(evidence).status();
  EXPECT_TRUE(HasReason(no_key, Reason::kChartNotSigned)) << no_key;
  keys_.cosign_keys = {folder_.Write("cosign.pub", cosign_.PublicPem())};
  const auto signature = Verify(evidence);
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_EQ(SignedBy(*signature), absl::StrCat("signed by ", signature->key(), " (cosign)"));
  Evidence both = evidence;
  both.provenance = TextOf("other.prov");
  EXPECT_TRUE(Verify(both).ok());  // one that holds is enough
  both.cosign[0].payload += " ";
  EXPECT_TRUE(HasReason(Verify(both).status(), Reason::kSignatureInvalid));
}

TEST_F(VerifierTest, KeysThatAreGoneAreTheOperatorsBusiness) {
  keys_.keyring = folder_.path() + "/gone";
  const absl::Status gone = Provenance("good.prov");
  EXPECT_TRUE(HasReason(gone, Reason::kNoTrustedKeys)) << gone;
  EXPECT_THAT(std::string(gone.message()), testing::Not(HasSubstr(folder_.path())));
  keys_ = {.cosign_keys = {folder_.path() + "/gone"}};
  EXPECT_TRUE(
      HasReason(Verify({.manifest_digest = manifest_, .cosign = {SignedByCosign()}}).status(),
                Reason::kNoTrustedKeys));
}

// A key that is revoked, or put in the keyring, counts from the next chart on.
TEST_F(VerifierTest, KeysAreReadAnewForEachChart) {
  keys_.keyring = folder_.Write("keys.gpg", TextOf("other.gpg"));
  EXPECT_TRUE(HasReason(Provenance("good.prov"), Reason::kSignatureInvalid));
  folder_.Write("keys.gpg", TextOf("good.gpg"));
  EXPECT_TRUE(Provenance("good.prov").ok());
}

}  // namespace
}  // namespace wheelhouse::signatures
