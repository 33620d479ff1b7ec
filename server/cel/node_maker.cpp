#include "server/cel/node_maker.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <utility>

#include "common/status_macros.h"
#include "server/cel/numbers.h"

namespace wheelhouse::cel {
namespace {

constexpr int kMaxNodes = 5000;
constexpr int kMaxDepth = 100;

constexpr std::pair<absl::string_view, Op> kMacros[] = {{"all", Op::kAll},
                                                        {"exists", Op::kExists},
                                                        {"exists_one", Op::kExistsOne},
                                                        {"filter", Op::kFilter},
                                                        {"map", Op::kMapTo}};

absl::StatusOr<Value> WholeLiteral(const Token& token, bool minus) {
  absl::string_view digits = token.text;
  const bool is_unsigned = token.kind == Token::kUint;
  if (is_unsigned) digits.remove_suffix(1);
  const bool hex = absl::StartsWith(digits, "0x");
  if (hex) digits.remove_prefix(2);
  if (is_unsigned) {
    const auto number = ReadUint(digits, hex ? 16 : 10);
    if (number) return Value(*number);
    return SyntaxError(token.at, "the number is too large for a uint of 64 bits");
  }
  const auto number = ReadInt(absl::StrCat(minus ? "-" : "", digits), hex ? 16 : 10);
  if (number) return Value(*number);
  return SyntaxError(token.at, "the number is too large for an int of 64 bits");
}

// A literal's pattern is compiled once, and wrong ones are found here.
absl::Status CompilePattern(Node* call) {
  if (call->function == nullptr || call->function->name != "matches") return absl::OkStatus();
  const Node& pattern = *call->operands[1];
  if (pattern.op != Op::kLiteral || !pattern.literal.is(Kind::kString)) return absl::OkStatus();
  call->pattern = std::make_unique<re2::RE2>(pattern.text, PatternOptions());
  if (call->pattern->ok()) return absl::OkStatus();
  return SyntaxError(pattern.at, absl::StrCat("is no pattern of RE2: ", call->pattern->error()));
}

}  // namespace

std::optional<Op> MacroNamed(absl::string_view name) {
  for (const auto& [known, op] : kMacros) {
    if (known == name) return op;
  }
  return std::nullopt;
}

std::string MacroExample(absl::string_view name) {
  return absl::StrCat("`list.", name, "(x, ", name == "map" ? "x.name" : "x > 0", ")`");
}

absl::StatusOr<NodePtr> NodeMaker::Make(Op op, Position at, std::vector<NodePtr> operands) {
  auto node = std::make_unique<Node>();
  node->op = op;
  node->at = at;
  if (++count_ > kMaxNodes)
    return SyntaxError(at, "the expression has too many parts; split it into several");
  for (NodePtr& operand : operands) RETURN_IF_ERROR(Append(node.get(), std::move(operand)));
  return node;
}

absl::StatusOr<NodePtr> NodeMaker::Make(Op op, Position at, NodePtr first, NodePtr second,
                                        NodePtr third) {
  std::vector<NodePtr> operands;
  for (NodePtr* operand : {&first, &second, &third}) {
    if (*operand != nullptr) operands.push_back(std::move(*operand));
  }
  return Make(op, at, std::move(operands));
}

absl::Status NodeMaker::Append(Node* node, NodePtr operand) {
  node->depth = std::max(node->depth, operand->depth + 1);
  if (node->depth > kMaxDepth)
    return SyntaxError(node->at, "is nested too deeply; split it into several expressions");
  node->operands.push_back(std::move(operand));
  return absl::OkStatus();
}

absl::StatusOr<NodePtr> NodeMaker::Literal(const Token& token, bool minus) {
  ASSIGN_OR_RETURN(NodePtr node, Leaf(Op::kLiteral, token.at));
  switch (token.kind) {
    case Token::kInt:
    case Token::kUint: {
      ASSIGN_OR_RETURN(node->literal, WholeLiteral(token, minus));
      break;
    }
    case Token::kDouble: {
      const auto number = ReadDouble(absl::StrCat(minus ? "-" : "", token.text));
      if (!number) return SyntaxError(token.at, "the number is too large for a double");
      node->literal = Value(*number);
      break;
    }
    case Token::kString:
    case Token::kBytes: {
      ASSIGN_OR_RETURN(node->text, Unquote(token));
      const absl::string_view text = node->text;
      node->literal = token.kind == Token::kString ? Value(text) : Value(Bytes{text});
      break;
    }
    default:
      if (token.text != "null") node->literal = Value(token.text == "true");
  }
  return node;
}

absl::StatusOr<NodePtr> NodeMaker::Call(const std::string& name, Position at, bool method,
                                        std::vector<NodePtr> arguments) {
  if (method && arguments.size() == 2 && (name == "or" || name == "orValue"))
    return Make(name == "or" ? Op::kOrOptional : Op::kOrValue, at, std::move(arguments));
  if (!method && name == "has") {
    if (arguments.size() != 1 || arguments[0]->op != Op::kSelect)
      return SyntaxError(at, "has() takes one field: `has(status.phase)`");
    arguments[0]->op = Op::kHas;
    return std::move(arguments[0]);
  }
  const Function* function = FindFunction(name, method, arguments.size());
  if (function == nullptr) {
    const std::vector<std::string> calls = CallsOf(name);
    return SyntaxError(at, calls.empty() ? absl::StrCat("there is no function `", name, "`")
                                         : absl::StrCat("`", name, "` is called as ",
                                                        absl::StrJoin(calls, " or ")));
  }
  ASSIGN_OR_RETURN(NodePtr call, Make(Op::kCall, at, std::move(arguments)));
  call->function = function;
  RETURN_IF_ERROR(CompilePattern(call.get()));
  return call;
}

absl::StatusOr<NodePtr> NodeMaker::Macro(Op macro, const Token& name, size_t slot,
                                         std::vector<NodePtr> operands) {
  const size_t after_variable = operands.size() - 1;
  if (after_variable != 1 && !(macro == Op::kMapTo && after_variable == 2))
    return SyntaxError(
        name.at, absl::StrCat(name.text, "() takes a variable and ",
                              macro == Op::kMapTo ? "one or two expressions: " : "one expression: ",
                              MacroExample(name.text)));
  ASSIGN_OR_RETURN(NodePtr node, Make(macro, name.at, std::move(operands)));
  node->slot = slot;
  return node;
}

}  // namespace wheelhouse::cel
