#include "server/kustomize/patches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/failure.h"
#include "common/formats/manifest.h"
#include "tests/unit/fakes/fake_processes.h"

namespace wheelhouse::kustomize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kRendered[] =
    "kind: ConfigMap\nmetadata: {name: web}\n"
    "---\nkind: Pod\nmetadata: {generateName: web-}\n"
    "---\nkind: Job\nmetadata: {name: web, annotations: {helm.sh/hook: test}}\n";

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class PatchesTest : public testing::Test {
 protected:
  // A kustomize that keeps what each call was given, and gives it back unchanged.
  PatchesTest() {
    processes_.program = [this](const Context&,
                                const ProcessSpec& spec) -> absl::StatusOr<ProcessResult> {
      const std::string& folder = spec.argv.back();
      given_.push_back(Read(folder + "/rendered.yaml"));
      kustomizations_.push_back(Read(folder + "/kustomization.yaml"));
      if (missing_) return absl::NotFoundError("no such program");
      return ProcessResult{.exit_code = error_.empty() ? 0 : exit_code_,
                           .out = "# patched\n" + given_.back(),
                           .err = error_};
    };
  }
  v1::Patch* Add(const std::string& kind, const std::string& json6902) {
    v1::Patch* patch = info_.add_patches();
    patch->mutable_target()->set_kind(kind);
    if (!json6902.empty()) patch->set_json6902(json6902);
    return patch;
  }
  absl::StatusOr<std::string> Apply(const std::string& rendered = kRendered) {
    const auto folder = WritePatches(info_.patches(), testing::TempDir());
    if (!folder.ok()) return folder.status();
    folder_ = (*folder)->path();
    return ApplyPatches(Context::Background(), processes_, "/bin/kustomize", folder_, rendered);
  }
  v1::ChartInfo info_;
  FakeProcesses processes_;
  bool missing_ = false;
  int exit_code_ = 1;  // where there is an error
  std::string error_;
  std::vector<std::string> given_, kustomizations_;
  std::string folder_;
};

constexpr char kReplace[] = "[{op: replace, path: /data/a, value: x}]";

TEST_F(PatchesTest, HooksAndWhatHasNoNameGoRoundKustomizeAsTheyWereRendered) {
  Add("ConfigMap", kReplace);
  const auto patched = Apply();
  ASSERT_TRUE(patched.ok()) << patched.status();
  ASSERT_EQ(given_.size(), 1U);
  EXPECT_THAT(given_[0], HasSubstr("kind: ConfigMap"));
  EXPECT_EQ(given_[0].find("kind: Pod"), std::string::npos);
  EXPECT_EQ(given_[0].find("kind: Job"), std::string::npos);
  const auto objects = ReadManifests(*patched, "patched");
  ASSERT_TRUE(objects.ok());
  std::vector<std::string> kinds;
  for (const ManifestObject& object : *objects) kinds.push_back(object.kind);
  EXPECT_THAT(kinds, ElementsAre("ConfigMap", "Pod", "Job"));
}

TEST_F(PatchesTest, HooksGetThosePatchesOnlyThatAskForThem) {
  Add("ConfigMap", kReplace);
  Add("Job", kReplace)->set_hooks(true);
  ASSERT_TRUE(Apply().ok());
  ASSERT_EQ(given_.size(), 2U);
  EXPECT_THAT(given_[1], HasSubstr("kind: Job"));
  EXPECT_THAT(kustomizations_[0], HasSubstr("patch-0.yaml"));
  EXPECT_THAT(kustomizations_[0], HasSubstr("patch-1.yaml"));
  EXPECT_EQ(kustomizations_[1].find("patch-0.yaml"), std::string::npos);
}

// kustomize puts the items in its place, and they would be no hooks.
TEST_F(PatchesTest, AListThatIsAHookGoesRoundKustomize) {
  Add("ConfigMap", kReplace)->set_hooks(true);
  const std::string list =
      "kind: List\nmetadata: {annotations: {helm.sh/hook: test}}\nitems: [{kind: ConfigMap}]\n";
  const auto patched = Apply(list + "---\nkind: List\nitems: [{kind: Secret}]\n");
  ASSERT_TRUE(patched.ok()) << patched.status();
  EXPECT_THAT(given_, ElementsAre(HasSubstr("kind: Secret")));
  EXPECT_THAT(*patched, HasSubstr(list));
}

TEST_F(PatchesTest, NoTextOfACallersIsAnArgumentAndNothingStays) {
  Add("$(reboot)", kReplace);
  ASSERT_TRUE(Apply().ok());
  EXPECT_THAT(processes_.last().argv, ElementsAre("/bin/kustomize", "build", folder_ + "/objects"));
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(PatchesTest, AMissingKustomizeAndItsErrorsAreTold) {
  Add("ConfigMap", kReplace);
  error_ = "Error: replace operation does not apply\n";
  const auto failed = Apply();
  EXPECT_TRUE(HasReason(failed.status(), Reason::kValuesInvalid));
  EXPECT_THAT(FailureOf(failed.status()).message(), HasSubstr("does not apply"));
  missing_ = true;
  EXPECT_TRUE(HasReason(Apply().status(), Reason::kKustomizeMissing));
}

TEST_F(PatchesTest, AKustomizeThatNeedsTooMuchMemoryIsNotTakenForABadPatch) {
  Add("ConfigMap", kReplace);
  exit_code_ = 2;
  error_ = "fatal error: runtime: out of memory\n";
  const auto failed = Apply();
  EXPECT_TRUE(HasReason(failed.status(), Reason::kChildOutOfMemory)) << failed.status();
  EXPECT_THAT(FailureOf(failed.status()).message(), HasSubstr("kustomize needed more memory"));
}

}  // namespace
}  // namespace wheelhouse::kustomize
