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
  const unsigned char first = At(text, at);
  const size_t size = first < 0x80                    ? 1
                      : first >= 0xC2 && first < 0xE0 ? 2
                      : first >= 0xE0 && first < 0xF0 ? 3
                      : first >= 0xF0 && first < 0xF5 ? 4
                                                      : 0;
  if (size == 0 || at + size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if (!Continues(At(text, at + i))) return 0;
  }
  if (size < 3) return size;
  const unsigned char second = At(text, at + 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool no_character = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || no_character ? 0 : size;
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
