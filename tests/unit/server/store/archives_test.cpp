#include "server/store/archives.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "common/failure.h"
#include "common/sha256.h"
#include "tests/unit/fakes/fake_clock.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::store {
namespace {

class ArchivesTest : public testing::Test {
 protected:
  ArchivesTest() { Open(); }
  ~ArchivesTest() override { archives_.reset(); }
  void Open() {
    archives_.reset();
    archives_ = *Archives::Open(directory_ + "/archives", {.quota_bytes = 100 << 10}, clock_);
  }
  absl::Status Put(char digest, const std::string& caller, const std::string& content,
                   const std::string& provenance = "") {
    const std::string file = directory_ + "/upload";
    std::ofstream(file) << content;
    return archives_->Put(file, Digest(digest), {caller}, provenance);
  }
  std::string ProvenanceOf(char digest, const std::string& caller) {
    std::shared_ptr<void> pin;
    return Archives::ProvenanceOf(*archives_->Pin(Digest(digest), {caller}, &pin));
  }
  size_t Files() {
    size_t files = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory_))
      files += file.is_regular_file() ? 1 : 0;
    return files;
  }
  absl::Status Pin(char digest, const std::string& caller) {
    std::shared_ptr<void> pin;
    return archives_->Pin(Digest(digest), {caller}, &pin).status();
  }
  static std::string Digest(char digit) { return "sha256:" + std::string(64, digit); }
  const TestFolder temp_;
  const std::string directory_ = temp_.path();
  FakeClock clock_{absl::Now()};
  std::unique_ptr<Archives> archives_;
};

TEST_F(ArchivesTest, AnArchiveBelongsToItsCaller) {
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  EXPECT_TRUE(Pin('a', "me").ok());
  EXPECT_TRUE(HasReason(Pin('a', "you"), Reason::kChartNotUploaded));
}

TEST_F(ArchivesTest, WhatShowsWhoMadeAnArchiveStaysWithIt) {
  ASSERT_TRUE(Put('a', "me", "chart", "proof").ok());
  EXPECT_EQ(ProvenanceOf('a', "me"), "proof");
  Open();
  EXPECT_EQ(ProvenanceOf('a', "me"), "proof");
  ASSERT_TRUE(Put('a', "me", "chart").ok());  // the same bytes
  EXPECT_EQ(ProvenanceOf('a', "me"), "proof");
  ASSERT_TRUE(Put('a', "me", "chart", "newer").ok());
  EXPECT_EQ(ProvenanceOf('a', "me"), "newer");
  ASSERT_TRUE(Put('a', "you", "chart").ok());
  EXPECT_EQ(ProvenanceOf('a', "you"), "");
}

TEST_F(ArchivesTest, AnArchiveOfOtherBytesLosesIt) {
  ASSERT_TRUE(Put('a', "me", "chart", "proof").ok());
  ASSERT_TRUE(Put('a', "me", "chart, packed anew").ok());
  EXPECT_EQ(ProvenanceOf('a', "me"), "");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(ArchivesTest, ItCountsForTheQuotaAndGoesWithTheArchive) {
  ASSERT_TRUE(Put('a', "me", "chart", std::string(60 << 10, 'x')).ok());
  Open();
  ASSERT_TRUE(Put('b', "me", std::string(60 << 10, 'x')).ok());
  EXPECT_TRUE(HasReason(Pin('a', "me"), Reason::kChartNotUploaded));
  EXPECT_EQ(Files(), 1u);
  EXPECT_TRUE(
      HasReason(Put('c', "me", "chart", std::string(100 << 10, 'x')), Reason::kUploadTooLarge));
}

TEST_F(ArchivesTest, NobodyElseOnTheMachineReadsThem) {
  namespace fs = std::filesystem;
  const std::string file = directory_ + "/upload";
  std::ofstream(file) << "chart";
  fs::permissions(file, fs::perms(0644));
  ASSERT_TRUE(archives_->Put(file, Digest('a'), {"me"}).ok());
  std::shared_ptr<void> pin;
  const std::string path = *archives_->Pin(Digest('a'), {"me"}, &pin);
  EXPECT_EQ(fs::status(path).permissions(), fs::perms(0600));
  for (fs::path folder = fs::path(path).parent_path(); folder != directory_;
       folder = folder.parent_path())
    EXPECT_EQ(fs::status(folder).permissions(), fs::perms(0700)) << folder;
}

TEST_F(ArchivesTest, AnArchiveIsKeptADayAfterItsLastNeed) {
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  std::shared_ptr<void> pin;
  ASSERT_TRUE(archives_->Pin(Digest('a'), {"me"}, &pin).ok());
  clock_.Pass(absl::Hours(48));
  archives_->Expire();
  pin.reset();
  clock_.Pass(absl::Hours(23));
  archives_->Expire();
  EXPECT_TRUE(Pin('a', "me").ok());
  clock_.Pass(absl::Hours(25));
  archives_->Expire();
  EXPECT_TRUE(HasReason(Pin('a', "me"), Reason::kChartNotUploaded));
}

TEST_F(ArchivesTest, UploadingAgainBeginsItsTimeAnew) {
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  clock_.Pass(absl::Hours(23));
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  clock_.Pass(absl::Hours(23));
  archives_->Expire();
  ASSERT_TRUE(Pin('a', "me").ok());
}

TEST_F(ArchivesTest, ThatItWasUploadedAgainOutlivesTheDaemon) {
  namespace fs = std::filesystem;
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  std::string path;
  {
    std::shared_ptr<void> pin;
    path = *archives_->Pin(Digest('a'), {"me"}, &pin);
  }
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(48));
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  Open();
  archives_->Expire();
  EXPECT_TRUE(Pin('a', "me").ok());
}

TEST_F(ArchivesTest, WhatIsNoDigestIsNoPath) {
  const std::string file = directory_ + "/upload";
  std::ofstream(file) << "chart";
  EXPECT_FALSE(archives_->Put(file, "sha256:../../../escaped", {"me"}).ok());
  EXPECT_TRUE(std::filesystem::exists(file));
  std::shared_ptr<void> pin;
  EXPECT_TRUE(HasReason(archives_->Pin("sha256:../../upload", {"me"}, &pin).status(),
                        Reason::kChartNotUploaded));
}

TEST_F(ArchivesTest, UploadingAgainHealsAnArchiveThatTheDiskHasDamaged) {
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  std::shared_ptr<void> pin;
  const auto path = archives_->Pin(Digest('a'), {"me"}, &pin);
  ASSERT_TRUE(path.ok());
  for (const char* damaged : {"chxrt", "ch", "", "chart and more"}) {
    std::ofstream(*path) << damaged;
    ASSERT_TRUE(Put('a', "me", "chart").ok());
    std::string text;
    std::getline(std::ifstream(*path), text);
    EXPECT_EQ(text, "chart");
  }
  std::filesystem::remove(*path);
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  EXPECT_TRUE(std::filesystem::exists(*path));
  pin.reset();
}

// Runs that older daemons stored know no more of their caller than the name.
TEST_F(ArchivesTest, WhatAnOlderDaemonStoredUnderABareNameIsFoundAndOnlyThat) {
  ASSERT_TRUE(Put('a', "unix:me", "mine").ok());
  const std::string former = directory_ + "/archives/" + Sha256Hex("me");
  std::filesystem::create_directory(former);
  std::ofstream(former + "/" + Digest('b').substr(7) + ".tgz") << "older";
  Open();
  EXPECT_TRUE(Pin('b', "unix:me").ok());
  EXPECT_TRUE(Pin('b', "tls:me").ok());
  EXPECT_TRUE(HasReason(Pin('b', "unix:you"), Reason::kChartNotUploaded));
  EXPECT_TRUE(HasReason(Pin('a', "tls:me"), Reason::kChartNotUploaded));
  EXPECT_TRUE(HasReason(Pin('a', "tls:unix:me"), Reason::kChartNotUploaded));
}

TEST_F(ArchivesTest, WhatIsPinnedAtTheStartIsKeptHoweverOldItIs) {
  ASSERT_TRUE(Put('a', "me", "a").ok());
  ASSERT_TRUE(Put('b', "me", "b").ok());
  clock_.Pass(absl::Hours(48));
  Open();
  std::shared_ptr<void> pin;
  ASSERT_TRUE(archives_->Pin(Digest('a'), {"me"}, &pin).ok());
  archives_->Expire();
  EXPECT_TRUE(Pin('a', "me").ok());
  EXPECT_TRUE(HasReason(Pin('b', "me"), Reason::kChartNotUploaded));
}

TEST_F(ArchivesTest, WhatNoRunNeedsMakesRoomTheLeastRecentlyNeededFirst) {
  const std::string large(40 << 10, 'x');
  for (const char digest : {'a', 'b'}) {
    ASSERT_TRUE(Put(digest, "me", large).ok());
    ASSERT_TRUE(Put(digest, "you", large).ok());
    clock_.Pass(absl::Minutes(1));
  }
  ASSERT_TRUE(Pin('a', "me").ok()) << "needed since";
  clock_.Pass(absl::Minutes(1));
  ASSERT_TRUE(Put('c', "me", large).ok());
  EXPECT_TRUE(HasReason(Pin('b', "me"), Reason::kChartNotUploaded));
  EXPECT_TRUE(Pin('a', "me").ok());
  EXPECT_TRUE(Pin('c', "me").ok());
  EXPECT_TRUE(Pin('a', "you").ok());
  EXPECT_TRUE(Pin('b', "you").ok());
  Open();
  EXPECT_TRUE(HasReason(Pin('b', "me"), Reason::kChartNotUploaded)) << "its file is gone too";
}

TEST_F(ArchivesTest, WhatRunsNeedStaysAndTheUploadIsRefused) {
  const std::string large(40 << 10, 'x');
  std::shared_ptr<void> pins[2];
  ASSERT_TRUE(Put('a', "me", large).ok());
  ASSERT_TRUE(archives_->Pin(Digest('a'), {"me"}, &pins[0]).ok());
  ASSERT_TRUE(Put('b', "me", large).ok());
  ASSERT_TRUE(archives_->Pin(Digest('b'), {"me"}, &pins[1]).ok());
  EXPECT_TRUE(HasReason(Put('c', "me", large), Reason::kCallerLimit));
  EXPECT_TRUE(Put('a', "me", large).ok()) << "it has that one already";
  pins[0].reset();
  EXPECT_TRUE(Put('c', "me", large).ok());
  EXPECT_TRUE(HasReason(Put('d', "me", std::string(200 << 10, 'x')), Reason::kUploadTooLarge));
}

TEST_F(ArchivesTest, SmallArchivesCountToo) {
  for (const char digest : {'1', '2', '3', '4', '5', '6', '7', '8'})
    ASSERT_TRUE(Put(digest, "me", "x").ok());
  EXPECT_TRUE(HasReason(Pin('1', "me"), Reason::kChartNotUploaded));
  EXPECT_TRUE(Pin('8', "me").ok());
}

TEST_F(ArchivesTest, ArchivesOutliveTheDaemon) {
  ASSERT_TRUE(Put('a', "me", "chart").ok());
  Open();
  EXPECT_TRUE(Pin('a', "me").ok());
}

}  // namespace
}  // namespace wheelhouse::store
