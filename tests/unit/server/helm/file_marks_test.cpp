#include "server/helm/file_marks.h"

#include <gtest/gtest.h>

namespace wheelhouse::helm {
namespace {

TEST(FileMarks, AreTakenOffAndNothingElse) {
  EXPECT_EQ(
      WithoutFileMarks("kind: A\n"
                       "metadata:\n"
                       "  name: a\n"
                       "  annotations:\n"
                       "    keep: me\n"
                       "    postrenderer.helm.sh/postrender-filename: 'web/templates/a.yaml'\n"
                       "data: {}\n"
                       "---\n"
                       "kind: B\n"
                       "metadata:\n"
                       "  annotations:\n"
                       "    postrenderer.helm.sh/postrender-filename: 'web/templates/a.yaml'\n"
                       "  name: b\n"
                       "---\n"
                       "metadata: {name: c, annotations: "
                       "{postrenderer.helm.sh/postrender-filename: 'web/templates/a.yaml'}}\n"
                       "---\n"
                       "metadata: {name: d, annotations: {a: b, "
                       "postrenderer.helm.sh/postrender-filename: 'web/templates/a.yaml'}}\n"),
      "kind: A\n"
      "metadata:\n"
      "  name: a\n"
      "  annotations:\n"
      "    keep: me\n"
      "data: {}\n"
      "---\n"
      "kind: B\n"
      "metadata:\n"
      "  name: b\n"
      "---\n"
      "metadata: {name: c, annotations: {}}\n"
      "---\n"
      "metadata: {name: d, annotations: {a: b}}\n");
}

TEST(FileMarks, ATextWithoutThemStaysAsItIs) {
  for (const char* text : {"", "a", "a\n", "a\n\n", "annotations:\n  a: b\n"})
    EXPECT_EQ(WithoutFileMarks(text), text);
}

}  // namespace
}  // namespace wheelhouse::helm
