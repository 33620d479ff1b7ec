#include "server/cel/evaluation.h"

#include <absl/strings/str_cat.h>

#include "common/status_macros.h"

namespace wheelhouse::cel {
namespace {

constexpr uint64_t kCostBetweenLooks = 1000;

}  // namespace

absl::Status Evaluation::Spend(uint64_t cost) {
  if (!ended_.ok()) return ended_;
  cost_ += cost;
  if (cost_ > limits_.cost || cost_ < cost) {
    ended_ = absl::ResourceExhaustedError(
        absl::StrCat("the expression costs more than its limit of ", limits_.cost,
                     " units: let it look at less (a unit is about a list item or ten bytes)"));
  } else if (cost_ >= next_look_) {
    next_look_ = cost_ + kCostBetweenLooks;
    ended_ = context_.Check();
  }
  return ended_;
}

absl::Status Evaluation::CheckRoom(uint64_t bytes) {
  if (!ended_.ok()) return ended_;
  if (bytes > limits_.bytes - bytes_) {
    ended_ = absl::ResourceExhaustedError(
        absl::StrCat("the expression makes texts and lists of more than its limit of ",
                     limits_.bytes, " bytes"));
  }
  return ended_;
}

absl::Status Evaluation::Reserve(uint64_t bytes) {
  RETURN_IF_ERROR(CheckRoom(bytes));
  bytes_ += bytes;
  return SpendOnBytes(bytes);
}

absl::StatusOr<absl::string_view> Evaluation::Keep(std::string text) {
  RETURN_IF_ERROR(Reserve(sizeof(std::string) + text.size()));
  texts_.push_back(std::move(text));
  return absl::string_view(texts_.back());
}

absl::StatusOr<Value> Evaluation::NewString(std::string text) {
  ASSIGN_OR_RETURN(const absl::string_view kept, Keep(std::move(text)));
  return Value(kept);
}

absl::StatusOr<Value> Evaluation::NewBytes(std::string bytes) {
  ASSIGN_OR_RETURN(const absl::string_view kept, Keep(std::move(bytes)));
  return Value(Bytes{kept});
}

absl::StatusOr<Value> Evaluation::NewList(std::vector<Value> items) {
  RETURN_IF_ERROR(Reserve(sizeof(std::vector<Value>) + items.size() * sizeof(Value)));
  lists_.push_back(std::move(items));
  return Value(ListView{nullptr, lists_.back().data(), lists_.back().size()});
}

absl::StatusOr<Value> Evaluation::NewMap(std::vector<MapEntry> entries) {
  RETURN_IF_ERROR(Reserve(sizeof(std::vector<MapEntry>) + entries.size() * sizeof(MapEntry)));
  maps_.push_back(std::move(entries));
  return Value(MapView{nullptr, maps_.back().data(), maps_.back().size()});
}

absl::StatusOr<Value> Evaluation::NewOptional(const Value& value) {
  RETURN_IF_ERROR(Reserve(sizeof(std::vector<Value>) + sizeof(Value)));
  lists_.push_back({value});
  return Value(OptionalView{lists_.back().data()});
}

}  // namespace wheelhouse::cel
