#include "common/formats/block_yaml.h"

#include <gtest/gtest.h>

#include "common/formats/yaml_document.h"
#include "common/formats/yaml_scalar.h"

namespace wheelhouse {
namespace {

using Json = nlohmann::ordered_json;

TEST(BlockYaml, LooksAsPeopleWriteIt) {
  EXPECT_EQ(
      BlockYaml(Json::parse(
          R"({"name":"web","list":[{"a":1,"b":[2,[3]]},"x"],"text":"two\nlines\n","none":{}})")),
      "name: web\n"
      "list:\n"
      "- a: 1\n"
      "  b:\n"
      "  - 2\n"
      "  -\n"
      "    - 3\n"
      "- x\n"
      "text: |\n"
      "  two\n"
      "  lines\n"
      "none: {}\n");
  EXPECT_EQ(BlockYaml(Json("plain")), "plain\n");
}

// Whatever could be read as something else is quoted, and comes back as it was.
TEST(BlockYaml, StringsStayStrings) {
  for (const std::string text :
       {"",     "yes",        "No",     "null",       "~",    "1",  "1e3", "0x1f",      "a: b",
        "a #b", " lead",      "trail ", "- a",        "{a}",  "*x", "&x",  "!x",        "%x",
        "on",   "a\n\nb\n\n", "\nx",    "x\n y\n",    "end:", "<<", "---", "x\n---\ny", "a\tb",
        "é",    "\u2028x\ny", "a\r\nb", "2001-01-01", ".inf"}) {
    const YAML::Node read = LoadFirstYaml(BlockYaml(Json{{"k", text}}))["k"];
    ASSERT_TRUE(read.IsScalar()) << text;
    EXPECT_EQ(read.Scalar(), text);
    EXPECT_EQ(TypeOf(read), YamlType::kString) << text;
  }
}

}  // namespace
}  // namespace wheelhouse
