// Expressions by the grammar, mostly of types that fit, from a fixed seed: the same on every run.
#pragma once

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <random>
#include <string>
#include <vector>

namespace wheelhouse::cel {

class RandomExpressions {
 public:
  explicit RandomExpressions(uint32_t seed) : random_(seed) {}

  std::string Next() { return Any(3); }

 private:
  size_t Below(size_t bound) { return random_() % bound; }
  std::string OneOf(const std::vector<std::string>& words) { return words[Below(words.size())]; }

  // `pattern` with each of these letters, where it stands alone, replaced by an expression: B bool,
  // I int, U uint, D double, S string, L list, M map, T timestamp, R duration, N any number, A
  // anything.
  std::string Fill(const std::string& pattern, int depth) {
    const auto in_word = [&](size_t at) {
      return at < pattern.size() && absl::ascii_isalnum(static_cast<unsigned char>(pattern[at]));
    };
    std::string out;
    for (size_t i = 0; i < pattern.size(); ++i) {
      const bool alone = !in_word(i - 1) && !in_word(i + 1);
      out += alone ? Expression(pattern[i], depth - 1) : std::string(1, pattern[i]);
    }
    return out;
  }

  std::string Expression(char type, int depth) {
    // Now and then something of another type.
    const bool known = absl::StrContains("BIUDSLMTRNA", type);
    switch (known && Below(60) == 0 ? 'A' : type) {
      case 'B':
        return Bool(depth);
      case 'I':
        return Int(depth);
      case 'U':
        return Uint(depth);
      case 'D':
        return Double(depth);
      case 'S':
        return String(depth);
      case 'L':
        return List(depth);
      case 'M':
        return Map(depth);
      case 'T':
        return Time(depth);
      case 'R':
        return Duration(depth);
      case 'N':
        return Number(depth);
      case 'A':
        return Any(depth);
      default:
        return std::string(1, type);
    }
  }

  std::string Any(int depth) {
    switch (Below(10)) {
      case 0:
        return Int(depth);
      case 1:
        return Uint(depth);
      case 2:
        return Double(depth);
      case 3:
        return String(depth);
      case 4:
        return List(depth);
      case 5:
        return Map(depth);
      case 6:
        return Time(depth);
      case 7:
        return Duration(depth);
      case 8:
        return Fill(OneOf({"null", "b'x'", "type(A)", "bytes(S)", "m.?one", "l[?I]", "m.nil",
                           "optional.of(A)", "optional.none()", "m.?deep.?x", "m.?none.x",
                           "bool(S)", "int", "dyn(A)"}),
                    depth);
      default:
        return Bool(depth);
    }
  }

  std::string Bool(int depth) {
    if (depth <= 0) return OneOf({"true", "false", "yes", "m.yes", "has(m.none)", "has(m.one)"});
    return Fill(OneOf({"(B && B)",
                       "(B || B)",
                       "!B",
                       "(B ? B : B)",
                       "(A == A)",
                       "(A != A)",
                       "(N < N)",
                       "(N <= N)",
                       "(N > N)",
                       "(N >= N)",
                       "(N == N)",
                       "(S < S)",
                       "(S >= S)",
                       "(T < T)",
                       "(R > R)",
                       "(A in L)",
                       "(S in M)",
                       "(I in [I, N, A])",
                       "has(m.deep.x)",
                       "has(m.none.x)",
                       "has(M.one)",
                       "S.contains(S)",
                       "S.startsWith(S)",
                       "S.endsWith(S)",
                       "S.matches('^[a-c]+')",
                       "matches(S, S)",
                       "L.all(x, B)",
                       "L.exists(x, x == A)",
                       "L.exists_one(x, x == N)",
                       "M.all(k, k == S)",
                       "M.exists(k, k.startsWith(S))",
                       "L.exists(x, x > N)",
                       "bool(S)",
                       "m.?yes.orValue(B)",
                       "l[?I].hasValue()",
                       "(L == L)",
                       "(M == M)",
                       "(b'a' < bytes(S))",
                       "(B == B)",
                       "(B < B)",
                       "(type(A) == type(A))",
                       "(type(A) == int)",
                       "[N, N].all(x, [N].exists(y, y == x))"}),
                depth);
  }

  std::string Int(int depth) {
    if (depth <= 0)
      return OneOf({"0", "1", "-1", "2", "7", "count", "m.one", "9223372036854775807",
                    "-9223372036854775808", "l[0]", "0x1F", "l.size()"});
    return Fill(OneOf({"(I + I)",
                       "(I - I)",
                       "(I * I)",
                       "(I / I)",
                       "(I % I)",
                       "-(I)",
                       "size(S)",
                       "L.size()",
                       "size(M)",
                       "int(N)",
                       "int(S)",
                       "int(T)",
                       "int(R)",
                       "(B ? I : I)",
                       "S.indexOf(S)",
                       "S.lastIndexOf(S)",
                       "S.indexOf(S, I)",
                       "S.lastIndexOf(S, I)",
                       "T.getHours()",
                       "T.getFullYear('+02:30')",
                       "T.getDayOfWeek()",
                       "T.getDayOfYear()",
                       "T.getMonth()",
                       "T.getDate()",
                       "T.getDayOfMonth()",
                       "T.getMilliseconds()",
                       "R.getMinutes()",
                       "R.getHours()",
                       "R.getSeconds()",
                       "R.getMilliseconds()",
                       "L[I]",
                       "M['one']",
                       "m.?one.orValue(I)",
                       "size(b'x')",
                       "[I, I][N]",
                       "{'one': I}.one",
                       "L.filter(x, B).size()"}),
                depth);
  }

  std::string Uint(int depth) {
    if (depth <= 0) return OneOf({"0u", "1u", "3u", "18446744073709551615u", "0xFFu"});
    return Fill(OneOf({"(U + U)", "(U - U)", "(U * U)", "(U / U)", "(U % U)", "uint(N)", "uint(S)",
                       "uint(I)", "(B ? U : U)"}),
                depth);
  }

  std::string Double(int depth) {
    if (depth <= 0)
      return OneOf({"0.0", "1.5", "-2.5", "1e300", "m.pi", "0.1", "1.0", "double('NaN')",
                    "double('-Infinity')", "9223372036854775808.0", ".5", "1e-7", "123456789.0"});
    return Fill(OneOf({"(D + D)", "(D - D)", "(D * D)", "(D / D)", "-(D)", "double(N)", "double(S)",
                       "(B ? D : D)"}),
                depth);
  }

  std::string Number(int depth) {
    const size_t which = Below(4);
    return which == 0 ? Uint(depth) : which == 1 ? Double(depth) : Int(depth);
  }

  std::string String(int depth) {
    if (depth <= 0)
      return OneOf({"''",
                    "'a'",
                    "'b'",
                    "'abc'",
                    "\"it's\"",
                    "name",
                    "m.word",
                    "'1'",
                    "'-7'",
                    "'1.5'",
                    "'true'",
                    "'\\u00e9t\\u00e9'",
                    "r'\\d'",
                    "' x '",
                    "'one'",
                    "'1e3'",
                    "'2024-02-29T01:02:03.5+02:00'",
                    "'90s'",
                    "'a,b,,c'",
                    "'''x\ny'''"});
    return Fill(OneOf({"(S + S)",
                       "string(N)",
                       "string(B)",
                       "string(T)",
                       "string(R)",
                       "string(S)",
                       "string(bytes(S))",
                       "S.lowerAscii()",
                       "S.upperAscii()",
                       "S.trim()",
                       "S.replace(S, S)",
                       "S.replace(S, S, I)",
                       "S.substring(I)",
                       "S.substring(I, I)",
                       "S.charAt(I)",
                       "S.split(S).join(S)",
                       "L.join(S)",
                       "L.map(x, string(x)).join(',')",
                       "S.reverse()",
                       "(B ? S : S)",
                       "M['word']",
                       "m.?word.orValue(S)",
                       "['a', S, name].join()"}),
                depth);
  }

  std::string List(int depth) {
    if (depth <= 0)
      return OneOf({"[]", "[1]", "l", "m.list", "[1, 2u, 3.0]", "['a', 'b']", "[[1], []]"});
    return Fill(
        OneOf({"[A]", "[A, A]", "[N, N, N]", "(L + L)", "L.filter(x, B)", "L.filter(x, x == A)",
               "L.map(x, A)", "L.map(x, x)", "L.map(x, B, x)", "L.map(x, x != A, [x, A])",
               "S.split(S)", "S.split(S, I)", "(B ? L : L)", "[S, S].map(x, x + S)",
               "[N, N].filter(x, x < N)", "m.?list.orValue(L)", "[A,]"}),
        depth);
  }

  std::string Map(int depth) {
    if (depth <= 0) return OneOf({"{}", "m", "{'one': 1}", "{'word': 'x', 'one': 2}", "m.deep"});
    return Fill(OneOf({"{'a': A}", "{'one': I, S: A}", "{I: A}", "{1: A, 1u: A}", "(B ? M : M)",
                       "{B: A}", "{U: A, 'x': A}"}),
                depth);
  }

  std::string Time(int depth) {
    if (depth <= 0)
      return OneOf({"timestamp('2024-02-29T23:59:59.123456789Z')", "timestamp(m.when)",
                    "timestamp(0)", "timestamp('1969-12-31T16:00:00-08:00')",
                    "timestamp('9999-12-31T23:59:59Z')"});
    return Fill(OneOf({"(T + R)", "(T - R)", "(R + T)", "timestamp(S)", "timestamp(I)",
                       "timestamp(string(T))", "(B ? T : T)"}),
                depth);
  }

  std::string Duration(int depth) {
    if (depth <= 0)
      return OneOf({"duration('0')", "duration('1h30m')", "duration('-1.5s')", "duration('1us')",
                    "duration('2562047h')", "duration('100ms')"});
    return Fill(OneOf({"(R + R)", "(R - R)", "(T - T)", "duration(S)", "duration(string(R))",
                       "(B ? R : R)", "-(R)"}),
                depth);
  }

  std::mt19937 random_;
};

}  // namespace wheelhouse::cel
