#include "server/signatures/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"

namespace wheelhouse::signatures {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Statement, IsWhatHelmWrites) {
  const auto read = ReadStatement(
      "apiVersion: v2\ndescription: |\n  a\n  ...\nname: web\nversion: 1.2.0\n\n...\n"
      "files:\n  web-1.2.0.tgz: sha256:12ab\n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->name, "web");
  EXPECT_EQ(read->version, "1.2.0");
  EXPECT_THAT(read->files, ElementsAre(Pair("web-1.2.0.tgz", "sha256:12ab")));
}

TEST(Statement, AnythingElseSaysNothing) {
  for (const char* text :
       {"", "name: web\nversion: 1.2.0\n", "name: web\nversion: 1.2.0\n...\n",
        "name: web\n...\nfiles: {a: sha256:1}\n", "version: 1.0.0\n...\nfiles: {a: sha256:1}\n",
        "name: web\nversion: 1.0.0\n...\nfiles: [a]\n", "[web, 1.0.0]\n...\nfiles: {a: sha256:1}\n",
        "name: web\nversion: 1.0.0\n...\nfiles: {a: b}\n...\nfiles: {a: sha256:1}\n",
        "name: {web: 1}\nversion: 1.0.0\n...\nfiles: {a: sha256:1}\n", "\"\n...\n\"\n"}) {
    const auto read = ReadStatement(text);
    EXPECT_TRUE(HasReason(read.status(), Reason::kSignatureInvalid)) << text;
  }
}

TEST(Statement, OfAFileOnlyATextIsItsDigest) {
  const auto read = ReadStatement("name: web\nversion: 1.0.0\n...\nfiles: {a: [sha256:1], b: c}\n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->files, ElementsAre(Pair("b", "c")));
}

}  // namespace
}  // namespace wheelhouse::signatures
