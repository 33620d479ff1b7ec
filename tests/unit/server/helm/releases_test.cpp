#include "server/helm/releases.h"

#include <gtest/gtest.h>

namespace wheelhouse::helm {
namespace {

TEST(ReleaseRecordTest, TheWordThatRemovesALabelIsNoValueOfIt) {
  ReleaseRecord record;
  record.revision = 1;
  record.labels = {{kRevisionLabel, "1"}, {kVerdictLabel, kRemovesLabel}};
  EXPECT_EQ(record.OurLabel(kVerdictLabel), "");
  record.labels[kVerdictLabel] = kVerdictBad;
  EXPECT_EQ(record.OurLabel(kVerdictLabel), kVerdictBad);
}

TEST(ReleaseRecordTest, LabelsThatHelmHasCopiedDoNotCount) {
  ReleaseRecord record;
  record.revision = 2;
  record.labels = {{kRevisionLabel, "1"}, {kVerdictLabel, kVerdictBad}};
  EXPECT_EQ(record.OurLabel(kVerdictLabel), "");
}

}  // namespace
}  // namespace wheelhouse::helm
