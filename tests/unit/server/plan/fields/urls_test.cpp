#include "server/plan/fields/urls.h"

#include <gtest/gtest.h>

namespace wheelhouse::plan {
namespace {

TEST(CheckUrl, OnlyPlainHttpUrlsPass) {
  EXPECT_EQ(CheckUrl("http://web.demo:80/healthz?x=1"), "");
  EXPECT_EQ(CheckUrl("https://[fd00::1]/"), "");
  for (const char* url :
       {"", "web", "file:///etc/passwd", "ftp://a/", "http://u:p@a/", "http://${payload.host}/"})
    EXPECT_NE(CheckUrl(url), "") << url;
}

TEST(CheckHost, OnlyNamesAndAddressesPass) {
  for (const char* host : {"web.demo.svc", "10.0.0.1", "fd00::1", "a_b"})
    EXPECT_EQ(CheckHost(host), "") << host;
  for (const char* host : {"", "a/b", "a@b", "a b", "a?b", "${payload.a}", "[::1]", "a:b:c:zz"})
    EXPECT_NE(CheckHost(host), "") << host;
}

TEST(ShownOrigin, HoldsNoPathAndNoQuery) {
  EXPECT_EQ(ShownOrigin("https://a:1/hush?hush"), "https://a:1");
}

}  // namespace
}  // namespace wheelhouse::plan
