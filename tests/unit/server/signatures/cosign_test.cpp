// Signatures as `cosign sign --key` makes them, made here with OpenSSL.
#include "server/signatures/cosign.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "common/failure.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/signatures/made_key.h"

namespace wheelhouse::signatures {
namespace {

using testing::HasSubstr;

const std::string kManifest = "sha256:" + std::string(64, 'a');

std::string PayloadOf(const std::string& digest) {
  return absl::StrCat(
      R"({"critical":{"identity":{"docker-reference":"registry.example/charts/web"},)",
      R"("image":{"docker-manifest-digest":")", digest,
      R"("},"type":"cosign container image signature"},"optional":null})");
}

std::string StatementOf(const std::string& hex,
                        const char* predicate = "https://sigstore.dev/cosign/sign/v1") {
  return absl::StrCat(
      R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":")", hex,
      R"("}}],"predicateType":")", predicate, R"(","predicate":{}})");
}

constexpr char kInToto[] = "application/vnd.in-toto+json";

std::string BundleBy(const MadeKey& key, const std::string& statement,
                     const std::string& type = kInToto) {
  const std::string signature = key.Sign(
      absl::StrCat("DSSEv1 ", type.size(), " ", type, " ", statement.size(), " ", statement));
  return absl::StrCat(R"({"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json",)",
                      R"("verificationMaterial":{"publicKey":{"hint":"x"}},"dsseEnvelope":{)",
                      R"("payload":")", absl::Base64Escape(statement), R"(","payloadType":")", type,
                      R"(","signatures":[{"sig":")", absl::Base64Escape(signature), R"("}]}})");
}

class CosignTest : public testing::Test {
 protected:
  std::string Verify(const std::vector<Evidence::Cosign>& signatures,
                     const std::vector<std::string>& bundles = {}) {
    std::vector<CosignKey> keys;
    keys.push_back(*ReadCosignKey(folder_.Write("cosign.pub", mine_.PublicPem())));
    const auto by = VerifyCosign(
        keys, {.manifest_digest = kManifest, .cosign = signatures, .bundles = bundles});
    if (by.ok()) return *by == keys[0].fingerprint ? "mine" : *by;
    EXPECT_TRUE(HasReason(by.status(), Reason::kSignatureInvalid)) << by.status();
    return std::string(by.status().message());
  }
  Evidence::Cosign By(const MadeKey& key, const std::string& payload) {
    return {payload, absl::Base64Escape(key.Sign(payload))};
  }

  const TestFolder folder_;
  const MadeKey mine_ = MadeKey::Ec("P-256"), theirs_ = MadeKey::Ec("P-256");
};

TEST_F(CosignTest, TheManifestIsSignedByTheKey) {
  EXPECT_EQ(Verify({By(mine_, PayloadOf(kManifest))}), "mine");
}

TEST_F(CosignTest, OneOfSeveralSignaturesWillDo) {
  EXPECT_EQ(Verify({By(theirs_, PayloadOf(kManifest)),
                    {PayloadOf(kManifest), "no base64!"},
                    {PayloadOf(kManifest), ""},
                    By(mine_, PayloadOf(kManifest))}),
            "mine");
}

TEST_F(CosignTest, AnotherKeyDoesNotCount) {
  EXPECT_THAT(Verify({By(theirs_, PayloadOf(kManifest))}), HasSubstr("by a key that the operator"));
}

TEST_F(CosignTest, AnotherManifestDoesNotCount) {
  const std::string other = "sha256:" + std::string(64, 'b');
  EXPECT_THAT(Verify({By(mine_, PayloadOf(other))}),
              HasSubstr("is not of the manifest " + kManifest));
}

TEST_F(CosignTest, WhatWasChangedIsNotSigned) {
  Evidence::Cosign signature = By(mine_, PayloadOf("sha256:" + std::string(64, 'b')));
  signature.payload = PayloadOf(kManifest);
  EXPECT_THAT(Verify({signature}), HasSubstr("by a key that the operator"));
}

TEST_F(CosignTest, WhatElseTheKeyHasSignedDoesNotCount) {
  const std::string payload = PayloadOf(kManifest);
  for (const std::string& other :
       {absl::StrReplaceAll(payload, {{"cosign container image signature", "atomic"}}),
        absl::StrReplaceAll(payload, {{"docker-manifest-digest", "digest"}}),
        absl::StrReplaceAll(payload, {{"critical", "optional"}}), std::string("[]"),
        std::string("{"), std::string(), kManifest, std::string(1000, '['),
        absl::StrCat(R"({"critical":")", kManifest, R"("})")}) {
    EXPECT_THAT(Verify({By(mine_, other)}), HasSubstr("is not of the manifest")) << other;
  }
}

// As cosign 3 writes them.
TEST_F(CosignTest, ABundleIsASignatureToo) {
  const std::string mine = BundleBy(mine_, StatementOf(kManifest.substr(7)));
  EXPECT_EQ(Verify({}, {mine}), "mine");
  EXPECT_EQ(Verify({By(theirs_, PayloadOf(kManifest))},
                   {"{", BundleBy(theirs_, StatementOf(kManifest.substr(7))), mine}),
            "mine");
}

TEST_F(CosignTest, ABundleOfSomethingElseDoesNotCount) {
  const std::string hex = kManifest.substr(7), other(64, 'b');
  EXPECT_THAT(Verify({}, {BundleBy(mine_, StatementOf(other))}),
              HasSubstr("is not of the manifest"));
  // An attestation is signed by the same key, and of the same manifest.
  EXPECT_THAT(Verify({}, {BundleBy(mine_, StatementOf(hex, "https://slsa.dev/provenance/v1"))}),
              HasSubstr("is not of the manifest"));
  EXPECT_THAT(Verify({}, {BundleBy(mine_, StatementOf(hex), "text/plain")}),
              HasSubstr("no cosign signature"));
  EXPECT_THAT(Verify({}, {BundleBy(theirs_, StatementOf(hex))}), HasSubstr("no cosign signature"));
  const std::string changed = absl::StrReplaceAll(
      BundleBy(mine_, StatementOf(other)),
      {{absl::Base64Escape(StatementOf(other)), absl::Base64Escape(StatementOf(hex))}});
  EXPECT_THAT(Verify({}, {changed}), HasSubstr("no cosign signature"));
  EXPECT_THAT(Verify({}, {"", "[]", "{}", R"({"dsseEnvelope":[1]})"}),
              HasSubstr("no cosign signature"));
}

TEST(CosignKeys, AreEcdsaEd25519OrRsa) {
  const TestFolder folder;
  const std::string payload = PayloadOf(kManifest);
  for (const MadeKey& made :
       {MadeKey::Ec("P-256"), MadeKey::Ec("P-384"), MadeKey::Ed25519(), MadeKey::Rsa(2048)}) {
    std::vector<CosignKey> keys;
    keys.push_back(*ReadCosignKey(folder.Write("cosign.pub", made.PublicPem())));
    const Evidence evidence{.manifest_digest = kManifest,
                            .cosign = {{payload, absl::Base64Escape(made.Sign(payload))}}};
    EXPECT_TRUE(VerifyCosign(keys, evidence).ok());
  }
}

TEST(CosignKeys, ALongerCurveMayHaveItsOwnDigest) {
  const TestFolder folder;
  const std::string payload = PayloadOf(kManifest);
  for (const auto& [curve, digest, fits] :
       {std::tuple("P-384", EVP_sha384(), true), std::tuple("P-521", EVP_sha512(), true),
        std::tuple("P-256", EVP_sha384(), false), std::tuple("P-384", EVP_sha1(), false)}) {
    const MadeKey made = MadeKey::Ec(curve);
    std::vector<CosignKey> keys;
    keys.push_back(*ReadCosignKey(folder.Write("cosign.pub", made.PublicPem())));
    const Evidence evidence{.manifest_digest = kManifest,
                            .cosign = {{payload, absl::Base64Escape(made.Sign(payload, digest))}}};
    EXPECT_EQ(VerifyCosign(keys, evidence).ok(), fits) << curve;
  }
}

}  // namespace
}  // namespace wheelhouse::signatures
