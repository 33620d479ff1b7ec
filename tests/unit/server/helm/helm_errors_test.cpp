#include "server/helm/helm_errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/failure.h"
#include "tests/unit/server/helm/measured_errors.h"

namespace wheelhouse::helm {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

absl::Status ErrorOf(const std::string& text, const std::string& verb = "upgrade",
                     const Redactor& redactor = Redactor()) {
  ProcessResult result;
  result.exit_code = 1;
  result.err = text;
  return HelmError(verb, "helm " + verb + " demo/web", result, redactor);
}

TEST(HelmErrors, EveryMeasuredTextHasItsReasonAndDetails) {
  for (const Measured& row : kMeasured) {
    SCOPED_TRACE(std::string(row.version) + " " + row.verb + ": " + row.text);
    const v1::Failure failure = FailureOf(ErrorOf(row.text, row.verb));
    EXPECT_EQ(failure.reason(), InfoOf(row.reason).name);
    std::map<std::string, std::string> details(failure.details().begin(), failure.details().end());
    EXPECT_EQ(details, row.details);
    EXPECT_EQ(failure.helm_output(), row.text);
  }
}

TEST(HelmErrors, TheMessageIsTheLastErrorOnOneLine) {
  const std::string text =
      "level=WARN msg=\"upgrade failed\" error=\"...\"\n"
      "Error: UPGRADE FAILED: pre-upgrade hooks failed: 1 error occurred:\n"
      "\t* job web-migrate failed: BackoffLimitExceeded\n\n\n";
  EXPECT_EQ(FailureOf(ErrorOf(text)).message(),
            "helm upgrade demo/web: pre-upgrade hooks failed: job web-migrate failed: "
            "BackoffLimitExceeded");
}

TEST(HelmErrors, WarningsBeforeTheErrorDecideNothing) {
  const std::string warning =
      "level=WARN msg=\"another operation (install/upgrade/rollback) is in progress\" x=\"Error: "
      "y\"\n"
      "W1124 Warning: secrets is forbidden: User \"x\"\n";
  EXPECT_TRUE(
      HasReason(ErrorOf(warning + "Error: context deadline exceeded\n"), Reason::kNotReady));
  EXPECT_TRUE(HasReason(ErrorOf(warning), Reason::kHelmFailed));
}

TEST(HelmErrors, WhatAChartSaysIsNotTakenForHelmsWords) {
  for (const char* words : {"another operation (install/upgrade/rollback) is in progress",
                            "Apply failed with 1 conflict", "x509: certificate has expired",
                            "context deadline exceeded"}) {
    EXPECT_TRUE(HasReason(
        ErrorOf(std::string("Error: execution error at (web/templates/x.yaml:1:3): ") + words),
        Reason::kValuesInvalid))
        << words;
  }
}

TEST(HelmErrors, AHookThatCannotBeCreatedIsAFailedHook) {
  const absl::Status status = ErrorOf(
      "Error: UPGRADE FAILED: pre-upgrade hooks failed: warning: Hook pre-upgrade "
      "web/templates/hook.yaml failed: "
      "jobs.batch \"web\" is forbidden: exceeded quota: q");
  EXPECT_TRUE(HasReason(status, Reason::kHookFailed));
  EXPECT_FALSE(FailureOf(status).details().contains("job"));
}

TEST(HelmErrors, AConflictWithTwoManagersNamesTheFirst) {
  const absl::Status status = ErrorOf(
      "Error: conflict occurred while applying object demo/web apps/v1, Kind=Deployment: Apply "
      "failed with 2 "
      "conflicts: conflict with \"eks\" using apps/v1: .spec.replicas\nconflict with "
      "\"kubectl-edit\": .spec.paused");
  EXPECT_EQ(FailureOf(status).details().at("manager"), "eks");
  EXPECT_EQ(FailureOf(status).details().at("field"), ".spec.replicas");
}

TEST(HelmErrors, AKilledHelmIsSaidToBeKilled) {
  ProcessResult killed;
  killed.exit_code = 137;
  killed.signal = 9;
  const v1::Failure failure =
      FailureOf(HelmError("upgrade", "helm upgrade demo/web", killed, Redactor()));
  EXPECT_EQ(failure.reason(), "HELM_FAILED");
  EXPECT_EQ(failure.message(),
            "helm upgrade demo/web: helm was killed by signal 9; did it run out of memory?");
}

TEST(HelmErrors, LongTextsAreCutBetweenCharactersAndLines) {
  std::string ship = "Error: ";
  for (int i = 0; i < 2000; ++i) ship += "\xE2\x9B\xB5";  // of three bytes
  const v1::Failure failure = FailureOf(ErrorOf(ship));
  EXPECT_THAT(failure.message(), EndsWith("\xE2\x9B\xB5..."));
  EXPECT_LT(failure.message().size(), 700u);
  EXPECT_LE(failure.helm_output().size(), 4u << 10);

  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "level=WARN msg=x\n";
  EXPECT_THAT(FailureOf(ErrorOf(lines + "Error: y\n")).helm_output(),
              StartsWith("level=WARN msg=x\n"));
}

// A cut first would leave halves of secrets that no redactor knows.
TEST(HelmErrors, SecretsAreMaskedBeforeAnythingIsCut) {
  const std::string secret(100, 'S');
  for (size_t before : {540u, 560u, 3990u, 4000u, 4050u}) {
    const std::string text = "Error: " + std::string(before, 'x') + secret + std::string(4050, 'y');
    const v1::Failure failure = FailureOf(ErrorOf(text, "upgrade", Redactor({secret})));
    EXPECT_THAT(failure.message(), Not(HasSubstr("S")));
    EXPECT_THAT(failure.helm_output(), Not(HasSubstr("S")));
  }
}

}  // namespace
}  // namespace wheelhouse::helm
