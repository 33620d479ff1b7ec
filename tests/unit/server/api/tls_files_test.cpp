#include "server/api/tls_files.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>

#include "common/failure.h"
#include "tests/unit/fakes/test_folder.h"

namespace wheelhouse::api {
namespace {

class TlsFilesTest : public testing::Test {
 protected:
  TlsFilesTest() {
    Make("daemon");
    Make("other");
  }

  // A certificate and its key, NAME.crt and NAME.key.
  void Make(const std::string& name) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_pubkey(certificate, key);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_sign(certificate, key, EVP_sha256());
    FILE* file = fopen((folder_ + "/" + name + ".crt").c_str(), "w");
    PEM_write_X509(file, certificate);
    fclose(file);
    file = fopen((folder_ + "/" + name + ".key").c_str(), "w");
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  std::string Error(const std::string& cert, const std::string& key, const std::string& ca) {
    const auto files =
        ReadTlsFiles({folder_ + "/" + cert, folder_ + "/" + key, folder_ + "/" + ca});
    if (files.ok()) return "";
    EXPECT_TRUE(HasReason(files.status(), Reason::kConfigInvalid));
    return std::string(files.status().message());
  }
  const TestFolder temp_;
  const std::string folder_ = temp_.path();
};

TEST_F(TlsFilesTest, WhatFitsIsRead) {
  const auto files =
      ReadTlsFiles({folder_ + "/daemon.crt", folder_ + "/daemon.key", folder_ + "/other.crt"});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_NE(files->client_ca.find("BEGIN CERTIFICATE"), std::string::npos);
}

TEST_F(TlsFilesTest, TheFileThatIsWrongIsNamed) {
  std::ofstream(folder_ + "/text") << "no PEM";
  EXPECT_NE(Error("none", "daemon.key", "other.crt").find("/none cannot be read"),
            std::string::npos);
  EXPECT_NE(Error("text", "daemon.key", "other.crt").find("/text has no PEM certificate"),
            std::string::npos);
  EXPECT_NE(Error("daemon.crt", "text", "other.crt").find("/text has no PEM private key"),
            std::string::npos);
  EXPECT_NE(Error("daemon.crt", "daemon.key", "text").find("/text has no PEM certificate"),
            std::string::npos);
  EXPECT_NE(Error("daemon.crt", "other.key", "other.crt").find("other.key is not the key of"),
            std::string::npos);
}

}  // namespace
}  // namespace wheelhouse::api
