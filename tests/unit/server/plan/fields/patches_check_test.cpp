#include "server/plan/fields/patches_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PatchesTest : public testing::Test {
 protected:
  void Add(const std::string& kind, const std::string& json6902) {
    v1::Patch* patch = info_.add_patches();
    patch->mutable_target()->set_kind(kind);
    if (!json6902.empty()) patch->set_json6902(json6902);
  }
  void AddMerge(const std::string& text) {
    Add("ConfigMap", "");
    info_.mutable_patches()->rbegin()->set_strategic_merge(text);
  }
  std::vector<std::string> Checked() {
    FieldViolations wrong;
    CheckPatches(info_, "c", &wrong);
    std::vector<std::string> fields;
    for (const FieldViolation& one : wrong) fields.push_back(one.field);
    return fields;
  }
  v1::ChartInfo info_;
};

constexpr char kReplace[] = "[{op: replace, path: /data/a, value: x}]";

TEST_F(PatchesTest, GoodOnesPass) {
  Add("ConfigMap", kReplace);
  Add("ConfigMap", "- {op: remove, path: /data}\n- {op: move, path: /a, from: /b}");
  AddMerge("kind: ConfigMap\nmetadata: {name: any}\ndata: {a: b}");
  EXPECT_THAT(Checked(), IsEmpty());
}

TEST_F(PatchesTest, BadOnesAreNamedWithoutACluster) {
  Add("", kReplace);
  Add("ConfigMap", "");
  Add("ConfigMap", "a: [");
  Add("ConfigMap", "a: 1");
  Add("ConfigMap",
      "- {op: bogus, path: /a}\n- {op: add, path: a, value: 1}\n- {op: test, path: /a}");
  AddMerge("data: {a: b}");
  AddMerge("- a");
  AddMerge("a: [");
  AddMerge("kind: A\nmetadata: {name: b}\n---\nkind: B\nmetadata: {name: b}");
  EXPECT_THAT(Checked(),
              ElementsAre("c.patches[0].target", "c.patches[1]", "c.patches[2].json6902",
                          "c.patches[3].json6902", "c.patches[4].json6902[0]",
                          "c.patches[4].json6902[1]", "c.patches[4].json6902[2]",
                          "c.patches[5].strategic_merge", "c.patches[6].strategic_merge",
                          "c.patches[7].strategic_merge", "c.patches[8].strategic_merge"));
}

}  // namespace
}  // namespace wheelhouse::plan
