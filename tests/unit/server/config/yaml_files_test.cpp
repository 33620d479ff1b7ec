#include "server/config/yaml_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/failure.h"

namespace wheelhouse::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

class YamlFilesTest : public testing::Test {
 protected:
  YamlFilesTest() {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  const std::string path_ = testing::TempDir() + "/yaml-files";
};

TEST_F(YamlFilesTest, OnlyThoseOfThatNameAreReadInTheOrderOfTheirNames) {
  std::ofstream(path_ + "/b.yaml") << "b: 1\n";
  std::ofstream(path_ + "/a.yaml") << "a: 1\n";
  std::ofstream(path_ + "/README.md") << "no profile";
  EXPECT_THAT(*ReadYamlFiles(path_),
              ElementsAre(Pair(path_ + "/a.yaml", "a: 1\n"), Pair(path_ + "/b.yaml", "b: 1\n")));
}

TEST_F(YamlFilesTest, NoFolderMeansNoFiles) { EXPECT_THAT(*ReadYamlFiles(""), IsEmpty()); }

TEST_F(YamlFilesTest, OneThatIsNotThereIsAnError) {
  const auto status = ReadYamlFiles(path_ + "/none").status();
  EXPECT_TRUE(HasReason(status, Reason::kConfigInvalid));
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_ + "/none: "));
}

TEST_F(YamlFilesTest, AFileThatCannotBeReadIsNamed) {
  std::filesystem::create_directory(path_ + "/folder.yaml");
  const auto status = ReadYamlFiles(path_).status();
  EXPECT_TRUE(HasReason(status, Reason::kConfigInvalid));
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_ + "/folder.yaml: "));
}

}  // namespace
}  // namespace wheelhouse::config
