#include "common/formats/unknown_fields.h"

#include <absl/strings/str_cat.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

namespace wheelhouse {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void Find(const Message& message, const std::string& path, std::vector<std::string>* found) {
  const auto* reflection = message.GetReflection();
  const auto& unknown = reflection->GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count(); ++i) {
    found->push_back(
        absl::StrCat(path, path.empty() ? "" : ": ", "field ", unknown.field(i).number()));
  }
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string at = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        Find(reflection->GetMessage(message, field), at, found);
        continue;
      }
      for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
        Find(reflection->GetRepeatedMessage(message, field, i), absl::StrCat(at, "[", i, "]"),
             found);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        const int value = field->is_repeated() ? reflection->GetRepeatedEnumValue(message, field, i)
                                               : reflection->GetEnumValue(message, field);
        if (field->enum_type()->FindValueByNumber(value) == nullptr) {
          found->push_back(absl::StrCat(at, ": value ", value));
        }
      }
    }
  }
}

}  // namespace

std::vector<std::string> UnknownFields(const Message& message) {
  std::vector<std::string> found;
  Find(message, "", &found);
  return found;
}

}  // namespace wheelhouse
