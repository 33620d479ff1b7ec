// An expression as a tree, with the names in it resolved.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>
#include <vector>

#include "server/cel/functions.h"
#include "server/cel/lexer.h"
#include "server/cel/value.h"

namespace wheelhouse::cel {

enum class Op {
  kLiteral,
  kVariable,
  kLocal,           // a macro's variable
  kSelect,          // a.b
  kOptionalSelect,  // a.?b
  kHas,             // has(a.b)
  kIndex,           // a[b]
  kOptionalIndex,   // a[?b]
  kList,
  kMap,  // its operands are key, value, key, value ...
  kNot,
  kNegate,
  kAnd,  // of two operands or more
  kOr,
  kConditional,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kRemainder,
  kCall,
  kOrOptional,  // a.or(b)
  kOrValue,     // a.orValue(b)
  // Macros. Their operands are the range, a predicate (kMapTo: if there is one) and the item.
  kAll,
  kExists,
  kExistsOne,
  kFilter,
  kMapTo,
};

struct Node {
  Op op = Op::kLiteral;
  Position at;
  int depth = 1;                       // of the tree below it, itself included
  std::string text;                    // the variable, field, operator or text
  Value literal;                       // may be a view of `text`
  size_t slot = 0;                     // of the macro's variable
  const Function* function = nullptr;  // of a call
  std::unique_ptr<re2::RE2> pattern;   // of matches() with a literal
  std::vector<std::unique_ptr<Node>> operands;
};

}  // namespace wheelhouse::cel
