#include "server/cel/parser.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/status_macros.h"
#include "server/cel/names.h"
#include "server/cel/operators.h"
#include "server/cel/token_reader.h"
#include "server/cel/words.h"

namespace wheelhouse::cel {
namespace {

constexpr size_t kMaxBytes = 16 << 10;
constexpr int kMaxNesting = 60;  // of parentheses and the like: each takes a dozen calls here

// The left-associative binary operators, loosest level first.
const std::vector<std::vector<Op>>& Levels() {
  static const auto* const levels =
      new std::vector<std::vector<Op>>{{Op::kLess, Op::kLessOrEqual, Op::kGreater,
                                        Op::kGreaterOrEqual, Op::kEqual, Op::kNotEqual, Op::kIn},
                                       {Op::kAdd, Op::kSubtract},
                                       {Op::kMultiply, Op::kDivide, Op::kRemainder}};
  return *levels;
}

class Parser {
 public:
  Parser(std::vector<Token> tokens, absl::Span<const std::string> variables)
      : tokens_(std::move(tokens)), names_(variables) {}

  absl::StatusOr<NodePtr> Run() {
    ASSIGN_OR_RETURN(NodePtr whole, Expression());
    if (tokens_.Now().kind != Token::kEnd) return tokens_.Unexpected("an operator or the end");
    return whole;
  }

 private:
  absl::StatusOr<NodePtr> Expression() {
    if (++nesting_ > kMaxNesting)
      return SyntaxError(tokens_.Now().at,
                         "is nested too deeply; split it into several expressions");
    ASSIGN_OR_RETURN(NodePtr condition, Chain(Op::kOr, "||"));
    if (const Position at = tokens_.Now().at; tokens_.Skip("?")) {
      ASSIGN_OR_RETURN(NodePtr then, Chain(Op::kOr, "||"));
      RETURN_IF_ERROR(tokens_.Expect(":"));
      ASSIGN_OR_RETURN(NodePtr otherwise, Expression());
      ASSIGN_OR_RETURN(condition, make_.Make(Op::kConditional, at, std::move(condition),
                                             std::move(then), std::move(otherwise)));
    }
    --nesting_;
    return condition;
  }

  // a || b || c is one node, so that long chains are not deep.
  absl::StatusOr<NodePtr> Chain(Op op, absl::string_view symbol) {
    const auto operand = [&] { return op == Op::kOr ? Chain(Op::kAnd, "&&") : Binary(0); };
    ASSIGN_OR_RETURN(NodePtr first, operand());
    if (!tokens_.Now().Is(symbol)) return first;
    ASSIGN_OR_RETURN(NodePtr chain, make_.Make(op, tokens_.Now().at, std::move(first)));
    while (tokens_.Skip(symbol)) {
      ASSIGN_OR_RETURN(NodePtr next, operand());
      RETURN_IF_ERROR(make_.Append(chain.get(), std::move(next)));
    }
    return chain;
  }

  absl::StatusOr<NodePtr> Binary(size_t level) {
    if (level == Levels().size()) return Unary();
    ASSIGN_OR_RETURN(NodePtr left, Binary(level + 1));
    while (true) {
      const auto& ops = Levels()[level];
      const auto op =
          std::ranges::find_if(ops, [&](Op one) { return tokens_.Now().Is(Symbol(one)); });
      if (op == ops.end()) return left;
      const Position at = tokens_.Take().at;
      ASSIGN_OR_RETURN(NodePtr right, Binary(level + 1));
      ASSIGN_OR_RETURN(left, make_.Make(*op, at, std::move(left), std::move(right)));
    }
  }

  // `!` and `-` take a member, not another operator; an even number of them is none.
  absl::StatusOr<NodePtr> Unary() {
    const Token first = tokens_.Now();
    const bool minus = first.Is("-");
    if (!first.Is("!") && (!minus || IsNumber(tokens_.Ahead(1)))) return Member();
    size_t count = 0;
    while (tokens_.Skip(first.text)) ++count;
    ASSIGN_OR_RETURN(NodePtr operand, Member());
    if (count % 2 == 0) return operand;
    return make_.Make(minus ? Op::kNegate : Op::kNot, first.at, std::move(operand));
  }

  absl::StatusOr<NodePtr> Member() {
    ASSIGN_OR_RETURN(NodePtr value, Primary());
    while (true) {
      const Position at = tokens_.Now().at;
      if (tokens_.Skip("[")) {
        const Op op = tokens_.Skip("?") ? Op::kOptionalIndex : Op::kIndex;
        ASSIGN_OR_RETURN(NodePtr index, Expression());
        RETURN_IF_ERROR(tokens_.Expect("]"));
        ASSIGN_OR_RETURN(value, make_.Make(op, at, std::move(value), std::move(index)));
      } else if (tokens_.Skip(".")) {
        ASSIGN_OR_RETURN(value, AfterDot(std::move(value)));
      } else {
        return value;
      }
    }
  }

  absl::StatusOr<NodePtr> AfterDot(NodePtr value) {
    const bool optional = tokens_.Skip("?");
    const Token field = tokens_.Now();
    if (field.kind != Token::kName || IsKeyword(field.text))
      return tokens_.Unexpected("a field's name");
    tokens_.Take();
    if (!optional && tokens_.Skip("(")) {
      if (const auto macro = MacroNamed(field.text)) return Macro(*macro, field, std::move(value));
      std::vector<NodePtr> arguments;
      arguments.push_back(std::move(value));
      RETURN_IF_ERROR(List(")", &arguments));
      return make_.Call(std::string(field.text), field.at, true, std::move(arguments));
    }
    ASSIGN_OR_RETURN(NodePtr select, make_.Make(optional ? Op::kOptionalSelect : Op::kSelect,
                                                field.at, std::move(value)));
    select->text = std::string(field.text);
    return select;
  }

  // After `x.all(`.
  absl::StatusOr<NodePtr> Macro(Op macro, const Token& name, NodePtr range) {
    const Token variable = tokens_.Now();
    if (variable.kind != Token::kName || IsReserved(variable.text) || !tokens_.Ahead(1).Is(","))
      return SyntaxError(
          variable.at,
          absl::StrCat(name.text, "() begins with a variable's name: ", MacroExample(name.text)));
    tokens_.Take();
    tokens_.Take();
    std::vector<NodePtr> operands;
    operands.push_back(std::move(range));
    const size_t slot = names_.Enter(variable.text);
    RETURN_IF_ERROR(List(")", &operands));
    names_.Leave();
    return make_.Macro(macro, name, slot, std::move(operands));
  }

  // Expressions up to `close`, which is taken; a comma may follow the last one only in a list.
  absl::Status List(absl::string_view close, std::vector<NodePtr>* items) {
    if (tokens_.Skip(close)) return absl::OkStatus();
    while (true) {
      ASSIGN_OR_RETURN(NodePtr item, Expression());
      items->push_back(std::move(item));
      if (tokens_.Skip(close)) return absl::OkStatus();
      if (!tokens_.Skip(",")) return tokens_.Unexpected(absl::StrCat("`,` or `", close, "`"));
      if (close == "]" && tokens_.Skip(close)) return absl::OkStatus();
    }
  }

  absl::StatusOr<NodePtr> Map(Position at) {
    std::vector<NodePtr> items;
    while (!tokens_.Skip("}")) {
      ASSIGN_OR_RETURN(NodePtr key, Expression());
      RETURN_IF_ERROR(tokens_.Expect(":"));
      ASSIGN_OR_RETURN(NodePtr value, Expression());
      items.push_back(std::move(key));
      items.push_back(std::move(value));
      if (!tokens_.Skip(",") && !tokens_.Now().Is("}")) return tokens_.Unexpected("`,` or `}`");
    }
    return make_.Make(Op::kMap, at, std::move(items));
  }

  absl::StatusOr<NodePtr> Primary() {
    const Token token = tokens_.Now();
    if (tokens_.Skip("(")) {
      ASSIGN_OR_RETURN(NodePtr inner, Expression());
      RETURN_IF_ERROR(tokens_.Expect(")"));
      return inner;
    }
    if (tokens_.Skip("[")) {
      std::vector<NodePtr> items;
      RETURN_IF_ERROR(List("]", &items));
      return make_.Make(Op::kList, token.at, std::move(items));
    }
    if (tokens_.Skip("{")) return Map(token.at);
    if (token.kind == Token::kName && !IsKeyword(token.text)) return Name();
    const bool minus = token.Is("-") && IsNumber(tokens_.Ahead(1));
    if (!minus && !IsLiteral(token)) return tokens_.Unexpected("a value");
    if (minus) tokens_.Take();
    return make_.Literal(tokens_.Take(), minus);
  }

  absl::StatusOr<NodePtr> Name() {
    const Token name = tokens_.Take();
    if (IsReserved(name.text))
      return SyntaxError(name.at, absl::StrCat("`", name.text, "` is reserved by the language"));
    if (tokens_.Now().Is("{"))
      return SyntaxError(name.at, "messages are not supported; a map is written {'key': value}");
    if (tokens_.Skip("(")) return Call(std::string(name.text), name.at);
    if (name.text == "optional" && !names_.Knows("optional") && tokens_.Ahead(2).Is("(")) {
      const std::string function = absl::StrCat("optional.", tokens_.Ahead(1).text);
      for (int i = 0; i < 3; ++i) tokens_.Take();
      return Call(function, name.at);
    }
    ASSIGN_OR_RETURN(Node resolved, names_.Resolve(name));
    ASSIGN_OR_RETURN(NodePtr node, make_.Leaf(resolved.op, name.at));
    node->text = std::move(resolved.text);
    node->literal = resolved.literal;
    node->slot = resolved.slot;
    return node;
  }

  // After `name(`.
  absl::StatusOr<NodePtr> Call(const std::string& name, Position at) {
    std::vector<NodePtr> arguments;
    RETURN_IF_ERROR(List(")", &arguments));
    return make_.Call(name, at, false, std::move(arguments));
  }

  TokenReader tokens_;
  int nesting_ = 0;
  Names names_;
  NodeMaker make_;
};

}  // namespace

absl::StatusOr<NodePtr> ParseExpression(absl::string_view source,
                                        absl::Span<const std::string> variables) {
  if (source.size() > kMaxBytes)
    return absl::InvalidArgumentError("is longer than 16 KiB; split it into several expressions");
  ASSIGN_OR_RETURN(std::vector<Token> tokens, Tokenize(source));
  if (tokens.front().kind == Token::kEnd)
    return absl::InvalidArgumentError("is empty; `true` always holds");
  return Parser(std::move(tokens), variables).Run();
}

}  // namespace wheelhouse::cel
