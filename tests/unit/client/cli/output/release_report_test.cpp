#include "client/cli/output/release_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace wheelhouse::cli {
namespace {

using testing::ContainsRegex;

TEST(PrintReleases, SaysWhatIsLockedAndWhatWasFound) {
  v1::ListReleasesResponse releases;
  v1::Release* one = releases.add_releases();
  one->set_namespace_("shop");
  one->set_name("web");
  one->set_locked(true);
  one->mutable_newest()->set_revision(3);
  one->mutable_newest()->set_status("pending-upgrade");
  one->mutable_newest()->set_run_id("r1");
  std::ostringstream out;
  PrintReleases(releases, absl::UnixEpoch(), absl::UTCTimeZone(), out);
  EXPECT_THAT(out.str(), ContainsRegex("shop +web +3 +pending-upgrade \\(locked\\) .*r1\n"));
}

TEST(PrintRevisions, OneRowForEach) {
  v1::ListRevisionsResponse revisions;
  v1::Revision* one = revisions.add_revisions();
  one->set_revision(2);
  one->set_status("deployed");
  one->set_chart_name("web");
  one->set_chart_version("1.2.3");
  one->set_verdict(v1::VERDICT_BAD);
  one->set_description("Upgrade complete");
  std::ostringstream out;
  PrintRevisions(revisions, absl::UnixEpoch(), absl::UTCTimeZone(), out);
  EXPECT_THAT(out.str(), ContainsRegex("2 +deployed .*web 1.2.3 .*bad .*Upgrade complete\n"));
}

}  // namespace
}  // namespace wheelhouse::cli
