#include "common/redactor.h"

#include <absl/strings/escaping.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wheelhouse {
namespace {

std::string Masked(const std::string& secret, const std::string& text) {
  return Redactor({secret}).Mask(text);
}

TEST(RedactorTest, MasksASecretWhereverItStands) {
  EXPECT_EQ(Masked("hunter2hunter2", "is xhunter2hunter2y, hunter2hunter2"), "is x***y, ***");
}

TEST(RedactorTest, MasksWhatQuotingMakesOfASecret) {
  const std::string secret = "pa\"ss\\w0<rd\n'!";
  const std::string json = nlohmann::json(secret).dump();
  for (const std::string& text : {
           json,                                        // JSON
           nlohmann::json(json).dump(),                 // quoted twice
           std::string(R"("pa\"ss\\w0\u003crd\n'!")"),  // Go's encoding/json
           std::string("'pa\"ss\\w0<rd\n''!'"),         // YAML in single quotes
           std::string("pa%22ss%5Cw0%3Crd%0A%27%21"),   // in a URL
       }) {
    const std::string masked = Masked(secret, text);
    EXPECT_TRUE(absl::StrContains(masked, "***")) << text;
    for (const char* part : {"ss", "w0", "rd"}) {
      EXPECT_FALSE(absl::StrContains(masked, part)) << text << " -> " << masked;
    }
  }
}

TEST(RedactorTest, MasksGosEscapesOfControlCharactersAndSpares) {
  EXPECT_EQ(Masked("ab\x01"
                   "cdefgh",
                   R"(value "ab\x01cdefgh" is bad)"),
            R"(value "***" is bad)");
  EXPECT_EQ(Masked("größe-der-welt", R"("größe-der-welt")"), R"("***")");
}

TEST(RedactorTest, MasksASecretInBase64) {
  const std::string secret = "correct horse battery";
  for (const std::string& around : {std::string(), std::string("a"), std::string("ab"),
                                    std::string("abc"), std::string("password: ")}) {
    const std::string text = absl::Base64Escape(around + secret + "\nuser: me\n");
    EXPECT_EQ(Masked(secret, "data " + text + " end"), "data *** end") << around;
  }
  const std::string plain = absl::Base64Escape("hunter2");
  EXPECT_EQ(Masked("hunter2", plain), "***");
  EXPECT_EQ(Masked("hunter2", plain.substr(0, plain.find('='))), "***");
  EXPECT_EQ(Masked("p?>p?>p?>", absl::WebSafeBase64Escape("p?>p?>p?>")), "***");
}

TEST(RedactorTest, MasksEachLineOfASecretOfSeveral) {
  const std::string secret = "first line here\n  second \"line\"\n}\nroute:\n";
  EXPECT_EQ(Masked(secret, "log: second \"line\""), "log: ***");
  EXPECT_EQ(Masked(secret, R"(log: "second \"line\"")"), R"(log: "***")");
  EXPECT_EQ(Masked(secret, "first line here"), "***");
  EXPECT_EQ(Masked(secret, "} route:"), "} route:") << "structure says nothing";
  EXPECT_EQ(Masked(secret, R"("first line here\n  second \"line\"\n}\nroute:\n")"), R"("***\n")");
}

TEST(RedactorTest, SpaceAroundASecretDoesNotCount) {
  EXPECT_EQ(Masked("hunter2hunter2\n", "it is hunter2hunter2."), "it is ***.");
  EXPECT_EQ(Masked("hunter2hunter2\n", absl::Base64Escape("hunter2hunter2\n")), "***");
}

TEST(RedactorTest, FindsShortSecretsAsWordsAlone) {
  EXPECT_EQ(Masked("admin", "user admin, administrator of admin-tools"),
            "user ***, administrator of ***-tools");
  EXPECT_EQ(Masked("abc", "abc"), "abc") << "half of any text";
}

TEST(RedactorTest, LeavesCommonWords) {
  const Redactor redactor({"true", "default", "8080", "none"});
  EXPECT_EQ(redactor.Mask("true, default, 8080 and none"), "true, default, 8080 and none");
}

TEST(RedactorTest, MasksTheLongestOfSecretsThatBeginAlike) {
  EXPECT_EQ(Redactor({"hunter2hunter2", "hunter2hunter2-and-more"}).Mask("hunter2hunter2-and-more"),
            "***");
}

TEST(RedactorTest, MasksWhatLooksLikeASecret) {
  const Redactor redactor;
  EXPECT_EQ(redactor.Mask("Authorization: Bearer abcd.efgh"), "Authorization: Bearer ***");
  EXPECT_EQ(redactor.Mask("--admin-password=hunter --x"), "--admin-password=*** --x");
  EXPECT_EQ(redactor.Mask("password: hunter"), "password: ***");
  EXPECT_EQ(redactor.Mask("with password: hunter22 on"), "with password: *** on");
  EXPECT_EQ(redactor.Mask(R"({"apiKey": "two words", "a": 1})"), R"({"apiKey": "***", "a": 1})");
  EXPECT_EQ(redactor.Mask(R"({\"apiKey\":\"abcdef\",\"a\":1})"), R"({\"apiKey\":\"***\",\"a\":1})");
  EXPECT_EQ(redactor.Mask("dial postgres://app:s3cr3t@db:5432/x"),
            "dial postgres://app:***@db:5432/x");
  EXPECT_EQ(redactor.Mask("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\nx"),
            "***\n***\n***\nx");
}

TEST(RedactorTest, LeavesWhatNamesASecret) {
  const Redactor redactor;
  for (const char* text : {"existingSecret: storefront", "secretName=storefront-tls",
                           "tokenizer: standard", "automountServiceAccountToken: false",
                           "spec.auth.password: Required value", "http://proxy:8080/path"}) {
    EXPECT_EQ(redactor.Mask(text), text);
  }
}

TEST(RedactorTest, MasksWhatIsAddedLater) {
  Redactor redactor({"hunter2hunter2"});
  redactor.Add({"swordfish-1"});
  EXPECT_EQ(redactor.Mask("hunter2hunter2 swordfish-1"), "*** ***");
}

TEST(RedactorTest, EscapesControlCharacters) {
  EXPECT_EQ(Redactor().Mask("a\x1b[31m\tb\nc"), "a\\x1b[31m\tb\nc");
}

}  // namespace
}  // namespace wheelhouse
