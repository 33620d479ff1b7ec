#include "server/cel/lexer.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/status_macros.h"
#include "common/utf8.h"

namespace wheelhouse::cel {
namespace {

bool Digit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool HexDigit(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }
bool NamePart(char c) { return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c)); }

class Lexer {
 public:
  explicit Lexer(absl::string_view source) : source_(source) {}

  absl::StatusOr<std::vector<Token>> Run() {
    std::vector<Token> tokens;
    while (true) {
      SkipSpace();
      ASSIGN_OR_RETURN(const Token token, Next());
      tokens.push_back(token);
      if (token.kind == Token::kEnd) return tokens;
    }
  }

 private:
  char Peek(size_t ahead = 0) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  void SkipSpace() {
    while (at_ < source_.size()) {
      if (absl::StrContains(" \t\r\n\f", Peek())) {
        Advance(1);
      } else if (Peek() == '/' && Peek(1) == '/') {
        Advance(std::min(source_.find('\n', at_), source_.size()) - at_);
      } else {
        return;
      }
    }
  }

  void Advance(size_t bytes) {
    for (const size_t end = at_ + bytes; at_ < end; ++at_) {
      if (source_[at_] == '\n') {
        ++position_.line;
        position_.column = 1;
      } else if ((source_[at_] & 0xC0) != 0x80) {  // not inside a character
        ++position_.column;
      }
    }
  }

  Token Take(Token::Kind kind, size_t bytes) {
    const Token token{kind, source_.substr(at_, bytes), position_};
    Advance(bytes);
    return token;
  }

  absl::StatusOr<Token> Next() {
    if (at_ == source_.size()) return Token{Token::kEnd, "", position_};
    if (const size_t prefix = QuotePrefix(); prefix != std::string::npos) return Text(prefix);
    if (Digit(Peek()) || (Peek() == '.' && Digit(Peek(1)))) return Number();
    if (NamePart(Peek())) {
      size_t size = 1;
      while (NamePart(Peek(size))) ++size;
      return Take(Token::kName, size);
    }
    for (const absl::string_view symbol : {"==", "!=", "<=", ">=", "&&", "||"}) {
      if (absl::StartsWith(source_.substr(at_), symbol)) return Take(Token::kSymbol, 2);
    }
    if (absl::StrContains("<>[]{}().,-!?:+*/%", Peek())) return Take(Token::kSymbol, 1);
    return SyntaxError(position_, Peek() == '=' ? "`=` is not an operator; did you mean `==`?"
                                                : "no expression has such a character");
  }

  // The length of the letters before a text's quote (b, r, br); npos where no text begins.
  size_t QuotePrefix() const {
    size_t size = absl::ascii_tolower(static_cast<unsigned char>(Peek())) == 'b' ? 1 : 0;
    if (absl::ascii_tolower(static_cast<unsigned char>(Peek(size))) == 'r') ++size;
    return Peek(size) == '"' || Peek(size) == '\'' ? size : std::string::npos;
  }

  absl::StatusOr<Token> Text(size_t prefix) {
    const bool bytes = prefix > 0 && absl::ascii_tolower(Peek()) == 'b';
    const bool raw = prefix > (bytes ? 1 : 0);
    const char quote = Peek(prefix);
    const bool triple = Peek(prefix + 1) == quote && Peek(prefix + 2) == quote;
    const size_t quotes = triple ? 3 : 1;
    for (size_t size = prefix + quotes; at_ + size < source_.size();) {
      if (!triple && (Peek(size) == '\n' || Peek(size) == '\r')) break;
      if (Peek(size) == '\\' && !raw) {
        size += 2;
      } else if (Peek(size) == quote &&
                 (!triple || (Peek(size + 1) == quote && Peek(size + 2) == quote))) {
        return Take(bytes ? Token::kBytes : Token::kString, size + quotes);
      } else {
        ++size;
      }
    }
    return SyntaxError(position_, "this text does not end: its closing quote is missing");
  }

  Token Number() {
    size_t size = 0;
    const auto digits = [&](auto is_digit) {
      const size_t begin = size;
      while (is_digit(Peek(size))) ++size;
      return size > begin;
    };
    bool whole = true;
    if (Peek() == '0' && Peek(1) == 'x' && HexDigit(Peek(2))) {
      size = 2;
      digits(HexDigit);
    } else {
      digits(Digit);
      if (Peek(size) == '.' && Digit(Peek(size + 1))) {
        ++size;
        whole = false;
        digits(Digit);
      }
      const size_t sign = Peek(size + 1) == '+' || Peek(size + 1) == '-' ? 1 : 0;
      if ((Peek(size) == 'e' || Peek(size) == 'E') && Digit(Peek(size + 1 + sign))) {
        size += 1 + sign;
        whole = false;
        digits(Digit);
      }
    }
    if (!whole) return Take(Token::kDouble, size);
    if (Peek(size) == 'u' || Peek(size) == 'U') return Take(Token::kUint, size + 1);
    return Take(Token::kInt, size);
  }

  const absl::string_view source_;
  size_t at_ = 0;
  Position position_;
};

}  // namespace

std::string Position::ToString() const {
  return line == 1 ? absl::StrCat("column ", column)
                   : absl::StrCat("line ", line, ", column ", column);
}

absl::Status SyntaxError(Position at, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(at.ToString(), ": ", message));
}

std::string Token::Quoted() const {
  return kind == kEnd ? "the end" : absl::StrCat("`", text, "`");
}

absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view source) {
  if (!IsValidUtf8(source)) return absl::InvalidArgumentError("is not UTF-8 text");
  return Lexer(source).Run();
}

}  // namespace wheelhouse::cel
