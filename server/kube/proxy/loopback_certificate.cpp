#include "server/kube/proxy/loopback_certificate.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/failure.h"

namespace wheelhouse::kube {
namespace {

constexpr long kHour = 3600;
constexpr long kTenYears = 10 * 365 * 24 * kHour;  // longer than a daemon runs

bool AddExtension(X509* certificate, int nid, const char* value) {
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value), X509_EXTENSION_free);
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool Fill(X509* certificate, EVP_PKEY* key) {
  X509_NAME* name = X509_get_subject_name(certificate);
  return X509_set_version(certificate, X509_VERSION_3) == 1 &&
         ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kTenYears) != nullptr &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>("wheelhoused"), -1, -1,
                                    0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key) == 1 &&
         AddExtension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
         AddExtension(certificate, NID_subject_alt_name, "IP:127.0.0.1") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string PemOf(X509* certificate) {
  const std::unique_ptr<BIO, int (*)(BIO*)> memory(BIO_new(BIO_s_mem()), BIO_free);
  char* text = nullptr;
  if (memory == nullptr || PEM_write_bio_X509(memory.get(), certificate) != 1) return "";
  const long size = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

absl::StatusOr<LoopbackCertificate> MakeLoopbackCertificate() {
  LoopbackCertificate made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  if (made.key != nullptr && made.certificate != nullptr &&
      Fill(made.certificate.get(), made.key.get()))
    made.pem = PemOf(made.certificate.get());
  if (made.pem.empty())
    return MakeFailure(Reason::kInternal, "OpenSSL makes no certificate for 127.0.0.1");
  return made;
}

}  // namespace wheelhouse::kube
