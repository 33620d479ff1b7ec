#include "server/signatures/trusted_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/sha.h>

#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/signatures/made_key.h"
#include "tests/unit/server/signatures/testdata.h"

namespace wheelhouse::signatures {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TrustedKeysTest : public testing::Test {
 protected:
  std::string Keyring(const std::string& text) {
    return WrongWithKeyring(folder_.Write("keys.gpg", text));
  }
  std::string Key(const std::string& text) {
    return WrongWithCosignKey(folder_.Write("cosign.pub", text));
  }
  const TestFolder folder_;
};

TEST_F(TrustedKeysTest, AKeyringIsWhatGpgExports) {
  EXPECT_EQ(WrongWithKeyring(TestFile("good.gpg")), "");
  EXPECT_EQ(WrongWithKeyring(TestFile("good.asc")), "");
  EXPECT_EQ(*ReadKeyring(TestFile("good.asc")),
            TextOf("good.gpg") + TextOf("other.gpg") + TextOf("expired.gpg"));
}

TEST_F(TrustedKeysTest, WhatIsNoKeyringIsNamed) {
  EXPECT_THAT(WrongWithKeyring(folder_.path() + "/none"),
              HasSubstr(folder_.path() + "/none cannot be read"));
  EXPECT_THAT(WrongWithKeyring(folder_.path()), HasSubstr("cannot be read"));
  const std::string armored = TextOf("good.asc");
  for (const std::string& text :
       {std::string(), std::string("hello"), std::string("\x95\x03\x98secret"), TextOf("good.prov"),
        std::string("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n")}) {
    EXPECT_THAT(Keyring(text),
                AllOf(HasSubstr("keys.gpg has no OpenPGP public keys"), HasSubstr("gpg --export")))
        << text;
  }
  EXPECT_THAT(Keyring(armored.substr(0, armored.size() / 2)), HasSubstr("cut off"));
  EXPECT_THAT(
      Keyring("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!\n-----END PGP PUBLIC KEY BLOCK-----"),
      HasSubstr("damaged"));
  EXPECT_THAT(Keyring(TextOf("good.gpg") + std::string(kLargestKeyring, 'x')),
              HasSubstr("has more than 1048576 bytes"));
}

TEST_F(TrustedKeysTest, ACosignKeyIsAPublicOneInPem) {
  EXPECT_EQ(Key(MadeKey::Ec("P-256").PublicPem()), "");
  EXPECT_THAT(Key(MadeKey::Ec("P-256").PrivatePem()), HasSubstr("has a private key"));
  EXPECT_THAT(Key("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"),
              HasSubstr("has a private key"));
  EXPECT_THAT(Key("hello"), AllOf(HasSubstr("cosign.pub has no public key in PEM"),
                                  HasSubstr("BEGIN PUBLIC KEY")));
  EXPECT_THAT(Key(MadeKey::Rsa(1024).PublicPem()), HasSubstr("less than 2048 bits"));
  EXPECT_THAT(Key(std::string(1 << 20, 'x')), HasSubstr("has more than"));
  EXPECT_THAT(WrongWithCosignKey(folder_.path() + "/none"), HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace wheelhouse::signatures
