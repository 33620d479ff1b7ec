#include "client/cli/output/terminal_text.h"

#include <gtest/gtest.h>

namespace wheelhouse::cli {
namespace {

TEST(TerminalText, NothingThatATerminalObeysIsLeft) {
  EXPECT_EQ(Printable("\x1b]0;title\x07\x1b[2J"), "\\u001b]0;title\\u0007\\u001b[2J");
  EXPECT_EQ(Printable("a\rb\nc\td\x7f"), "a\\u000db\\nc    d\\u007f");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m")
      << "CSI as one C1 character";
  EXPECT_EQ(Printable("user\xe2\x80\xae"
                      "gpj.exe"),
            "user\\u202egpj.exe");
  EXPECT_EQ(Printable("\xff\xc3("), "\\xff\\xc3(");
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate is not UTF-8";
  EXPECT_EQ(Printable("gr\xc3\xbc\xc3\x9f \xe4\xb8\x96 \xf0\x9f\x9a\x80"),
            "gr\xc3\xbc\xc3\x9f \xe4\xb8\x96 \xf0\x9f\x9a\x80");
}

TEST(TerminalText, WideCharactersTakeTwoColumnsAndCombiningOnesNone) {
  EXPECT_EQ(Columns("abc"), 3);
  EXPECT_EQ(Columns("gr\xc3\xbc\xc3\x9f"), 4);
  EXPECT_EQ(Columns("\xe4\xb8\x96\xe7\x95\x8c"), 4);
  EXPECT_EQ(Columns("\xf0\x9f\x9a\x80"), 2);
  EXPECT_EQ(Columns("e\xcc\x81"), 1);
  EXPECT_EQ(Columns("\xe2\x9d\xa4\xef\xb8\x8f"), 2) << "a heart that is made an emoji";
}

TEST(TerminalText, CutsWithinTheColumnsAndNeverThroughACharacter) {
  EXPECT_EQ(Cut("abcdef", 6), "abcdef");
  EXPECT_EQ(Cut("abcdefg", 6), "abc...");
  EXPECT_EQ(Cut("\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96\xe4\xb8\x96", 6), "\xe4\xb8\x96...");
  EXPECT_EQ(Cut("abcdef", 2), "..");
  EXPECT_EQ(Cut("abcdef", 0), "");
  EXPECT_EQ(Cut("abcdef", -1), "");
}

TEST(TerminalText, PadsByColumns) {
  EXPECT_EQ(Padded("\xe4\xb8\x96", 4), "\xe4\xb8\x96  ");
  EXPECT_EQ(Padded("abc", 2), "abc");
}

}  // namespace
}  // namespace wheelhouse::cli
