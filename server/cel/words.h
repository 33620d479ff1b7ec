// The words and literals of the language's grammar. Pure functions.
#pragma once

#include <algorithm>

#include "server/cel/lexer.h"

namespace wheelhouse::cel {

inline bool IsLiteralWord(absl::string_view word) {
  return word == "true" || word == "false" || word == "null";
}

// Neither a name nor a field's name.
inline bool IsKeyword(absl::string_view word) { return word == "in" || IsLiteralWord(word); }

// A field's name, but not a variable's or function's.
inline bool IsReserved(absl::string_view word) {
  static constexpr absl::string_view kWords[] = {
      "as",  "break", "const",     "continue", "else",   "for", "function", "if",   "import",
      "let", "loop",  "namespace", "package",  "return", "var", "void",     "while"};
  return IsKeyword(word) || std::ranges::find(kWords, word) != std::end(kWords);
}

// A number that may have a minus before it.
inline bool IsNumber(const Token& token) {
  return token.kind == Token::kInt || token.kind == Token::kDouble;
}

inline bool IsLiteral(const Token& token) {
  switch (token.kind) {
    case Token::kEnd:
    case Token::kSymbol:
      return false;
    case Token::kName:
      return IsLiteralWord(token.text);
    default:
      return true;
  }
}

}  // namespace wheelhouse::cel
