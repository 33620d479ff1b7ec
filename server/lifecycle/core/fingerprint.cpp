#include "server/lifecycle/core/fingerprint.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/message.h>

#include <vector>

#include "common/sha256.h"
#include "server/helm/values_fingerprint.h"

namespace wheelhouse::lifecycle {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string Base32OfSha256(const std::string& input) {
  static constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  unsigned buffer = 0;
  int bits = 0;
  for (const char byte : Sha256(input)) {
    buffer = (buffer << 8) | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 5; bits -= 5) text += kAlphabet[(buffer >> (bits - 5)) & 31];
    buffer &= (1u << bits) - 1;
  }
  if (bits > 0) text += kAlphabet[(buffer << (5 - bits)) & 31];
  return text;
}

// Maps are written in the order of their keys, so that equal messages have equal bytes.
std::string Bytes(const Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream out(&bytes);
  google::protobuf::io::CodedOutputStream coded(&out);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

void AddText(char kind, const std::string& text, std::string* input) {
  absl::StrAppend(input, std::string(1, kind), text.size(), ":", text);
}

std::string RecordLabels(const v1::ChartInfo& info) {
  v1::ChartInfo labels;
  *labels.mutable_labels() = info.labels();
  return Bytes(labels);
}

std::string NamespaceLabels(const v1::ChartInfo& info) {
  v1::ChartInfo labels;
  *labels.mutable_namespace_labels() = info.namespace_labels();
  return Bytes(labels);
}

// How the texts of a message are written where a rule wants them changed.
using Rewrite = void (*)(Message* message);

void AddSteps(const v1::StagePlan& plan, Rewrite rewrite, std::string* input) {
  absl::StrAppend(input, plan.skip_defaults() ? "S" : "s");
  for (const auto* list : {&plan.before(), &plan.after()}) {
    absl::StrAppend(input, "[");
    for (v1::Step step : *list) {
      step.clear_name();
      step.clear_timeout();
      step.clear_retry();
      // How a hook is called, and not what it is given.
      if (v1::HookStep* hook = step.has_hook() ? step.mutable_hook() : nullptr) {
        hook->clear_heartbeat();
        hook->clear_no_worker();
        hook->clear_queue_timeout();
        hook->clear_scope();
      }
      rewrite(&step);
      const std::string bytes = Bytes(step);
      absl::StrAppend(input, bytes.size(), ":", bytes);
    }
  }
}

// What both rules have in common: `head` is a rule's own.
std::string Input(const v1::ChartInfo& info, const std::string& head, Rewrite rewrite) {
  std::string input = head;
  for (v1::Patch patch : info.patches()) {
    rewrite(&patch);
    AddText('p', Bytes(patch), &input);
  }
  for (v1::ValuesFile file : info.crd_files()) {
    rewrite(&file);
    AddText('c', file.content(), &input);
  }
  AddSteps(info.stages().pre_exec(), rewrite, &input);
  AddSteps(info.stages().exec(), rewrite, &input);
  AddSteps(info.stages().post_exec(), rewrite, &input);
  return input;
}

std::string Options(const v1::ChartInfo& info, const helm::Chart& chart) {
  return absl::StrCat(chart.digest, "|", info.crd_policy(), "|", info.force_upgrade(), "|",
                      info.field_conflicts(), "|", NamespaceLabels(info), "|");
}

// The rule of daemons whose labels carry no version.
std::string FirstRule(const v1::ChartInfo& info, const helm::Chart& chart) {
  const std::string head = absl::StrCat("1|", Options(info, chart), helm::BytesOfValues(info));
  return Base32OfSha256(Input(info, head, [](Message*) {}));
}

void UseUnixLineEnds(Message* message);

void UseUnixLineEndsIn(Message* message, const FieldDescriptor* field) {
  const auto* reflection = message->GetReflection();
  const auto mend = [](const std::string& text) {
    return absl::StrReplaceAll(text, {{"\r\n", "\n"}});
  };
  const bool is_text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  const bool is_message = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  if (!field->is_repeated()) {
    if (is_text)
      reflection->SetString(message, field, mend(reflection->GetString(*message, field)));
    if (is_message) UseUnixLineEnds(reflection->MutableMessage(message, field));
    return;
  }
  for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
    if (is_text) {
      reflection->SetRepeatedString(message, field, i,
                                    mend(reflection->GetRepeatedString(*message, field, i)));
    } else if (is_message) {
      UseUnixLineEnds(reflection->MutableRepeatedMessage(message, field, i));
    }
  }
}

void UseUnixLineEnds(Message* message) {
  std::vector<const FieldDescriptor*> fields;
  message->GetReflection()->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) UseUnixLineEndsIn(message, field);
}

constexpr char kSecondRule[] = "v2-";

std::string SecondRule(const v1::ChartInfo& info, const helm::Chart& chart) {
  std::string head = absl::StrCat(kSecondRule, Options(info, chart), helm::ParsedValues(info));
  // What is new since is added only where it is set.
  if (info.no_hooks()) absl::StrAppend(&head, "|no hooks");
  if (info.has_server_side_apply())
    absl::StrAppend(&head, "|server side ", static_cast<int>(info.server_side_apply()));
  if (!info.labels().empty()) absl::StrAppend(&head, "|labels ", RecordLabels(info));
  return absl::StrCat(kSecondRule, Base32OfSha256(Input(info, head, UseUnixLineEnds)));
}

}  // namespace

Fingerprint Fingerprint::Of(const v1::ChartInfo& info, const helm::Chart& chart) {
  Fingerprint fingerprint;
  fingerprint.text_ = SecondRule(info, chart);
  if (!info.no_hooks() && !info.has_server_side_apply() && info.labels().empty())
    fingerprint.by_first_rule_ = FirstRule(info, chart);
  return fingerprint;
}

bool Fingerprint::Is(const std::string& label) const {
  return !label.empty() && (label == text_ || label == by_first_rule_);
}

}  // namespace wheelhouse::lifecycle
