#include "common/utf8.h"

#include <gtest/gtest.h>

#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse {
namespace {

TEST(Utf8, WhatIsNoCharacterBecomesAQuestionMarkForEachByte) {
  EXPECT_EQ(ValidUtf8("a\xff"
                      "b"),
            "a?b");
  EXPECT_EQ(ValidUtf8("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2"),
            "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2");
  EXPECT_EQ(ValidUtf8("\xc0\xaf"), "??") << "overlong";
  EXPECT_EQ(ValidUtf8("\xed\xa0\x80"), "???") << "a surrogate";
  EXPECT_EQ(ValidUtf8("\xe2\x82"), "??") << "half a character at the end";
}

TEST(Utf8, AMessageWithOthersTextCanBeReadAgain) {
  v1::Failure failure;
  failure.set_message("\xff");
  (*failure.mutable_details())["key"] = "\xfe";
  failure.add_evidence()->set_text("log: \xfd");
  failure.add_secondary()->set_helm_output("\xfc");
  MakeValidUtf8(&failure);
  v1::Failure again;
  ASSERT_TRUE(again.ParseFromString(failure.SerializeAsString()));
  EXPECT_EQ(again.message(), "?");
  EXPECT_EQ(again.details().at("key"), "?");
  EXPECT_EQ(again.evidence(0).text(), "log: ?");
  EXPECT_EQ(again.secondary(0).helm_output(), "?");
}

TEST(Utf8, ACutLeavesNoHalfACharacter) {
  EXPECT_EQ(CutAtCharacter("a\xe2\x82\xac", 3), "a");
  EXPECT_EQ(CutAtCharacter("a\xe2\x82\xac", 4), "a\xe2\x82\xac");
  EXPECT_EQ(CutAtCharacter("abc", 2), "ab");
  EXPECT_EQ(TailAtCharacter("\xe2\x82\xac"
                            "a",
                            3),
            "a");
  EXPECT_EQ(TailAtCharacter("\xe2\x82\xac"
                            "a",
                            4),
            "\xe2\x82\xac"
            "a");
  EXPECT_EQ(TailAtCharacter("abc", 2), "bc");
}

TEST(Utf8, NoControlCharacterReachesATerminal) {
  EXPECT_EQ(EscapeControls("a\nb\x1b[2J\x7f", false), "a\\u000ab\\u001b[2J\\u007f");
  EXPECT_EQ(EscapeControls("\xc2\x9b"
                           "2J \xc2\xa9",
                           false),
            "\\u009b2J \xc2\xa9");
  EXPECT_EQ(EscapeControls(R"(say "a\b")", false), R"(say "a\b")");
  EXPECT_EQ(EscapeControls(R"(say "a\b")", true), R"(say \"a\\b\")");
}

}  // namespace
}  // namespace wheelhouse
