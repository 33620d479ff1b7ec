#include <gtest/gtest.h>
#include <sys/stat.h>

#include "common/failure.h"
#include "server/helm/archive/pack.h"
#include "server/helm/archive/unpack.h"
#include "tests/unit/fakes/gzip.h"
#include "tests/unit/fakes/test_folder.h"
#include "tests/unit/server/helm/archive/raw_tar.h"
#include "tests/unit/server/helm/real_parts.h"

namespace wheelhouse::helm {
namespace {

const ChartLimits kLimits = {20 << 20, 100 << 20, 10000};

const std::string kMagic(
    "ustar\0"
    "00",
    8);
const std::string kChartYaml = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

// The entries of a chart with one template, which says whose it is.
std::string ChartOf(const std::string& who) {
  return Raw({"web/Chart.yaml", kChartYaml}) + Raw({"web/templates/a.yaml", "kind: " + who + "\n"});
}

class Archives : public testing::Test {
 protected:
  absl::StatusOr<UnpackedChart> Unpack(const std::string& packed,
                                       const ChartLimits& limits = kLimits) {
    return UnpackChart(folder_.Write("chart.tgz", packed), limits);
  }
  // Why the entries, in a chart's archive, are refused.
  std::string Refusal(const std::string& entries, const std::string& after = "") {
    const absl::Status status =
        Unpack(Gzip(ChartOf("Web") + entries + EndOfTar() + after)).status();
    return HasReason(status, Reason::kChartInvalid) ? std::string(status.message())
                                                    : "not refused: " + status.ToString();
  }
  std::string Template(const std::string& archive) {
    return Output({HelmBinary(4), "template", "r", archive, "--namespace", "shop"});
  }
  // That helm renders the archive as the one that is packed anew.
  void ExpectOneChart(const std::string& packed) {
    const auto unpacked = Unpack(packed);
    ASSERT_TRUE(unpacked.ok()) << unpacked.status();
    const std::string anew = folder_.path() + "/anew.tgz";
    ASSERT_TRUE(PackChart(unpacked->tree, anew).ok());
    EXPECT_EQ(Template(folder_.path() + "/chart.tgz"), Template(anew));
  }

  TestFolder folder_;
};

#define EXPECT_SAYS(text, part) EXPECT_PRED_FORMAT2(testing::IsSubstring, part, text)

// To libarchive the README is a folder, and the rest is a chart; to Go its data are entries.
TEST_F(Archives, WithDataBehindTheNameOfAFolderAreRefused) {
  EXPECT_SAYS(Refusal(Raw({"web/README.md/", ChartOf("Other")})), "web/README.md/");
  EXPECT_SAYS(Refusal(Raw({"web/folder/", "data", '5'})),
              "web/folder/ is a folder with the data of a file");
}

TEST_F(Archives, WithTwoSizesOrNamesForAnEntryAreRefused) {
  const RawEntry file = {"web/x", "data"};
  EXPECT_SAYS(Refusal(Raw({"x", Record("size", "512"), 'x'}) + Raw(file)), "web/x has two sizes");
  EXPECT_SAYS(
      Refusal(Raw({"x", Record("path", "web/y") + Record("path", "web/z"), 'x'}) + Raw(file)),
      "two names");
  EXPECT_SAYS(Refusal(Raw({"x", Record("path", "web/y"), 'x'}) +
                      Raw({"l", std::string("web/z\0", 6), 'L'}) + Raw(file)),
              "several extended headers");
  EXPECT_SAYS(Refusal(Raw({"g", Record("path", "web/y"), 'g'}) + Raw(file)), "all entries");
  EXPECT_SAYS(Refusal(Raw(file) + Raw(file)), "web/x appears twice");
  EXPECT_SAYS(Refusal(Raw(file) + Raw({"web/x/y", "data"})), "both a file and a folder");
  EXPECT_SAYS(Refusal(Raw({"x", Record("path", "web/y"), 'x'})), "ends with an extended header");
}

TEST_F(Archives, WithNamesThatEndEarlyAreRefused) {
  EXPECT_SAYS(Refusal(Raw({std::string("web/a\0b", 7), "data"})), "zero byte");
  EXPECT_SAYS(
      Refusal(Raw({"x", Record("path", std::string("web/a\0b", 7)), 'x'}) + Raw({"web/c", ""})),
      "zero byte");
  EXPECT_SAYS(Refusal(Raw({"l", std::string("web/a\0b\0", 8), 'L'}) + Raw({"web/c", ""})),
              "zero byte");
  EXPECT_SAYS(Refusal(Raw({"web/\xff", ""})), "not UTF-8");
  EXPECT_SAYS(Refusal(Raw({"", "data"})), "empty");
  EXPECT_SAYS(Refusal(Raw({"l", "web/" + std::string(4093, 'n'), 'L'}) + Raw({"web/c", ""})),
              "longer than 4096 bytes");
  EXPECT_SAYS(
      Refusal(Raw({"x", Record("comment", std::string(300 << 10, 'c')), 'x'}) + Raw({"web/c", ""})),
      "an extended header is too large");
}

TEST_F(Archives, OfSparseFilesAndOtherFormatsAreRefused) {
  EXPECT_SAYS(Refusal(Raw({"x", Record("GNU.sparse.realsize", "9"), 'x'}) + Raw({"web/s", ""})),
              "GNU.sparse.realsize");
  EXPECT_SAYS(
      Refusal(Raw({"x", Record("hdrcharset", "ISO-IR 8859 1 1998"), 'x'}) + Raw({"web/s", ""})),
      "hdrcharset");
  const std::string gnu("ustar  \0", 8);
  EXPECT_SAYS(Refusal(Raw({"web/s", "", '0', gnu, "", std::string(50, '\0') + "00000000001"})),
              "sparse file");
  EXPECT_SAYS(Refusal(Raw({"web/s", "", '0', kMagic, "", std::string(163, '\0') + "tar"})),
              "not of the formats");
  EXPECT_SAYS(Refusal(Raw({"web/s", "", '0', "pax3"})), "not of the formats");
  for (const char type : {'1', '2', '3', '4', '6', '7', 'S', 'K', 'V', 'M', 'X', 'A'})
    EXPECT_SAYS(Refusal(Raw({"web/s", "", type})), "web/s is not a plain file");
}

TEST_F(Archives, WithNumbersThatReadersTakeDifferentlyAreRefused) {
  for (const std::string& size :
       {std::string("4 4"),
        std::string("\0"
                    "4",
                    2),
        std::string("-4"), std::string("0x4"), std::string("\x80\0\0\0\0\0\0\0\0\0\0\4", 12),
        std::string("777777777777")}) {
    const absl::Status status =
        Unpack(Gzip(ChartOf("Web") + Raw({"web/n", "data", '0', kMagic, size}) + EndOfTar()))
            .status();
    EXPECT_FALSE(status.ok()) << size;
  }
  std::string damaged = Raw({"web/n", "data"});
  damaged[0] = 'v';
  EXPECT_SAYS(Refusal(damaged), "bad checksum");
}

TEST_F(Archives, WithAnythingBehindTheirEndAreRefused) {
  EXPECT_SAYS(Refusal("", ChartOf("Other")), "something follows the end");
  const std::string packed = Gzip(ChartOf("Web") + EndOfTar());
  EXPECT_SAYS(std::string(Unpack(packed + Gzip(ChartOf("Other"))).status().message()),
              "something follows the end");
  EXPECT_FALSE(Unpack(packed + "garbage").ok());
  EXPECT_FALSE(Unpack(packed.substr(0, packed.size() - 1)).ok());
  EXPECT_SAYS(Refusal(std::string(512, '\0') + Raw({"web/x", "data"})),
              "something follows the end");
}

TEST_F(Archives, ThatEveryReaderTakesAlikeAreTaken) {
  const std::string end = EndOfTar();
  ExpectOneChart(Gzip(ChartOf("Web") + end));
  ExpectOneChart(Gzip(ChartOf("Web")));  // without its end
  ExpectOneChart(Gzip(ChartOf("Web")) + Gzip(Raw({"web/templates/b.yaml", "kind: B\n"}) + end));
  ExpectOneChart(Gzip(Raw({"g", Record("comment", "of git archive"), 'g'}) + ChartOf("Web") + end));
  const std::string v7(8, '\0'), name = "web/templates/" + std::string(150, 'n') + ".yaml";
  ExpectOneChart(
      Gzip(ChartOf("Web") + Raw({"web/templates/7.yaml", "kind: V7\n", '\0', v7}) + end));
  ExpectOneChart(Gzip(ChartOf("Web") +
                      Raw({"x", Record("path", name) + Record("mtime", "1.5"), 'x'}) +
                      Raw({"web/short", "kind: Long\n"}) + end));
  ExpectOneChart(Gzip(ChartOf("Web") + Raw({"l", name + std::string(1, '\0'), 'L'}) +
                      Raw({"web/short", "kind: Long\n"}) + end));
  ExpectOneChart(
      Gzip(ChartOf("Web") + Raw({"p.yaml", "kind: P\n", '0', kMagic, "", "web/templates"}) + end));
  ExpectOneChart(Gzip(ChartOf("Web") + Raw({"web/Templates/A.yaml", "kind: Case\n"}) + end));
}

TEST_F(Archives, AreTheSameWhenPackedAnew) {
  const std::string sub =
      Gzip(Raw({"sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n"}) +
           Raw({"sub/templates/é.yaml", "kind: Sub\n"}) + EndOfTar());
  const std::string packed = Gzip(ChartOf("Web") + Raw({"web/charts/sub-1.0.0.tgz", sub}) +
                                  Raw({"web/charts/_off.tgz", "not an archive"}) +
                                  Raw({"web/files/other.tgz", "not an archive"}) + EndOfTar());
  ExpectOneChart(packed);
  const auto first = UnpackChart(folder_.path() + "/anew.tgz", kLimits);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->tree.archives.at("charts/sub-1.0.0.tgz").files.at("templates/é.yaml").content,
            "kind: Sub\n");
  EXPECT_EQ(first->tree.files.at("files/other.tgz").content, "not an archive");
  const std::string again = folder_.path() + "/again.tgz";
  ASSERT_TRUE(PackChart(first->tree, again).ok());
  const auto second = UnpackChart(again, kLimits);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->digest, second->digest);
  struct stat file{};
  ASSERT_EQ(stat(again.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
}

TEST_F(Archives, HideNothingInSubcharts) {
  const std::string two_faced = Gzip(Raw({"sub/README/", ChartOf("Other")}) + ChartOf("Web"));
  EXPECT_SAYS(Refusal(Raw({"web/charts/sub.tgz", two_faced})), "reading charts/sub.tgz");
}

// 20 GB of zeros fit into 20 MB.
TEST_F(Archives, AreNotUnpackedBeyondTheirBounds) {
  const ChartLimits limits = {1 << 20, 1 << 20, 10};
  const auto refused = [&](const std::string& tar) {
    return HasReason(Unpack(Gzip(tar), limits).status(), Reason::kChartTooLarge);
  };
  EXPECT_TRUE(refused(ChartOf("Web") + EndOfTar() + std::string(3 << 20, '\0')));
  EXPECT_TRUE(refused(ChartOf("Web") + Raw({"web/x", std::string(2 << 20, 'x')})));
  std::string headers = ChartOf("Web");
  for (int i = 0; i < 5000; ++i) headers += Raw({"g", Record("comment", "x"), 'g'});
  EXPECT_TRUE(refused(headers));
}

}  // namespace
}  // namespace wheelhouse::helm
