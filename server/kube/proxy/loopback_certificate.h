// A key and a certificate for 127.0.0.1, made when it is needed and never written to disk:
// client-go sends a token over TLS alone.
#pragma once

#include <absl/status/statusor.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace wheelhouse::kube {

struct LoopbackCertificate {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key{nullptr, EVP_PKEY_free};
  std::unique_ptr<X509, void (*)(X509*)> certificate{nullptr, X509_free};
  std::string pem;  // of the certificate, which is its own CA
};

absl::StatusOr<LoopbackCertificate> MakeLoopbackCertificate();

}  // namespace wheelhouse::kube
