#include "server/helm/record_size.h"

#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/failure.h"

namespace wheelhouse::helm {
namespace {

using testing::HasSubstr;

// Of bytes that gzip cannot make smaller.
std::string Random(size_t size) {
  std::mt19937 random(1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

size_t Packed(const std::string& path, const std::string& content) {
  ChartInRecord chart;
  chart.Add(path, content);
  return chart.Finish().packed;
}

// Go 1.26 makes 803449 bytes of the base64 of 800000 random ones.
TEST(RecordSizeTest, RandomBytesStayAsManyAsHelmsOwnGzipLeaves) {
  const size_t packed = Packed("files/a.bin", Random(800000));
  EXPECT_GT(packed, 790000u);
  EXPECT_LT(packed, 810000u);
}

TEST(RecordSizeTest, CountsWhatHelmKeepsOfAChart) {
  const std::string large = Random(300000);
  for (const char* path :
       {"templates/a.yaml", "crds/a.yaml", "files/a", "README.md", "values.schema.json"})
    EXPECT_GT(Packed(path, large), 290000u) << path;
  for (const char* path : {"charts/sub/templates/a.yaml", "charts/sub.tgz", "values.yaml"})
    EXPECT_EQ(Packed(path, large), 0u) << path;
  EXPECT_EQ(Packed("templates/a.yaml", "small"), 0u);
}

TEST(RecordSizeTest, WhatIsRepeatedIsSmall) {
  EXPECT_LT(Packed("files/a", std::string(20 << 20, 'a')), 100000u);
}

TEST(RecordSizeTest, CountsTheHighestValuesWithoutComments) {
  v1::ChartInfo info;
  EXPECT_EQ(PackedValues(info), 0u);
  std::string hex;
  for (const char byte : Random(200000))
    absl::StrAppend(&hex, absl::Hex(byte & 0xff, absl::kZeroPad2));
  v1::ValuesFile* file = info.add_values_files();
  file->set_content(absl::StrCat("# ", hex, "\na: b\n"));
  EXPECT_LT(PackedValues(info), 1000u);
  file->set_content(absl::StrCat("a: [x", hex, "]\n"));
  EXPECT_GT(PackedValues(info), 190000u);
  info.add_yaml_files_content()->set_content("a: c\n");
  EXPECT_EQ(PackedValues(info), 0u);
}

TEST(RecordSizeTest, RefusesWhatFitsPackedButIsNeverReadAgain) {
  const auto check = [](ChartInRecord& chart, size_t manifest = 0) {
    const InRecord in = chart.Finish();
    EXPECT_LT(in.packed, 1u << 20);
    return CheckRecordFits({.chart = in.packed, .unpacked = in.unpacked + manifest});
  };
  ChartInRecord fits, elsewhere, too_large;
  fits.Add("files/a", std::string(20 << 20, 'x'));
  elsewhere.Add("charts/sub/files/a", std::string(22 << 20, 'x'));
  too_large.Add("files/a", std::string(22 << 20, 'x'));
  EXPECT_TRUE(check(fits).ok());
  EXPECT_TRUE(check(elsewhere).ok()) << "not recorded";
  EXPECT_FALSE(check(elsewhere, 29 << 20).ok()) << "by its manifest";
  const absl::Status refused = check(too_large);
  EXPECT_TRUE(HasReason(refused, Reason::kChartTooLarge));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("unpack to 29 MiB or more"));
}

TEST(RecordSizeTest, RefusesWhatCertainlyDoesNotFitAndNamesItsParts) {
  EXPECT_TRUE(CheckRecordFits({786432, 0, 0}).ok());
  EXPECT_TRUE(CheckRecordFits({400000, 200000, 186000}).ok());
  const absl::Status refused = CheckRecordFits({800000, 0, 60000});
  EXPECT_TRUE(HasReason(refused, Reason::kChartTooLarge));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("would take 1.1 MiB"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("files take 1.0 MiB of it"));
  EXPECT_THAT(FailureOf(refused).hint(), HasSubstr(".helmignore"));
}

}  // namespace
}  // namespace wheelhouse::helm
