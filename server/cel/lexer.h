// Splits an expression into tokens, as CEL's grammar does.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>
#include <vector>

namespace wheelhouse::cel {

// Where something begins in the expression, from 1; columns count characters.
struct Position {
  int line = 1;
  int column = 1;

  // `column 4`, or `line 2, column 4`.
  std::string ToString() const;
};

// INVALID_ARGUMENT: what is wrong there.
absl::Status SyntaxError(Position at, absl::string_view message);

struct Token {
  enum Kind { kEnd, kName, kInt, kUint, kDouble, kString, kBytes, kSymbol };
  Kind kind = kEnd;
  absl::string_view text;  // as it is written; a view of the source
  Position at;

  bool Is(absl::string_view symbol) const {
    return (kind == kSymbol || kind == kName) && text == symbol;
  }
  // "`x`" or "the end".
  std::string Quoted() const;
};

// Ends with a kEnd. The source must be UTF-8. INVALID_ARGUMENT with the position otherwise.
absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view source);

// What a kString or kBytes token stands for, quotes and escapes removed.
absl::StatusOr<std::string> Unquote(const Token& token);

}  // namespace wheelhouse::cel
