#include "client/cli/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Program : public ::testing::Test {
 protected:
  int Run(std::vector<std::string> arguments) {
    out.str("");
    errors.str("");
    return RunProgram(std::move(arguments), out, errors);
  }
  std::ostringstream out, errors;
};

TEST_F(Program, WithoutArgumentsShowsItsHelpAsAnError) {
  EXPECT_EQ(Run({}), kExitUsage);
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(errors.str(), HasSubstr("Exit codes:"));
}

TEST_F(Program, HelpIsWhatWasAskedFor) {
  EXPECT_EQ(Run({"deploy", "--help"}), kExitDone);
  EXPECT_THAT(out.str(), HasSubstr("Install or upgrade one chart"));
  EXPECT_EQ(errors.str(), "");
}

TEST_F(Program, AMistakeNamesTheNearestAndHowToGetHelp) {
  EXPECT_EQ(Run({"runs", "lst"}), kExitUsage);
  EXPECT_EQ(errors.str(),
            "wheelhouse: unknown command lst; did you mean list?\n"
            "wheelhouse runs --help shows the usage\n");
  EXPECT_EQ(Run({"deploy", "\xff"}), kExitUsage);
  EXPECT_THAT(errors.str(), StartsWith("wheelhouse: this argument is not UTF-8: \\xff"));
}

TEST_F(Program, WritesWhereItIsToldTo) {
  EXPECT_EQ(Run({"completion", "bash"}), kExitDone);
  EXPECT_THAT(out.str(), HasSubstr("complete -o default -F _wheelhouse wheelhouse"));
  EXPECT_EQ(Run({"--server", "unix:///nowhere", "runs", "get", "01a"}), kExitNoAccess);
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(errors.str(), StartsWith("wheelhouse: no connection to unix:///nowhere: "));
}

TEST_F(Program, AGroupOfCommandsAloneLists) {
  for (const std::string group : {"hooks", "plans", "profiles", "runs"}) {
    for (const std::vector<std::string>& rest :
         {std::vector<std::string>(), std::vector<std::string>{"list"}}) {
      std::vector<std::string> arguments = {"--server", "unix:///nowhere", group};
      arguments.insert(arguments.end(), rest.begin(), rest.end());
      EXPECT_EQ(Run(arguments), kExitNoAccess) << group;
      EXPECT_THAT(errors.str(), StartsWith("wheelhouse: no connection to unix:///nowhere: "));
    }
  }
  // Once: the arguments of another one are missing.
  EXPECT_EQ(Run({"--server", "unix:///nowhere", "runs", "get"}), kExitUsage);
  EXPECT_EQ(Run({"hooks", "lst"}), kExitUsage);
  EXPECT_THAT(errors.str(), HasSubstr("did you mean list?"));
}

}  // namespace
}  // namespace wheelhouse::cli
