#include "server/helm/values.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/failure.h"
#include "server/helm/helm_argv.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/helm/real_parts.h"

namespace wheelhouse::helm {
namespace {

class Values : public testing::Test {
 protected:
  void File(const std::string& name, const std::string& content) {
    v1::ValuesFile* file = chart_.add_values_files();
    file->set_name(name);
    file->set_content(content);
  }
  void Set(const std::string& key, const std::string& value) {
    Add(chart_.add_values(), key, value);
  }
  void SetString(const std::string& key, const std::string& value) {
    Add(chart_.add_values_string(), key, value);
  }
  bool Passes() { return CheckValues(chart_, of_chart_).ok(); }

  // The only violation, as `field: description`.
  std::string Wrong() {
    const absl::Status status = CheckValues(chart_, of_chart_);
    if (!HasReason(status, Reason::kValuesInvalid)) return "not refused: " + status.ToString();
    const std::vector<FieldViolation> wrong = ViolationsOf(status);
    return wrong.size() == 1 ? wrong[0].field + ": " + wrong[0].description
                             : std::to_string(wrong.size()) + " violations";
  }

  std::vector<std::string> Sets() {
    const TestFolder folder;
    const auto values = WriteValues(chart_, folder.path());
    return values.ok() ? (*values)->sets()
                       : std::vector<std::string>{std::string(values.status().message())};
  }

  v1::ChartInfo chart_;
  std::string of_chart_ = "image: {tag: v1}\nhosts: [a, b]\nempty: []\n";

 private:
  static void Add(v1::SetValue* pair, const std::string& key, const std::string& value) {
    pair->set_key(key);
    pair->set_value(value);
  }
};

TEST_F(Values, OfEveryWrongLayerAreNamed) {
  File("one.yaml", "a: 1\nb: [\n");
  File("two.yaml", "a: 1\n");
  File("three.yaml", "- x\n");
  Set("a..b", "1");
  SetString("c[", "1");
  const std::vector<FieldViolation> wrong = ViolationsOf(CheckValues(chart_, of_chart_));
  ASSERT_EQ(wrong.size(), 4u);
  EXPECT_EQ(wrong[0].field, "values_files[0]");
  EXPECT_EQ(wrong[0].description.substr(0, 13), "one.yaml:3:1:");
  EXPECT_EQ(wrong[1].field, "values_files[2]");
  EXPECT_EQ(wrong[1].description, "three.yaml:1:1: expected a YAML mapping");
  EXPECT_EQ(wrong[2].field, "values[0]");
  EXPECT_EQ(wrong[3].field, "values_string[0]");
}

TEST_F(Values, MayBeAnEmptyOrAFramedDocument) {
  File("empty.yaml", "");
  File("comment.yaml", "# nothing\n");
  File("framed.yaml", "# first\n---\na: 1\n...\n");
  File("ended.yaml", "a: 1\n---\n");
  EXPECT_TRUE(Passes()) << Wrong();
}

TEST_F(Values, WithAStrayCommaAreRefused) {
  File("comma.yaml", ",n");
  EXPECT_EQ(Wrong().substr(0, 33), "values_files[0]: comma.yaml:1:1: ");
}

// helm 4 merges the documents of a file; helm 3 leaves all but the first out.
TEST_F(Values, OfSeveralDocumentsAreLayersOfTheirOwn) {
  File("two.yaml", "# first\na: 1\nl: [1]\n---\r\n---\nb: 2\n--- # third\na: 3\n");
  EXPECT_TRUE(Passes());
  const TestFolder folder;
  const auto files = WriteValues(chart_, folder.path());
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ((*files)->paths().size(), 3U);
  Set("l[0]", "c");
  EXPECT_NE(Wrong().find("the list l that two.yaml sets"), std::string::npos) << Wrong();
}

TEST_F(Values, OfASecondDocumentThatHelmWouldMissAreRefused) {
  File("two.yaml", "a: 1\n...\nb: 2\n");
  EXPECT_EQ(Wrong(), "values_files[0]: two.yaml: begin each document with a line `---`");
}

TEST_F(Values, AreBounded) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string to = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + to;
    for (int k = 0; k < 8; ++k) bomb += "," + to;
    bomb += "]\n";
  }
  for (const std::string& content :
       {bomb, std::string("a: &a {b: *a}\n"), "a: " + std::string(100'000, '[')}) {
    chart_.clear_values_files();
    File("bomb.yaml", content);
    EXPECT_EQ(Wrong().substr(0, 27), "values_files[0]: bomb.yaml:");
  }
}

TEST_F(Values, AreNotRefusedForAChartsOwnFileThatHelmCanRead) {
  of_chart_ = "a: [\n";
  Set("a", "1");
  EXPECT_TRUE(Passes());
}

TEST_F(Values, MayNotIndexIntoAListOfALowerLayer) {
  Set("hosts[0]", "c");
  EXPECT_EQ(
      Wrong(),
      "values[0]: \"hosts[0]\" indexes into the list hosts that the chart's values.yaml sets; "
      "a list is replaced as a whole, so set all of it");
  File("v.yaml", "a: {b: [1]}\n");
  chart_.clear_values();
  Set("a.b[3].c", "c");
  EXPECT_NE(Wrong().find("the list a.b that v.yaml sets"), std::string::npos) << Wrong();
}

TEST_F(Values, OfStringsMayNotIndexIntoAListOfTheOtherPairs) {
  Set("l", "{a,b}");
  SetString("l[0]", "c");
  EXPECT_EQ(Wrong().substr(0, 60),
            "values_string[0]: \"l[0]\" indexes into the list l that values");
}

TEST_F(Values, MayIndexIntoAListOfTheirOwnLayer) {
  Set("hosts", "{x,y}");
  Set("hosts[0]", "z");
  Set("empty[0]", "z");
  Set("new[0].list[1]", "z");
  SetString("own[0]", "z");
  SetString("own[1]", "z");
  EXPECT_TRUE(Passes()) << Wrong();
}

TEST_F(Values, AreLookedForInTheLayerThatDecides) {
  File("lowest.yaml", "hidden: {l: [1]}\n");
  File("low.yaml", "hosts: [c]\na: 1\nb: {c: 1}\nhidden: 1\n");
  File("high.yaml", "hosts: null\na: {x: 1}\nb: {c: {d: 1}}\nhidden: {x: 1}\n");
  Set("a.y", "1");
  Set("hidden.l[0]", "1");
  Set("b.c.e", "1");
  EXPECT_TRUE(Passes()) << Wrong();
  Set("hosts[0]", "1");  // helm fails on null
  EXPECT_NE(Wrong().find("needs a list at hosts, where high.yaml sets"), std::string::npos);
}

TEST_F(Values, AreLookedForThroughMergeKeysAndDuplicates) {
  File("v.yaml", "base: &base {l: [1]}\nmerged: {<<: *base}\ntwice: 1\ntwice: {a: 1}\n");
  Set("twice.b", "1");
  EXPECT_TRUE(Passes()) << Wrong();
  Set("merged.l[0]", "1");
  EXPECT_NE(Wrong().find("the list merged.l that v.yaml sets"), std::string::npos) << Wrong();
}

TEST_F(Values, ThatAreWholeNumbersGoAsSetTexts) {
  Set("a", "1");
  Set("b.c\\.d", "-2");
  Set("l[1][0].x", "3");
  Set("text", "x");
  Set("flag", "true");
  Set("replaced.by", "4");
  Set("list", "{5,x}");
  SetString("replaced", "x");
  SetString("number", "6");
  EXPECT_EQ(Sets(), (std::vector<std::string>{"a=1", "b.c\\.d=-2", "l[1][0].x=3", "list[0]=5"}));
}

TEST_F(Values, ThatAreManyWholeNumbersAreRefused) {
  std::string list = "{1";
  for (int i = 0; i < 5000; ++i) list += ",1";
  Set("ports", list + "}");
  EXPECT_NE(Wrong().find("put them into a values file"), std::string::npos) << Wrong();
}

TEST_F(Values, StandInFilesOfTheirOwnerAndGo) {
  const TestFolder folder;
  File("v.yaml", "a: 1");
  Set("secret", "s3cret");
  std::vector<std::string> paths;
  {
    const auto values = WriteValues(chart_, folder.path());
    ASSERT_TRUE(values.ok()) << values.status();
    paths = (*values)->paths();
    struct stat info{};
    ASSERT_EQ(stat((*values)->directory().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    for (const std::string& path : paths) {
      ASSERT_EQ(stat(path.c_str(), &info), 0);
      EXPECT_EQ(info.st_mode & 0777, 0600u);
    }
    EXPECT_EQ(Output({"cat", paths[0]}), "a: 1\n");
    EXPECT_EQ(Output({"cat", paths[1]}), "{\"secret\":\"s3cret\"}\n");
    EXPECT_TRUE((*values)->sets().empty());
  }
  EXPECT_EQ(paths.size(), 2u);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(HelmArgv, HasEachSetTextAsOneWordAfterTheFiles) {
  UpgradeRequest upgrade;
  upgrade.value_files = {"/v/0.yaml"};
  upgrade.sets = {"--namespace=5"};
  RenderRequest render;
  render.value_files = upgrade.value_files;
  render.sets = upgrade.sets;
  for (const int major : {3, 4}) {
    for (const Argv& argv : {UpgradeArgv(major, upgrade), RenderArgv(major, render)}) {
      EXPECT_NE(std::find(argv.begin(), argv.end(), "--set=--namespace=5"), argv.end());
      EXPECT_EQ(std::find(argv.begin(), argv.end(), "--namespace=5"), argv.end());
    }
  }
}

}  // namespace
}  // namespace wheelhouse::helm
