#include "common/utf8.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <vector>

namespace wheelhouse {
namespace {

using google::protobuf::FieldDescriptor;

unsigned char At(absl::string_view text, size_t at) { return static_cast<unsigned char>(text[at]); }

bool Continues(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// How many bytes the character at `at` has; 0 where none begins.
size_t CharacterSize(absl::string_view text, size_t at) {
  return DecodeUtf8(text.substr(at)).bytes;
}

void MakeFieldValid(const FieldDescriptor* field, google::protobuf::Message* message) {
  const auto* reflection = message->GetReflection();
  const bool is_text = field->type() == FieldDescriptor::TYPE_STRING;
  if (!is_text && field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return;
  if (!field->is_repeated()) {
    if (!is_text) return MakeValidUtf8(reflection->MutableMessage(message, field));
    const std::string text = reflection->GetString(*message, field);
    if (!IsValidUtf8(text)) reflection->SetString(message, field, ValidUtf8(text));
    return;
  }
  for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
    if (!is_text) {
      MakeValidUtf8(reflection->MutableRepeatedMessage(message, field, i));
      continue;
    }
    const std::string text = reflection->GetRepeatedString(*message, field, i);
    if (!IsValidUtf8(text)) reflection->SetRepeatedString(message, field, i, ValidUtf8(text));
  }
}

}  // namespace

Utf8Character DecodeUtf8(absl::string_view text) {
  const unsigned char first = At(text, 0);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
  char32_t code = first & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if (!Continues(At(text, i))) return {};
    code = code << 6 | (At(text, i) & 0x3Fu);
  }
  const char32_t least = bytes == 4 ? 0x10000 : bytes == 3 ? 0x800 : 0x80;
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < least || code > 0x10FFFF || surrogate) return {};
  return {code, bytes};
}

bool IsValidUtf8(absl::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterSize(text, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

std::string ValidUtf8(absl::string_view text) {
  std::string valid;
  for (size_t at = 0; at < text.size();) {
    const size_t size = CharacterSize(text, at);
    absl::StrAppend(&valid, size == 0 ? "?" : text.substr(at, size));
    at += std::max<size_t>(size, 1);
  }
  return valid;
}

void MakeValidUtf8(google::protobuf::Message* message) {
  std::vector<const FieldDescriptor*> fields;
  message->GetReflection()->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) MakeFieldValid(field, message);
}

absl::string_view CutAtCharacter(absl::string_view text, size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && Continues(At(text, size))) --size;
  return text.substr(0, size);
}

absl::string_view TailAtCharacter(absl::string_view text, size_t size) {
  if (text.size() <= size) return text;
  size_t begin = text.size() - size;
  while (begin < text.size() && Continues(At(text, begin))) ++begin;
  return text.substr(begin);
}

std::string EscapeControls(absl::string_view text, bool in_json) {
  std::string escaped;
  for (size_t at = 0; at < text.size(); ++at) {
    const unsigned char byte = At(text, at);
    const bool c1 = byte == 0xC2 && at + 1 < text.size() && At(text, at + 1) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) {
      const unsigned char code = c1 ? At(text, ++at) : byte;  // U+0080 is C2 80
      absl::StrAppend(&escaped, absl::StrFormat("\\u%04x", static_cast<unsigned>(code)));
    } else {
      if (in_json && (byte == '"' || byte == '\\')) escaped += '\\';
      escaped += text[at];
    }
  }
  return escaped;
}

}  // namespace wheelhouse
