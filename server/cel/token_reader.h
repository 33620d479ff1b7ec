// The tokens of an expression, read from left to right.
#pragma once

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "server/cel/lexer.h"

namespace wheelhouse::cel {

class TokenReader {
 public:
  // Ends with kEnd, as Tokenize makes them.
  explicit TokenReader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& Now() const { return tokens_[at_]; }
  const Token& Ahead(size_t by) const { return tokens_[std::min(at_ + by, tokens_.size() - 1)]; }

  // The token, and goes on; the end stays.
  const Token& Take() {
    const Token& token = Now();
    at_ = std::min(at_ + 1, tokens_.size() - 1);
    return token;
  }
  bool Skip(absl::string_view symbol) {
    if (!Now().Is(symbol)) return false;
    Take();
    return true;
  }
  absl::Status Expect(absl::string_view symbol) {
    return Skip(symbol) ? absl::OkStatus() : Unexpected(absl::StrCat("`", symbol, "`"));
  }
  absl::Status Unexpected(absl::string_view expected) const {
    return SyntaxError(Now().at, absl::StrCat("expected ", expected, ", found ", Now().Quoted()));
  }

 private:
  const std::vector<Token> tokens_;
  size_t at_ = 0;
};

}  // namespace wheelhouse::cel
