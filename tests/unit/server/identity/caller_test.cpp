#include "server/identity/caller.h"

#include <gtest/gtest.h>

#include <map>

#include "common/failure.h"

namespace wheelhouse::identity {
namespace {

class Nothing : public grpc::AuthPropertyIterator {};

class Certificate : public grpc::AuthContext {
 public:
  explicit Certificate(std::multimap<std::string, std::string> properties,
                       bool authenticated = true)
      : properties_(std::move(properties)), authenticated_(authenticated) {}
  bool IsPeerAuthenticated() const override { return authenticated_; }
  std::vector<grpc::string_ref> GetPeerIdentity() const override { return {}; }
  std::string GetPeerIdentityPropertyName() const override { return ""; }
  std::vector<grpc::string_ref> FindPropertyValues(const std::string& name) const override {
    std::vector<grpc::string_ref> values;
    for (auto [at, end] = properties_.equal_range(name); at != end; ++at)
      values.emplace_back(at->second);
    return values;
  }
  grpc::AuthPropertyIterator begin() const override { return Nothing(); }
  grpc::AuthPropertyIterator end() const override { return Nothing(); }
  void AddProperty(const std::string&, const grpc::string_ref&) override {}
  bool SetPeerIdentityPropertyName(const std::string&) override { return false; }

 private:
  std::multimap<std::string, std::string> properties_;
  const bool authenticated_;
};

Principal ByCertificate(const std::string& name) { return {"tls:" + name, KnownBy::kCertificate}; }

TEST(Caller, ASocketsCallerIsTheConfiguredOne) {
  EXPECT_EQ(*CallerOf("ops", nullptr), (Principal{"unix:ops", KnownBy::kUnixSocket}));
}

TEST(Caller, ACertificatesUriComesBeforeItsDnsNameAndItsCommonName) {
  const std::multimap<std::string, std::string> all = {{"x509_common_name", "cn"},
                                                       {"peer_dns", "ci.example"},
                                                       {"peer_dns", "second.example"},
                                                       {"peer_uri", "spiffe://x/ci"}};
  auto some = all;
  Certificate everything(some);
  EXPECT_EQ(*CallerOf("", &everything), ByCertificate("spiffe://x/ci"));
  some.erase("peer_uri");
  Certificate no_uri(some);
  EXPECT_EQ(*CallerOf("", &no_uri), ByCertificate("ci.example"));
  some.erase("peer_dns");
  Certificate cn_only(some);
  EXPECT_EQ(*CallerOf("", &cn_only), ByCertificate("cn"));
}

TEST(Caller, ANameThatIsNotPrintableIsNobody) {
  for (const char* name : {"ops\nrun 1: forged", "\x1b[2J", "\xff", "\xc2\x9b"}) {
    Certificate certificate({{"x509_common_name", name}});
    EXPECT_TRUE(HasReason(CallerOf("", &certificate).status(), Reason::kUnauthenticated)) << name;
  }
  Certificate spelled({{"x509_common_name", "J\xc3\xb6rg, ops"}});
  EXPECT_EQ(*CallerOf("", &spelled), ByCertificate("J\xc3\xb6rg, ops"));
}

TEST(Caller, ACertificateWithoutANameIsNobody) {
  Certificate empty({});
  EXPECT_TRUE(HasReason(CallerOf("", &empty).status(), Reason::kUnauthenticated));
  EXPECT_TRUE(HasReason(CallerOf("", nullptr).status(), Reason::kUnauthenticated));
}

TEST(Caller, ACertificateThatNobodyHasCheckedIsNobody) {
  Certificate claimed({{"x509_common_name", "ops"}}, false);
  EXPECT_TRUE(HasReason(CallerOf("", &claimed).status(), Reason::kUnauthenticated));
}

TEST(Caller, AnEmptyNameCountsForNone) {
  Certificate certificate({{"peer_uri", ""}, {"peer_dns", "ci.example"}});
  EXPECT_EQ(*CallerOf("", &certificate), ByCertificate("ci.example"));
}

}  // namespace
}  // namespace wheelhouse::identity
