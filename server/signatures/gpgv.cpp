#include "server/signatures/gpgv.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/process/child_limits.h"
#include "common/process/temp_folder.h"
#include "common/status_macros.h"
#include "common/utf8.h"

namespace wheelhouse::signatures {
namespace {

constexpr char kBegin[] = "-----BEGIN PGP SIGNED MESSAGE-----";
constexpr char kSignature[] = "-----BEGIN PGP SIGNATURE-----";
constexpr char kEnd[] = "-----END PGP SIGNATURE-----";
constexpr size_t kLongestReport = 64 << 10;
constexpr size_t kLongestSigner = 200;
constexpr absl::Duration kPatience = absl::Seconds(30);

absl::Status Invalid(const std::string& why) {
  return MakeFailure(Reason::kSignatureInvalid, absl::StrCat("its provenance file ", why));
}

// gpgv overlooks what stands before and after a message; whoever reads the file may not. Lines of
// the message that begin with a dash are escaped, so that none of these is inside.
absl::Status CheckFrame(absl::string_view message) {
  message = absl::StripAsciiWhitespace(message);
  std::vector<absl::string_view> lines;
  for (absl::string_view line : absl::StrSplit(message, '\n')) {
    line = absl::StripTrailingAsciiWhitespace(line);
    if (absl::StartsWith(line, "-----")) lines.push_back(line);
  }
  const bool alone = absl::StartsWith(message, kBegin) && absl::EndsWith(message, kEnd);
  if (alone && lines == std::vector<absl::string_view>{kBegin, kSignature, kEnd})
    return absl::OkStatus();
  return Invalid("is not one clearsigned OpenPGP message and nothing else");
}

// What gpgv reports on its status descriptor (doc/DETAILS of GnuPG): the words after each keyword.
// A keyword that comes twice has both.
using Report = std::multimap<std::string, std::vector<std::string>>;

Report ReadReport(absl::string_view text) {
  Report report;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "[GNUPG:] ")) continue;
    std::vector<std::string> words = absl::StrSplit(line, ' ');
    std::string keyword = std::move(words.front());
    words.erase(words.begin());
    report.emplace(std::move(keyword), std::move(words));
  }
  return report;
}

std::string WordOf(const Report& report, const char* keyword, size_t index) {
  const auto found = report.find(keyword);
  return found != report.end() && index < found->second.size() ? found->second[index] : "";
}

struct Objection {
  const char* keyword;
  const char* why;
};

// Each is reported instead of GOODSIG, but EXPKEYSIG and REVKEYSIG with VALIDSIG and exit code 0.
constexpr std::array<Objection, 6> kObjections = {{
    {"BADSIG",
     "is not what was signed: it has been changed, or its signature is of something else"},
    {"EXPKEYSIG", "is signed by a key that has expired"},
    {"REVKEYSIG", "is signed by a key that was revoked"},
    {"EXPSIG", "has a signature that has expired"},
    {"NO_PUBKEY", "is signed by a key that the operator does not trust for this source"},
    {"ERRSIG", "has a signature that gpgv cannot verify"},
}};

// Which digests a signature may be over (RFC 4880, 9.4): SHA-256, SHA-384, SHA-512, SHA-224.
bool IsStrong(const std::string& digest_algorithm) {
  static const auto* const strong = new std::set<std::string>{"8", "9", "10", "11"};
  return strong->contains(digest_algorithm);
}

// VALIDSIG: the key that signed, date, time, expiry, version, reserved, the key's algorithm, the
// digest's, the signature's class, and the primary key.
constexpr size_t kDigestWord = 7, kClassWord = 8, kPrimaryWord = 9;
constexpr char kOfText[] = "01";

absl::Status CheckReport(const Report& report, int exit_code) {
  for (const Objection& objection : kObjections) {
    if (!report.contains(objection.keyword)) continue;
    const std::string key = WordOf(report, objection.keyword, 0);
    return Invalid(
        absl::StrCat(objection.why, key.empty() ? "" : " (key ", key, key.empty() ? "" : ")"));
  }
  for (const char* once : {"PLAINTEXT", "NEWSIG", "GOODSIG", "VALIDSIG"}) {
    if (report.count(once) != 1) return Invalid("does not have exactly one signature of one text");
  }
  if (!IsStrong(WordOf(report, "VALIDSIG", kDigestWord)))
    return Invalid("has a signature over a digest that can be forged, such as SHA-1");
  if (exit_code != 0 || WordOf(report, "VALIDSIG", kClassWord) != kOfText)
    return Invalid("has a signature that gpgv does not accept");
  return absl::OkStatus();
}

std::string SignerOf(const Report& report) {
  const std::vector<std::string>& words = report.find("GOODSIG")->second;
  std::string signer;
  for (size_t i = 1; i < words.size(); ++i) absl::StrAppend(&signer, i == 1 ? "" : " ", words[i]);
  return std::string(CutAtCharacter(ValidUtf8(signer), kLongestSigner));
}

}  // namespace

absl::StatusOr<ClearSigned> VerifyClearSigned(const Context& context, const Gpgv& gpgv,
                                              const std::string& keyring,
                                              const std::string& message) {
  RETURN_IF_ERROR(CheckFrame(message));
  ASSIGN_OR_RETURN(const auto folder, TempFolder::Make(gpgv.temp_directory, "signature"));
  const std::string keys = folder->path() + "/keys.gpg",
                    signed_file = folder->path() + "/chart.prov", text = folder->path() + "/text";
  RETURN_IF_ERROR(WritePrivateFile(keys, keyring));
  RETURN_IF_ERROR(WritePrivateFile(signed_file, message));
  ProcessSpec spec;
  spec.argv = {gpgv.path,   "--homedir", folder->path(), "--status-fd", "1",
               "--keyring", keys,        "--output",     text,          signed_file};
  const char* const path = std::getenv("PATH");
  spec.env = {{"PATH", path != nullptr ? path : "/usr/bin"}, {"LC_ALL", "C.UTF-8"}};
  spec.working_directory = folder->path();
  spec.stdout_limit = kLongestReport;
  const Context bounded = context.WithTimeout(
      kPatience, MakeFailure(Reason::kSignatureInvalid,
                             "its provenance file could not be verified within 30 s"));
  const absl::StatusOr<ProcessResult> ran = gpgv.runner.Run(bounded, spec);
  RETURN_IF_ERROR(bounded.Check());
  if (!ran.ok())
    return MakeFailure(Reason::kGpgvMissing,
                       absl::StrCat("the gpgv at ", gpgv.path,
                                    " cannot be run: ", std::string(ran.status().message())));
  RETURN_IF_ERROR(CheckWithinLimits(*ran, "gpgv"));
  if (ran->truncated) return Invalid("makes gpgv report without end");
  const Report report = ReadReport(ran->out);
  RETURN_IF_ERROR(CheckReport(report, ran->exit_code));
  ClearSigned verified;
  auto signed_text = ReadBounded(text, message.size());
  if (!signed_text.ok()) return Invalid("has no text that is signed");
  verified.text = *std::move(signed_text);
  verified.fingerprint = WordOf(report, "VALIDSIG", kPrimaryWord);
  verified.signer = SignerOf(report);
  return verified;
}

}  // namespace wheelhouse::signatures
