#include "client/cli/plan/set_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/formats/set_grammar.h"

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SetJson, AnObjectIsADocument) {
  EXPECT_EQ(ReadSetJson(R"({"b": 1, "a": [2]})")->content(), "{\"b\":1,\"a\":[2]}\n");
}

// helm sets the object; a file would be merged with what files before it have there.
TEST(SetJson, AnObjectOfAPairReplacesWhatIsThere) {
  EXPECT_EQ(ReadSetJson(R"(a.b={"x":"1,2"},c=[3],d\.e="}")")->content(),
            "{\"a\":{\"b\":null}}\n---\n{\"a\":{\"b\":{\"x\":\"1,2\"}}}\n---\n{\"c\":[3]}\n---\n"
            "{\"d.e\":\"}\"}\n");
}

TEST(SetJson, ErrorsDoNotTellTheText) {
  for (const char* text : {"a", "=1", "a=secret", "{secret", "[\"secret\"]", "a[0]=1"}) {
    const auto read = ReadSetJson(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_THAT(std::string(read.status().message()), Not(HasSubstr("secret")));
  }
}

TEST(SetJson, AFilesTextComesThroughHelmsGrammarAsItIs) {
  for (const std::string text : {"", "a,b", "{a,b}", "{", "back\\slash\\", "a=b[0]", "\n lines \n",
                                 "true", "\\{x}", "null"}) {
    const v1::SetValue pair = SetToText("a.b", text);
    SetDocument document(true);
    ASSERT_TRUE(document.Merge(pair.key(), pair.value()).ok()) << text;
    EXPECT_EQ(document.json()["a"]["b"], text);
  }
}

}  // namespace
}  // namespace wheelhouse::cli
