#include "client/cli/commands/completion/completion_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wheelhouse::cli {
namespace {

using ::testing::HasSubstr;

class CompletionScript : public ::testing::Test {
 protected:
  void SetUp() override {
    app.set_help_flag();
    app.add_option("--server", text);
    CLI::App* deploy = app.add_subcommand("deploy", "it's a chart");
    deploy->set_help_flag();
    deploy->add_option("-f,--values", text);
    deploy->add_flag("--wait", flag);
    CLI::App* get = app.add_subcommand("runs")->add_subcommand("get");
    get->set_help_flag();
    get->add_option("ID", text);
    CLI::App* show = app.add_subcommand("profiles")->add_subcommand("show");
    show->set_help_flag();
    show->add_option("PROFILE", text);
  }
  CLI::App app;
  std::string text;
  bool flag = false;
};

TEST_F(CompletionScript, BashKnowsCommandsFlagsAndRuns) {
  const std::string script = BashCompletion(app);
  EXPECT_THAT(script, HasSubstr("'') words=\"deploy runs profiles|--server\""));
  EXPECT_THAT(script, HasSubstr("'deploy') words=\"|--values --wait\""));
  EXPECT_THAT(script, HasSubstr("'runs get') words=\"$(timeout 2 wheelhouse runs list"));
  EXPECT_THAT(script, HasSubstr("      --server|--values|-f) ((i++))")) << "flags with a value";
  EXPECT_EQ(script.find('@'), std::string::npos);
}

TEST_F(CompletionScript, ProfilesAreAskedForWhereOneIsNamed) {
  const std::string script = BashCompletion(app);
  EXPECT_THAT(script, HasSubstr("in ''|runs|profiles) command="));
  EXPECT_THAT(script, HasSubstr("'profiles show') words=\"$(timeout 2 wheelhouse profiles list"));
  EXPECT_THAT(script, HasSubstr("    --profile) COMPREPLY=($(compgen -W \"$(timeout 2 wheelhouse"));
  EXPECT_THAT(FishCompletion(app), HasSubstr("from show' -a '(timeout 2 wheelhouse profiles list"));
}

// compgen -W expands its words: what a daemon sends must not be able to run something.
TEST_F(CompletionScript, OnlyIdsOfRunsReachTheShell) {
  EXPECT_THAT(BashCompletion(app), HasSubstr("\\([0-9a-z]*\\) .*/\\1/p"));
}

TEST_F(CompletionScript, FishQuotesDescriptions) {
  EXPECT_THAT(FishCompletion(app), HasSubstr("-a deploy -d 'it\\'s a chart'"));
}

TEST_F(CompletionScript, ZshLoadsWhatBashsNeeds) {
  EXPECT_THAT(ZshCompletion(app), HasSubstr("bashcompinit\n_wheelhouse()"));
}

}  // namespace
}  // namespace wheelhouse::cli
