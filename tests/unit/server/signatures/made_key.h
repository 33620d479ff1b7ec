// A key pair of a test's own.
#pragma once

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <memory>
#include <string>

namespace wheelhouse::signatures {

class MadeKey {
 public:
  static MadeKey Ec(const char* curve) { return MadeKey(EVP_EC_gen(curve)); }
  static MadeKey Ed25519() { return MadeKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }
  static MadeKey Rsa(unsigned bits) { return MadeKey(EVP_RSA_gen(bits)); }

  std::string PublicPem() const { return Pem(PEM_write_bio_PUBKEY); }
  std::string PrivatePem() const {
    return Pem([](BIO* out, const EVP_PKEY* key) {
      return PEM_write_bio_PKCS8PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    });
  }

  std::string Sign(const std::string& payload, const EVP_MD* digest = EVP_sha256()) const {
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> hash(EVP_MD_CTX_new(),
                                                                  EVP_MD_CTX_free);
    const bool own_digest = EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_ED25519;
    EXPECT_EQ(
        EVP_DigestSignInit(hash.get(), nullptr, own_digest ? nullptr : digest, nullptr, key_.get()),
        1);
    const auto* bytes = reinterpret_cast<const unsigned char*>(payload.data());
    size_t size = 1024;
    std::string signature(size, '\0');
    EXPECT_EQ(EVP_DigestSign(hash.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                             bytes, payload.size()),
              1);
    signature.resize(size);
    return signature;
  }

 private:
  explicit MadeKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}

  template <typename Write>
  std::string Pem(const Write& write) const {
    const std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get(), key_.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<size_t>(size)};
  }

  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace wheelhouse::signatures
