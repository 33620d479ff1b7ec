#include "common/formats/yaml_proto.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "common/failure.h"
#include "common/formats/yaml_document.h"
#include "common/formats/yaml_merge.h"
#include "common/formats/yaml_struct.h"
#include "common/status_macros.h"
#include "common/time.h"

namespace wheelhouse {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kMostErrors = 100;
constexpr size_t kLongestName = 64;  // of what may be a misspelt field

// What a value costs besides its own bytes. A document without aliases costs less than kCostOfValue
// + 1 for each of its bytes, so that only aliases can reach the bound.
constexpr size_t kCostOfValue = 32, kCostPerByte = 64, kFreeCost = 64 << 20;

size_t EditDistance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t up = row[j];
      const bool same = absl::ascii_tolower(a[i - 1]) == absl::ascii_tolower(b[j - 1]);
      row[j] = std::min({up + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1)});
      diagonal = up;
    }
  }
  return row[b.size()];
}

// `ROLLBACK` of ON_FAILURE_ROLLBACK: what all values of the enum share is left out.
std::string EnumPrefix(const EnumDescriptor* type) {
  const std::string zero = type->value(0)->name();
  const size_t at = zero.rfind("UNSPECIFIED");
  return at == std::string::npos ? std::string() : zero.substr(0, at);
}

class Reader {
 public:
  Reader(const YamlSource& source, const YamlReadOptions& options, size_t text_size)
      : source_(source), options_(options), budget_(kFreeCost + kCostPerByte * text_size) {}

  void ReadMessage(const YAML::Node& node, const std::string& path, Message* message);
  std::vector<FieldViolation> TakeErrors() { return std::move(errors_); }
  void Fail(const YAML::Node& node, const std::string& path, const std::string& what) {
    AddError(YamlLocation(source_.file, MarkOf(node)),
             absl::StrCat(path, path.empty() ? "" : ": ", what));
  }

 private:
  void ReadKey(const YAML::Node& key, const YAML::Node& value, const std::string& path,
               Message* message);
  void ReadField(const YAML::Node& node, const std::string& path, const FieldDescriptor* field,
                 Message* message);
  void ReadMap(const YAML::Node& node, const std::string& path, const FieldDescriptor* field,
               Message* message);
  // Reads one value: sets it, or adds it to a repeated field.
  void ReadValue(const YAML::Node& node, const std::string& path, const FieldDescriptor* field,
                 Message* message);
  void ReadScalar(const YAML::Node& node, const std::string& path, const FieldDescriptor* field,
                  Message* message);
  void ReadEnum(const YAML::Node& node, const std::string& path, const FieldDescriptor* field,
                Message* message);
  void ReadDuration(const YAML::Node& node, const std::string& path, Message* message);
  void ReadStruct(const YAML::Node& node, const std::string& path, Message* message);
  void UnknownKey(const YAML::Node& key, const std::string& path, const Descriptor* type);
  // True when the field's own reader took the value, or failed.
  bool ReadByReader(const YAML::Node& value, const std::string& full, const std::string& path,
                    Message* message);
  // Takes over what the mapping's `<<` brings. False, with an error, when that cannot be.
  bool Merge(const YAML::Node& map, const std::string& path);
  void Remember(const YAML::Node& node, const std::string& path);
  void AddError(std::string place, std::string what);
  // False, with an error once, when aliases made the document too large.
  bool Pay(const YAML::Node& node, const std::string& path);

  const YamlSource& source_;
  const YamlReadOptions& options_;
  size_t budget_;
  bool spent_ = false;
  std::vector<FieldViolation> errors_;
};

std::string Join(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

void Reader::AddError(std::string place, std::string what) {
  if (errors_.size() < kMostErrors) errors_.push_back({std::move(place), std::move(what)});
}

bool Reader::Pay(const YAML::Node& node, const std::string& path) {
  const size_t cost = kCostOfValue + (node.IsScalar() ? node.Scalar().size() : 0);
  if (!spent_ && cost > budget_) {
    Fail(node, path, "the aliases of this document make it too large");
    spent_ = true;
  }
  if (!spent_) budget_ -= cost;
  return !spent_;
}

bool Reader::Merge(const YAML::Node& map, const std::string& path) {
  const auto problem =
      ResolveMerges(map, [&](const YAML::Node& entry) { return Pay(entry, path); });
  if (problem.has_value()) Fail(problem->at, path, problem->what);
  return !problem.has_value() && !spent_;
}

void Reader::Remember(const YAML::Node& node, const std::string& path) {
  if (options_.locations != nullptr)
    options_.locations->emplace(path, YamlLocation(source_.file, MarkOf(node)));
}

void Reader::ReadMessage(const YAML::Node& node, const std::string& path, Message* message) {
  if (node.IsNull()) return;
  if (!node.IsMap()) return Fail(node, path, "expected a mapping");
  if (!Merge(node, path)) return;
  std::set<std::string> seen;
  for (const auto& entry : node) {
    if (!Pay(entry.first, path)) return;
    if (!entry.first.IsScalar()) {
      Fail(entry.first, path, "expected a field name");
    } else if (!seen.insert(entry.first.Scalar()).second) {
      Fail(entry.first, path, absl::StrCat("the field ", entry.first.Scalar(), " appears twice"));
    } else {
      ReadKey(entry.first, entry.second, path, message);
    }
  }
}

void Reader::ReadKey(const YAML::Node& key, const YAML::Node& value, const std::string& path,
                     Message* message) {
  const Descriptor* type = message->GetDescriptor();
  const std::string& name = key.Scalar();
  const std::string full = absl::StrCat(type->name(), ".", name), at = Join(path, name);
  if (path.empty() && absl::StartsWith(name, "x-")) return;
  if (const auto not_yet = options_.not_yet.find(full); not_yet != options_.not_yet.end()) {
    return Fail(key, path, absl::StrCat(name, ": ", not_yet->second));
  }
  Remember(value, at);
  if (ReadByReader(value, full, at, message)) return;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->json_name() != name) continue;
    const auto* oneof = field->real_containing_oneof();
    if (oneof != nullptr && message->GetReflection()->HasOneof(*message, oneof)) {
      return Fail(
          key, path,
          absl::StrCat(
              name, " and ",
              message->GetReflection()->GetOneofFieldDescriptor(*message, oneof)->json_name(),
              " exclude each other: set only one of them"));
    }
    return ReadField(value, at, field, message);
  }
  UnknownKey(key, path, type);
}

bool Reader::ReadByReader(const YAML::Node& value, const std::string& full, const std::string& path,
                          Message* message) {
  const auto reader = options_.readers.find(full);
  if (reader == options_.readers.end()) return false;
  if (value.IsMap() && !Merge(value, path)) return true;
  const absl::StatusOr<bool> done = reader->second(value, path, message);
  if (done.ok()) return *done;
  const std::vector<FieldViolation> violations = ViolationsOf(done.status());
  if (violations.empty()) Fail(value, path, std::string(done.status().message()));
  for (const FieldViolation& violation : violations)
    AddError(absl::StrCat(source_.file, ":", violation.field), violation.description);
  return true;
}

void Reader::UnknownKey(const YAML::Node& key, const std::string& path, const Descriptor* type) {
  std::vector<std::string> known;
  known.reserve(static_cast<size_t>(type->field_count()));
  for (int i = 0; i < type->field_count(); ++i) known.push_back(type->field(i)->json_name());
  for (const auto& [full, unused] : options_.readers) {
    if (full.rfind(type->name() + ".", 0) != 0) continue;
    // A reader may stand for a field of the message.
    std::string name = full.substr(type->name().size() + 1);
    if (std::ranges::find(known, name) == known.end()) known.push_back(std::move(name));
  }
  Fail(key, path, UnknownField(key.Scalar(), known));
}

void Reader::ReadField(const YAML::Node& node, const std::string& path,
                       const FieldDescriptor* field, Message* message) {
  if (node.IsNull()) return;
  if (field->is_map()) return ReadMap(node, path, field, message);
  if (!field->is_repeated()) return ReadValue(node, path, field, message);
  if (!node.IsSequence()) return Fail(node, path, "expected a list");
  size_t i = 0;
  for (const auto& item : node) {
    const std::string at = absl::StrCat(path, "[", i++, "]");
    Remember(item, at);
    if (item.IsNull()) {
      // yaml-cpp marks an empty item at what follows it.
      Fail(node, at, "this list item is empty");
    } else {
      ReadValue(item, at, field, message);
    }
    if (spent_) return;
  }
}

void Reader::ReadMap(const YAML::Node& node, const std::string& path, const FieldDescriptor* field,
                     Message* message) {
  if (!node.IsMap()) return Fail(node, path, "expected a mapping");
  if (!Merge(node, path)) return;
  std::set<std::string> seen;
  for (const auto& pair : node) {
    if (!Pay(pair.first, path)) return;
    if (!pair.first.IsScalar()) {
      Fail(pair.first, path, "expected a string as the key");
      continue;
    }
    if (!seen.insert(pair.first.Scalar()).second) {
      Fail(pair.first, path, absl::StrCat("the key ", pair.first.Scalar(), " appears twice"));
      continue;
    }
    Message* entry = message->GetReflection()->AddMessage(message, field);
    const Descriptor* type = field->message_type();
    entry->GetReflection()->SetString(entry, type->map_key(), pair.first.Scalar());
    ReadValue(pair.second, Join(path, pair.first.Scalar()), type->map_value(), entry);
  }
}

void Reader::ReadValue(const YAML::Node& node, const std::string& path,
                       const FieldDescriptor* field, Message* message) {
  if (!Pay(node, path)) return;
  const auto* reflection = message->GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    Message* inner = field->is_repeated() ? reflection->AddMessage(message, field)
                                          : reflection->MutableMessage(message, field);
    if (inner->GetDescriptor()->full_name() == "google.protobuf.Duration")
      return ReadDuration(node, path, inner);
    if (inner->GetDescriptor()->full_name() == "google.protobuf.Struct")
      return ReadStruct(node, path, inner);
    return ReadMessage(node, path, inner);
  }
  if (!node.IsScalar()) return Fail(node, path, "expected a single value");
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM)
    return ReadEnum(node, path, field, message);
  ReadScalar(node, path, field, message);
}

template <typename Set, typename Add>
void SetOrAdd(const FieldDescriptor* field, Set set, Add add) {
  field->is_repeated() ? add() : set();
}

void Reader::ReadScalar(const YAML::Node& node, const std::string& path,
                        const FieldDescriptor* field, Message* message) {
  const auto* r = message->GetReflection();
  const std::string& text = node.Scalar();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return SetOrAdd(
          field, [&] { r->SetString(message, field, text); },
          [&] { r->AddString(message, field, text); });
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "true" && text != "false")
        return Fail(node, path, absl::StrCat("expected true or false, not ", text));
      return SetOrAdd(
          field, [&] { r->SetBool(message, field, text == "true"); },
          [&] { r->AddBool(message, field, text == "true"); });
    case FieldDescriptor::CPPTYPE_INT32: {
      int32_t value = 0;
      if (!absl::SimpleAtoi(text, &value))
        return Fail(node, path, absl::StrCat("expected a whole number, not ", text));
      return SetOrAdd(
          field, [&] { r->SetInt32(message, field, value); },
          [&] { r->AddInt32(message, field, value); });
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      int64_t value = 0;
      if (!absl::SimpleAtoi(text, &value))
        return Fail(node, path, absl::StrCat("expected a whole number, not ", text));
      return SetOrAdd(
          field, [&] { r->SetInt64(message, field, value); },
          [&] { r->AddInt64(message, field, value); });
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double value = 0;
      if (!absl::SimpleAtod(text, &value))
        return Fail(node, path, absl::StrCat("expected a number, not ", text));
      return SetOrAdd(
          field, [&] { r->SetDouble(message, field, value); },
          [&] { r->AddDouble(message, field, value); });
    }
    default:
      return Fail(node, path, "this field cannot be written in YAML");
  }
}

void Reader::ReadEnum(const YAML::Node& node, const std::string& path, const FieldDescriptor* field,
                      Message* message) {
  const EnumDescriptor* type = field->enum_type();
  const std::string prefix = EnumPrefix(type);
  std::vector<std::string> known;
  for (int i = 1; i < type->value_count(); ++i) {
    const std::string name = type->value(i)->name().substr(prefix.size());
    known.push_back(name);
    if (name != node.Scalar()) continue;
    const auto* r = message->GetReflection();
    return SetOrAdd(
        field, [&] { r->SetEnumValue(message, field, type->value(i)->number()); },
        [&] { r->AddEnumValue(message, field, type->value(i)->number()); });
  }
  Fail(node, path,
       absl::StrCat("expected one of ", absl::StrJoin(known, ", "), ", not ", node.Scalar()));
}

void Reader::ReadDuration(const YAML::Node& node, const std::string& path, Message* message) {
  if (!node.IsScalar()) return Fail(node, path, "expected a duration such as 10m");
  const absl::StatusOr<absl::Duration> duration = ParseDurationText(node.Scalar());
  if (!duration.ok()) return Fail(node, path, std::string(duration.status().message()));
  *static_cast<google::protobuf::Duration*>(message) = ToProto(*duration);
}

void Reader::ReadStruct(const YAML::Node& node, const std::string& path, Message* message) {
  if (!node.IsMap()) return Fail(node, path, "expected a mapping");
  const absl::Status read = ReadYamlStruct(
      node, [&](const YAML::Node& inner) { return Pay(inner, path); },
      static_cast<google::protobuf::Struct*>(message));
  if (!read.ok()) Fail(node, path, std::string(read.message()));
}

}  // namespace

absl::Status ReadYaml(const std::string& text, const YamlSource& source,
                      const YamlReadOptions& options, Message* message) {
  ASSIGN_OR_RETURN(const YAML::Node root, LoadYaml(text, source.file, options.reason));
  return ReadYamlNode(root, text.size(), source, options, message);
}

absl::Status ReadYamlNode(const YAML::Node& root, size_t text_size, const YamlSource& source,
                          const YamlReadOptions& options, Message* message) {
  Reader reader(source, options, text_size);
  reader.ReadMessage(root, "", message);
  std::vector<FieldViolation> errors = reader.TakeErrors();
  return errors.empty() ? absl::OkStatus() : MakeInvalid(options.reason, std::move(errors));
}

std::string LowerCamelCase(const std::string& path) {
  std::string camel;
  for (size_t i = 0; i < path.size(); ++i)
    camel += path[i] == '_' && i + 1 < path.size() ? absl::ascii_toupper(path[++i]) : path[i];
  return camel;
}

std::string LocationOf(const YamlLocations& locations, const std::string& proto_path) {
  std::string path = LowerCamelCase(proto_path);
  while (!path.empty()) {
    if (const auto place = locations.find(path); place != locations.end()) return place->second;
    const size_t end = path.find_last_of(".[");
    path.resize(end == std::string::npos ? 0 : end);
  }
  return path;
}

std::string UnknownField(const std::string& name, const std::vector<std::string>& known) {
  const std::string nearest = NearestName(name, known);
  return absl::StrCat("unknown field ", name,
                      nearest.empty() ? "; the known fields are: " + absl::StrJoin(known, ", ")
                                      : "; did you mean " + nearest + "?");
}

absl::Status MakeYamlError(const YAML::Node& node, const std::string& path,
                           const std::string& what) {
  const YAML::Mark mark = MarkOf(node);
  return MakeInvalid(Reason::kPlanInvalid, {{absl::StrCat(mark.line + 1, ":", mark.column + 1),
                                             absl::StrCat(path, ": ", what)}});
}

std::string NearestName(const std::string& name, const std::vector<std::string>& known) {
  std::string nearest;
  if (name.size() > kLongestName) return nearest;
  // Two edits turn any short word into any other.
  size_t best =
      std::min(std::max<size_t>(2, name.size() / 3) + 1, std::max<size_t>(name.size(), 2));
  for (const std::string& candidate : known) {
    const size_t distance = EditDistance(name, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace wheelhouse
