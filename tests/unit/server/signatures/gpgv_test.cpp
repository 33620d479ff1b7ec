// Provenance files as gpg makes them (testdata/make), verified by the real gpgv.
#include "server/signatures/gpgv.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "common/failure.h"
#include "common/process/supervisor.h"
#include "server/signatures/trusted_keys.h"
#include "tests/unit/fakes/fake_processes.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/signatures/testdata.h"

namespace wheelhouse::signatures {
namespace {

using testing::HasSubstr;

class GpgvTest : public testing::Test {
 protected:
  absl::StatusOr<ClearSigned> Verify(const std::string& message,
                                     const std::string& keyring = "good.gpg",
                                     const std::string& gpgv = "gpgv") {
    return VerifyClearSigned(Context::Background(), {gpgv, folder_.path(), *supervisor_},
                             *ReadKeyring(TestFile(keyring)), message);
  }
  // Why it is not accepted; empty when it is.
  std::string WhyNot(const std::string& message, const std::string& keyring = "good.gpg") {
    const auto verified = Verify(message, keyring);
    if (verified.ok()) return "";
    EXPECT_TRUE(HasReason(verified.status(), Reason::kSignatureInvalid)) << verified.status();
    return std::string(verified.status().message());
  }

  const std::unique_ptr<Supervisor> supervisor_ = *Supervisor::Start();
  const TestFolder folder_;
};

TEST_F(GpgvTest, TellsWhoSignedWhat) {
  const auto verified = Verify(TextOf("good.prov"));
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->signer, "good <good@example>");
  EXPECT_EQ(verified->fingerprint.size(), 40U);
  EXPECT_THAT(verified->text, testing::StartsWith("apiVersion: v2\nname: web\nversion: 1.2.0\n"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(GpgvTest, TakesArmoredKeysOfSeveralBlocks) {
  EXPECT_EQ(WhyNot(TextOf("good.prov"), "good.asc"), "");
  EXPECT_EQ(WhyNot(TextOf("other.prov"), "good.asc"), "");
}

TEST_F(GpgvTest, OnlyKeysOfTheKeyringCount) {
  EXPECT_THAT(WhyNot(TextOf("other.prov")), HasSubstr("does not trust"));
}

TEST_F(GpgvTest, WhatWasChangedIsNotSigned) {
  EXPECT_THAT(WhyNot(absl::StrReplaceAll(TextOf("good.prov"), {{"1.2.0", "1.2.1"}})),
              HasSubstr("is not what was signed"));
}

// gpgv itself ends with 0 for these two keys.
TEST_F(GpgvTest, KeysAndSignaturesThatHoldNoLongerDoNotCount) {
  EXPECT_THAT(WhyNot(TextOf("expired.prov"), "expired.gpg"), HasSubstr("key that has expired"));
  EXPECT_THAT(WhyNot(TextOf("revoked.prov"), "revoked.gpg"), HasSubstr("was revoked"));
  EXPECT_THAT(WhyNot(TextOf("signature-expired.prov")), HasSubstr("signature that has expired"));
}

TEST_F(GpgvTest, WeakDigestsDoNotCount) {
  EXPECT_THAT(WhyNot(TextOf("sha1.prov")), HasSubstr("SHA-1"));
}

TEST_F(GpgvTest, OneMessageWithOneSignatureAndNothingElse) {
  const std::string good = TextOf("good.prov"), other = TextOf("other.prov");
  constexpr char kAlone[] = "is not one clearsigned OpenPGP message and nothing else";
  for (const std::string& message :
       {good + other, other + good, good + good, good + "files: {}\n", "files: {}\n" + good,
        TextOf("not-clear.prov"), std::string("name: web\n"), std::string(),
        good.substr(0, good.size() / 2)}) {
    EXPECT_THAT(WhyNot(message, "good.asc"), HasSubstr(kAlone)) << message;
  }
  EXPECT_THAT(WhyNot(TextOf("two-signatures.prov"), "good.asc"),
              HasSubstr("exactly one signature"));
}

TEST_F(GpgvTest, AGpgvThatIsMissingIsSaid) {
  const auto missing = Verify(TextOf("good.prov"), "good.gpg", "/no/gpgv");
  EXPECT_TRUE(HasReason(missing.status(), Reason::kGpgvMissing)) << missing.status();
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/no/gpgv"));
}

TEST_F(GpgvTest, ACancelledRunIsNoBadSignature) {
  const Context ended = Context::Background().WithCancel();
  ended.Cancel(MakeFailure(Reason::kCancelled, "enough"));
  const auto verified = VerifyClearSigned(ended, {"gpgv", folder_.path(), *supervisor_},
                                          TextOf("good.gpg"), TextOf("good.prov"));
  EXPECT_TRUE(HasReason(verified.status(), Reason::kCancelled)) << verified.status();
}

// What no gpgv should report, but must not be believed if one did.
class ReportTest : public testing::Test {
 protected:
  bool Believed(const std::string& report, int exit_code = 0) {
    FakeProcesses gpgv;
    gpgv.program = [&](const Context&, const ProcessSpec& spec) {
      std::ofstream(spec.argv[spec.argv.size() - 2]) << "signed";
      return absl::StatusOr<ProcessResult>(ProcessResult{.exit_code = exit_code, .out = report});
    };
    return VerifyClearSigned(Context::Background(), {"gpgv", folder_.path(), gpgv}, "keys",
                             TextOf("good.prov"))
        .ok();
  }
  static std::string Valid(const std::string& digest = "10", const std::string& of = "01") {
    return absl::StrCat("[GNUPG:] VALIDSIG KEY 2020-01-01 1 0 4 0 1 ", digest, " ", of,
                        " PRIMARY\n");
  }

  const TestFolder folder_;
  const std::string plain_ = "[GNUPG:] PLAINTEXT 74 0 \n[GNUPG:] NEWSIG\n";
  const std::string good_ = "[GNUPG:] GOODSIG KEY good\n";
};

TEST_F(ReportTest, TheWholeReportCounts) {
  const std::string whole = plain_ + good_ + Valid();
  EXPECT_TRUE(Believed(whole));
  EXPECT_FALSE(Believed(whole, 2));
  EXPECT_FALSE(Believed(""));
  EXPECT_FALSE(Believed(plain_ + good_));
  EXPECT_FALSE(Believed(plain_ + Valid()));
  EXPECT_FALSE(Believed(whole + whole));
  EXPECT_FALSE(Believed(good_ + Valid()));
  EXPECT_FALSE(Believed(whole + "[GNUPG:] BADSIG KEY good\n"));
  EXPECT_FALSE(Believed(plain_ + "[GNUPG:] EXPKEYSIG KEY good\n" + Valid()));
  EXPECT_FALSE(Believed(plain_ + good_ + Valid("2")));
  EXPECT_FALSE(Believed(plain_ + good_ + Valid("10", "00")));
  EXPECT_FALSE(Believed(plain_ + good_ + "[GNUPG:] VALIDSIG\n"));
  EXPECT_FALSE(Believed(whole + std::string(1 << 20, 'x')));
  EXPECT_FALSE(Believed("no status line [GNUPG:] GOODSIG\n" + plain_ + Valid()));
}

}  // namespace
}  // namespace wheelhouse::signatures
