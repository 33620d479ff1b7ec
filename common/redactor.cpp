#include "common/redactor.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cstring>

#include "common/secret_patterns.h"

namespace wheelhouse {
namespace {

using Match = SecretForm::Match;

constexpr absl::string_view kMask = "***";
constexpr size_t kLongestLine = 16 << 10;

uint32_t FirstFour(absl::string_view text) {
  uint32_t first;
  std::memcpy(&first, text.data(), sizeof(first));
  return first;
}

bool IsOfWord(char c) { return absl::ascii_isalnum(c) || c == '_'; }
bool IsBase64(char c) { return absl::ascii_isalnum(c) || absl::StrContains("+/-_", c); }

// Whether what stands in `text` from `begin` to `end` counts, by what is around it.
bool Counts(Match match, absl::string_view text, size_t begin, size_t end) {
  if (match != Match::kWord && match != Match::kWholeBase64) return true;
  const auto is_part = match == Match::kWord ? IsOfWord : IsBase64;
  return (begin == 0 || !is_part(text[begin - 1]) || !is_part(text[begin])) &&
         (end == text.size() || !is_part(text[end]) || !is_part(text[end - 1]));
}

std::string EscapeControlCharacters(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f) {
      absl::StrAppend(&escaped, "\\x", absl::Hex(byte, absl::kZeroPad2));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

// Line by line; the lines of a private key as a whole.
std::string MaskLines(absl::string_view text) {
  std::string masked;
  bool private_key = false;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const absl::string_view line = text.substr(begin, std::min(end - begin, kLongestLine));
    if (absl::StrContains(line, "-----BEGIN") && absl::StrContains(line, "PRIVATE KEY"))
      private_key = true;
    absl::StrAppend(&masked, private_key ? std::string(kMask) : MaskLooks(line));
    if (absl::StrContains(line, "-----END")) private_key = false;
    if (end < text.size()) masked += '\n';
    begin = end + 1;
  }
  return masked;
}

}  // namespace

void Redactor::Add(const std::vector<std::string>& secrets) {
  MutexLock lock(&mutex_);
  for (const std::string& secret : secrets) {
    for (SecretForm& form : FormsOf(secret)) {
      Forms& forms = forms_[FirstFour(form.text)];
      const auto [known, is_new] = forms.emplace(std::move(form.text), form.match);
      // Of equal texts the one that is found in more places counts.
      if (!is_new) known->second = std::min(known->second, form.match);
    }
  }
}

size_t Redactor::EndOfSecret(absl::string_view text, size_t at, bool* in_base64) const {
  if (text.size() - at < kShortestSecret) return 0;
  const auto forms = forms_.find(FirstFour(text.substr(at)));
  if (forms == forms_.end()) return 0;
  for (const auto& [form, match] : forms->second) {
    const size_t end = at + form.size();
    if (!absl::StartsWith(text.substr(at), form) || !Counts(match, text, at, end)) continue;
    *in_base64 = match == Match::kBase64;
    return end;
  }
  return 0;
}

std::string Redactor::MaskKnown(absl::string_view text) const {
  std::string masked;
  MutexLock lock(&mutex_);
  for (size_t at = 0; at < text.size();) {
    bool in_base64 = false;
    size_t end = EndOfSecret(text, at, &in_base64);
    if (end == 0) {
      masked += text[at++];
      continue;
    }
    if (in_base64) {
      while (!masked.empty() && IsBase64(masked.back())) masked.pop_back();
      while (end < text.size() && (IsBase64(text[end]) || text[end] == '=')) ++end;
    }
    absl::StrAppend(&masked, kMask);
    at = end;
  }
  return masked;
}

std::string Redactor::Mask(absl::string_view text) const {
  return EscapeControlCharacters(MaskLines(MaskKnown(text)));
}

}  // namespace wheelhouse
