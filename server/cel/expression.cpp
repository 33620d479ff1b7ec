#include "server/cel/expression.h"

#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/cel/evaluator.h"
#include "server/cel/parser.h"
#include "server/cel/times.h"

namespace wheelhouse::cel {
namespace {

constexpr int kMaxDepth = 500;

std::string KeyText(const Value& key) {
  switch (key.kind()) {
    case Kind::kString:
      return std::string(key.text());
    case Kind::kBool:
      return key.truth() ? "true" : "false";
    case Kind::kUint:
      return absl::StrCat(key.get<uint64_t>());
    default:
      return absl::StrCat(key.get<int64_t>());
  }
}

// Copies a value as JSON. What is in it many times is paid for each time.
class JsonCopy {
 public:
  explicit JsonCopy(Evaluation& evaluation) : evaluation_(evaluation) {}

  absl::StatusOr<Json> Of(const Value& value, int depth = 0) {
    RETURN_IF_ERROR(evaluation_.Reserve(sizeof(Json)));
    if (depth > kMaxDepth) return absl::InvalidArgumentError("the result is nested too deeply");
    switch (value.kind()) {
      case Kind::kNull:
        return Json();
      case Kind::kBool:
        return Json(value.truth());
      case Kind::kInt:
        return Json(value.get<int64_t>());
      case Kind::kUint:
        return Json(value.get<uint64_t>());
      case Kind::kDouble:
        return Json(value.get<double>());
      case Kind::kList:
        return OfList(value.get<ListView>(), depth);
      case Kind::kMap:
        return OfMap(value.get<MapView>(), depth);
      case Kind::kOptional:
        return Of(
            value.get<OptionalView>().value == nullptr ? Value() : *value.get<OptionalView>().value,
            depth + 1);
      default:
        return OfText(value);
    }
  }

 private:
  absl::StatusOr<Json> OfText(const Value& value) {
    std::string text;
    if (value.is(Kind::kString)) {
      RETURN_IF_ERROR(evaluation_.Reserve(value.text().size()));
      text = std::string(value.text());
    } else if (value.is(Kind::kBytes)) {
      RETURN_IF_ERROR(evaluation_.Reserve(2 * value.get<Bytes>().bytes.size()));
      text = absl::Base64Escape(value.get<Bytes>().bytes);
    } else if (value.is(Kind::kTimestamp)) {
      text = TimestampText(value.get<Timestamp>());
    } else if (value.is(Kind::kDuration)) {
      text = DurationText(value.get<Duration>());
    } else {
      text = std::string(NameOf(value.get<TypeName>().kind));
    }
    return Json(std::move(text));
  }

  absl::StatusOr<Json> OfList(const ListView& list, int depth) {
    Json json = Json::array();
    for (size_t i = 0; i < list.size(); ++i) {
      ASSIGN_OR_RETURN(Json item, Of(list.at(i), depth + 1));
      json.push_back(std::move(item));
    }
    return json;
  }

  absl::StatusOr<Json> OfMap(const MapView& map, int depth) {
    Json json = Json::object();
    RETURN_IF_ERROR(map.ForEach([&](const Value& key, const Value& value) -> absl::Status {
      const std::string name = KeyText(key);
      RETURN_IF_ERROR(evaluation_.Reserve(sizeof(std::string) + name.size()));
      ASSIGN_OR_RETURN(json[name], Of(value, depth + 1));
      return absl::OkStatus();
    }));
    return json;
  }

  Evaluation& evaluation_;
};

}  // namespace

const Json* Activation::Find(absl::string_view name) const {
  for (const auto& [known, value] : values_) {
    if (known == name) return value;
  }
  return nullptr;
}

absl::StatusOr<Expression> Expression::Parse(absl::string_view source,
                                             absl::Span<const std::string> variables) {
  ASSIGN_OR_RETURN(NodePtr root, ParseExpression(source, variables));
  return Expression(std::move(root));
}

Expression::Expression(std::unique_ptr<Node> root) : root_(std::move(root)) {}
Expression::Expression(Expression&&) noexcept = default;
Expression& Expression::operator=(Expression&&) noexcept = default;
Expression::~Expression() = default;

absl::StatusOr<Json> Expression::Evaluate(const Context& context, const Activation& activation,
                                          const Limits& limits) const {
  Evaluation evaluation(context, limits);
  ASSIGN_OR_RETURN(const Value value, Evaluator(evaluation, activation).Evaluate(*root_));
  return JsonCopy(evaluation).Of(value);
}

absl::StatusOr<bool> Expression::Holds(const Context& context, const Activation& activation,
                                       const Limits& limits) const {
  Evaluation evaluation(context, limits);
  ASSIGN_OR_RETURN(const Value value, Evaluator(evaluation, activation).Evaluate(*root_));
  if (value.is(Kind::kBool)) return value.truth();
  return absl::InvalidArgumentError(
      absl::StrCat("the expression must be true or false, but is of type ", NameOf(value.kind())));
}

}  // namespace wheelhouse::cel
