#include "server/charts/chart_finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure.h"
#include "tests/unit/fakes/fake_archives.h"
#include "tests/unit/fakes/fake_processes.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::charts {
namespace {

using testing::HasSubstr;

v1::ResolveChartRequest Asking(const std::string& url, const std::string& version = "") {
  v1::ResolveChartRequest request;
  auto* repository = request.mutable_source()->mutable_repository();
  repository->set_url(url);
  repository->set_name("web");
  repository->set_version(version);
  return request;
}

class ChartFinderTest : public testing::Test {
 protected:
  const TestFolder temp_;
  helm::FakeArchives archives_;
  const outgoing::ChartSources sources_ =
      *outgoing::ChartSources::Make({{.url = "http://127.0.0.1:1", .networks = {"127.0.0.0/8"}}});
  FakeProcesses processes_;
  const signatures::Verifier verifier_{{"gpgv", temp_.path(), processes_}};
  ChartFinder finder_{{sources_, archives_, temp_.path(), verifier_}};
};

TEST_F(ChartFinderTest, WhatIsNoSourceIsNamed) {
  const auto wrong = finder_.Resolve(Asking("ftp://127.0.0.1:1", "newest"));
  ASSERT_TRUE(HasReason(wrong.status(), Reason::kPlanInvalid)) << wrong.status();
  std::vector<std::string> fields;
  for (const FieldViolation& violation : ViolationsOf(wrong.status()))
    fields.push_back(violation.field);
  EXPECT_THAT(fields,
              testing::UnorderedElementsAre("source.repository.url", "source.repository.version"));
  EXPECT_TRUE(HasReason(finder_.Resolve({}).status(), Reason::kPlanInvalid));
  v1::ResolveChartRequest uploaded;
  uploaded.mutable_source()->set_archive_digest("sha256:" + std::string(64, 'a'));
  EXPECT_TRUE(HasReason(finder_.Resolve(uploaded).status(), Reason::kPlanInvalid));
}

TEST_F(ChartFinderTest, OnlyWhatTheOperatorAllowsIsAsked) {
  const auto elsewhere = finder_.Resolve(Asking("https://charts.example")).status();
  EXPECT_TRUE(HasReason(elsewhere, Reason::kSourceNotAllowed)) << elsewhere;
  const auto closed = finder_.Resolve(Asking("http://127.0.0.1:1")).status();
  EXPECT_TRUE(HasReason(closed, Reason::kRepositoryUnavailable)) << closed;
}

TEST_F(ChartFinderTest, NothingIsAskedOnceTheDaemonEnds) {
  finder_.Stop();
  const auto stopped = finder_.Resolve(Asking("http://127.0.0.1:1")).status();
  EXPECT_TRUE(HasReason(stopped, Reason::kShuttingDown)) << stopped;
}

}  // namespace
}  // namespace wheelhouse::charts
