#include "server/runs/claims/daemon_id.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::runs {
namespace {

class DaemonIdTest : public testing::Test {
 protected:
  DaemonIdTest() {}
  const TestFolder temp_;
  const std::string folder_ = temp_.path();
};

TEST_F(DaemonIdTest, StaysWithItsDirectory) {
  const auto id = DaemonId(folder_);
  ASSERT_TRUE(id.ok()) << id.status();
  EXPECT_EQ(id->size(), 16u);
  EXPECT_EQ(*DaemonId(folder_), *id);
}

TEST_F(DaemonIdTest, ACopyIsAnotherDaemon) {
  const std::string id = *DaemonId(folder_);
  const std::string copy = folder_ + "-copy";
  std::filesystem::copy(folder_, copy, std::filesystem::copy_options::recursive);
  const std::string other = *DaemonId(copy);
  std::filesystem::remove_all(copy);
  EXPECT_NE(other, id);
  EXPECT_EQ(*DaemonId(folder_), id);
}

// Whether the daemon before this one is dead cannot be known across a boot.
TEST_F(DaemonIdTest, AnotherBootIsAnotherDaemon) {
  const std::string id = *DaemonId(folder_);
  std::string first, place;
  {
    std::ifstream file(folder_ + "/daemon-id");
    std::getline(file, first);
    std::getline(file, place);
  }
  std::ofstream(folder_ + "/daemon-id") << first << "\nanother-boot" << place.substr(12) << "\n";
  EXPECT_NE(*DaemonId(folder_), id);
}

TEST_F(DaemonIdTest, ATornFileMakesANewOne) {
  const std::string id = *DaemonId(folder_);
  std::ofstream(folder_ + "/daemon-id") << id << "\n";
  EXPECT_NE(*DaemonId(folder_), id);
}

}  // namespace
}  // namespace wheelhouse::runs
