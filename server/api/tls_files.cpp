#include "server/api/tls_files.h"

#include <absl/strings/str_cat.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::api {
namespace {

template <typename Type, void (*Free)(Type*)>
struct Freed {
  void operator()(Type* object) const { Free(object); }
};
using Bio = std::unique_ptr<BIO, Freed<BIO, BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

absl::Status FileError(const std::string& path, const std::string& what) {
  return MakeFailure(Reason::kConfigInvalid, absl::StrCat(path, " ", what));
}

absl::StatusOr<std::string> Read(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open()) return FileError(path, "cannot be read");
  return text.str();
}

Bio Memory(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Without it OpenSSL would ask for the passphrase of a key on the terminal.
int NoPassphrase(char*, int, int, void*) { return 0; }

absl::StatusOr<Certificate> FirstCertificate(const std::string& path, const std::string& pem) {
  Certificate certificate(PEM_read_bio_X509(Memory(pem).get(), nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) return FileError(path, "has no PEM certificate");
  return certificate;
}

}  // namespace

absl::StatusOr<TlsFiles> ReadTlsFiles(const TlsFiles& paths) {
  TlsFiles files;
  ASSIGN_OR_RETURN(files.cert, Read(paths.cert));
  ASSIGN_OR_RETURN(files.key, Read(paths.key));
  ASSIGN_OR_RETURN(files.client_ca, Read(paths.client_ca));
  ASSIGN_OR_RETURN(const Certificate certificate, FirstCertificate(paths.cert, files.cert));
  RETURN_IF_ERROR(FirstCertificate(paths.client_ca, files.client_ca).status());
  const Key key(PEM_read_bio_PrivateKey(Memory(files.key).get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr)
    return FileError(paths.key, "has no PEM private key, or its key needs a passphrase");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return FileError(paths.key, absl::StrCat("is not the key of ", paths.cert));
  }
  return files;
}

}  // namespace wheelhouse::api
