#include "client/cli/plan/chart_packer.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/utf8_locale.h"

namespace wheelhouse::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ChartPacker : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(top_);
    Write("Chart.yaml", "name: web\n");
  }
  void TearDown() override { fs::remove_all(top_); }

  void Write(const std::string& path, const std::string& text = "x") {
    fs::create_directories((chart_ / path).parent_path());
    std::ofstream(chart_ / path) << text;
  }

  // Path below the archive's root -> its content, `*` in front when it is executable.
  std::map<std::string, std::string> Packed() {
    const Utf8Locale locale;
    std::map<std::string, std::string> files;
    const auto bytes = PackChart(chart_.string());
    EXPECT_TRUE(bytes.ok()) << bytes.status();
    if (!bytes.ok()) return files;
    archive* reader = archive_read_new();
    archive_read_support_filter_gzip(reader);
    archive_read_support_format_tar(reader);
    EXPECT_EQ(archive_read_open_memory(reader, bytes->data(), bytes->size()), ARCHIVE_OK);
    archive_entry* entry = nullptr;
    while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
      std::string content(static_cast<size_t>(archive_entry_size(entry)), 0);
      archive_read_data(reader, content.data(), content.size());
      const std::string path = archive_entry_pathname(entry);
      EXPECT_EQ(path.substr(0, 6), "chart/");
      files[path.substr(6)] = ((archive_entry_perm(entry) & S_IXUSR) != 0 ? "*" : "") + content;
    }
    archive_read_free(reader);
    return files;
  }

  std::string Error() {
    const auto bytes = PackChart(chart_.string());
    EXPECT_EQ(bytes.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(bytes.status().message());
  }

  const fs::path top_ = fs::path(::testing::TempDir()) / "chart_packer_test";
  const fs::path chart_ = top_ / "chart";
};

TEST_F(ChartPacker, PacksWhatHelmignoreLeavesIn) {
  Write(".helmignore", "*.md\nci/\n");
  Write("README.md");
  Write("ci/values.yaml");
  Write("templates/a.yaml", "a");
  Write("templates/.hidden");
  const std::map<std::string, std::string> expected = {
      {".helmignore", "*.md\nci/\n"}, {"Chart.yaml", "name: web\n"}, {"templates/a.yaml", "a"}};
  EXPECT_EQ(Packed(), expected);
}

TEST_F(ChartPacker, TheSameContentIsTheSameBytesAndExecutableBitsAreKept) {
  Write("files/run.sh", "#!");
  fs::permissions(chart_ / "files/run.sh", fs::perms::owner_all);
  const auto first = PackChart(chart_.string());
  fs::last_write_time(chart_ / "Chart.yaml", fs::file_time_type::clock::now());
  EXPECT_EQ(*first, *PackChart(chart_.string()));
  EXPECT_EQ(Packed()["files/run.sh"], "*#!");
}

TEST_F(ChartPacker, NamesAreUtf8WhateverTheLocaleIs) {
  ASSERT_STREQ(setlocale(LC_ALL, nullptr), "C");
  Write("files/größe.json");
  EXPECT_EQ(Packed().count("files/größe.json"), 1U);
  Write(
      "files/gr\xf6\xdf"
      "e.json");
  EXPECT_THAT(Error(), testing::HasSubstr("cannot be packed"));
}

TEST_F(ChartPacker, LinksWithinTheChartAreFollowed) {
  Write("shared/a.yaml", "a");
  fs::create_directories(chart_ / "templates");
  fs::create_symlink("../shared/a.yaml", chart_ / "templates/b.yaml");
  fs::create_directory_symlink("../shared", chart_ / "templates/all");
  const auto packed = Packed();
  EXPECT_EQ(packed.at("templates/b.yaml"), "a");
  EXPECT_EQ(packed.at("templates/all/a.yaml"), "a");
}

TEST_F(ChartPacker, LinksOutOfTheChartAreRefusedUnlessIgnored) {
  std::ofstream(top_ / "secret") << "s";
  fs::create_symlink("../secret", chart_ / "stolen");
  EXPECT_THAT(Error(), AllOf(HasSubstr("chart/stolen is a symbolic link out of the chart"),
                             HasSubstr((fs::canonical(top_) / "secret").string())));
  Write(".helmignore", "stolen\n");
  EXPECT_EQ(Packed().count("stolen"), 0U);
}

TEST_F(ChartPacker, AFolderBesideWithTheSameBeginningIsOutside) {
  fs::create_directories(top_ / "chart-secrets");
  std::ofstream(top_ / "chart-secrets/a") << "s";
  fs::create_directory_symlink("../chart-secrets", chart_ / "b");
  EXPECT_THAT(Error(), HasSubstr("out of the chart"));
}

TEST_F(ChartPacker, LinksThatLeadBackOrNowhereAreRefused) {
  fs::create_directories(chart_ / "a");
  fs::create_directory_symlink("..", chart_ / "a/up");
  EXPECT_THAT(Error(), HasSubstr("to a folder above it"));
  fs::remove(chart_ / "a/up");
  fs::create_symlink("nothing", chart_ / "a/dangling");
  EXPECT_THAT(Error(), HasSubstr("is a broken symbolic link"));
}

TEST_F(ChartPacker, WhatIsNoFileIsRefused) {
  ASSERT_EQ(mkfifo((chart_ / "pipe").c_str(), 0600), 0);
  EXPECT_THAT(Error(), HasSubstr("pipe is neither a file nor a folder"));
}

TEST_F(ChartPacker, AnArchiveHasItsProvenanceFileBesideIt) {
  const std::string archive = (top_ / "web-1.0.0.tgz").string();
  std::ofstream(archive) << "archive";
  EXPECT_EQ(*ProvenanceOf(archive), "");
  std::ofstream(archive + ".prov") << "signed";
  EXPECT_EQ(*ProvenanceOf(archive), "signed");
  std::ofstream(chart_.string() + ".prov") << "signed";
  EXPECT_EQ(*ProvenanceOf(chart_.string()), "");  // what is packed here has no signature
  std::ofstream(archive + ".prov") << std::string((512 << 10) + 1, 'x');
  EXPECT_THAT(std::string(ProvenanceOf(archive).status().message()),
              HasSubstr("web-1.0.0.tgz.prov"));
}

TEST_F(ChartPacker, ErrorsNameThePath) {
  EXPECT_THAT(std::string(PackChart((top_ / "none").string()).status().message()),
              HasSubstr("there is no chart at"));
  fs::remove(chart_ / "Chart.yaml");
  EXPECT_THAT(Error(), HasSubstr("has no Chart.yaml"));
  Write("Chart.yaml");
  Write(".helmignore", "ok\na**\n");
  EXPECT_THAT(Error(), HasSubstr(".helmignore line 2: helm does not support **"));
}

}  // namespace
}  // namespace wheelhouse::cli
