#include "server/runs/engine/list_filter.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <map>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::runs {
namespace {

absl::Status FilterError(std::string what) {
  return MakeInvalid(Reason::kPlanInvalid, {{"filter", std::move(what)}});
}

constexpr size_t kMostComparisons = 50;  // SQLite bounds the depth of an expression

struct Token {
  std::string text;
  bool quoted = false;
};

absl::StatusOr<Token> QuotedToken(const std::string& filter, size_t* at) {
  const char quote = filter[(*at)++];
  Token token{"", true};
  for (; *at < filter.size(); ++*at) {
    if (filter[*at] == quote) {
      ++*at;
      return token;
    }
    if (filter[*at] == '\\' && *at + 1 < filter.size()) ++*at;
    token.text += filter[*at];
  }
  return FilterError("a quote is not closed");
}

absl::StatusOr<std::vector<Token>> Tokens(const std::string& filter) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < filter.size();) {
    if (absl::ascii_isspace(filter[at])) {
      ++at;
    } else if (filter[at] == '"' || filter[at] == '\'') {
      ASSIGN_OR_RETURN(Token token, QuotedToken(filter, &at));
      tokens.push_back(std::move(token));
    } else if (filter.compare(at, 2, "!=") == 0) {
      tokens.push_back({"!="});
      at += 2;
    } else if (filter[at] == '=') {
      tokens.push_back({"="});
      ++at;
    } else {
      const size_t end = std::min(filter.find_first_of(" \t\n!=\"'", at + 1), filter.size());
      tokens.push_back({filter.substr(at, end - at)});
      at = end;
    }
  }
  return tokens;
}

absl::StatusOr<store::Condition> Comparison(const Token& field, const Token& compare,
                                            const Token& value) {
  using Field = store::Condition::Field;
  static const auto* const fields = new std::map<std::string, Field>{
      {"state", Field::kState}, {"cluster", Field::kCluster},     {"caller", Field::kCaller},
      {"plan", Field::kPlan},   {"namespace", Field::kNamespace}, {"release", Field::kRelease}};
  const auto found = fields->find(field.text);
  if (found == fields->end() || field.quoted) {
    return FilterError(absl::StrCat(
        "`", field.text,
        "` is not a field: expected state, cluster, caller, plan, namespace or release"));
  }
  if (compare.quoted || (compare.text != "=" && compare.text != "!=")) {
    return FilterError(
        absl::StrCat("expected = or != after ", field.text, ", found `", compare.text, "`"));
  }
  store::Condition condition{found->second, compare.text == "=", value.text};
  if (condition.field != Field::kState) return condition;
  v1::RunState state;
  if (!v1::RunState_Parse(absl::StrCat("RUN_STATE_", value.text), &state)) {
    return FilterError(
        absl::StrCat("`", value.text,
                     "` is not a state: expected QUEUED, RUNNING, SUCCEEDED, FAILED or CANCELLED"));
  }
  condition.value = absl::StrCat(static_cast<int>(state));
  return condition;
}

}  // namespace

absl::StatusOr<std::vector<store::Condition>> ParseFilter(const std::string& filter) {
  ASSIGN_OR_RETURN(const std::vector<Token> tokens, Tokens(filter));
  std::vector<store::Condition> conditions;
  for (size_t at = 0; at < tokens.size(); at += 3) {
    if (at > 0) {
      if (tokens[at].quoted || tokens[at].text != "AND") {
        return FilterError(absl::StrCat("expected AND, found `", tokens[at].text, "`"));
      }
      ++at;
    }
    if (at + 3 > tokens.size())
      return FilterError("a comparison is FIELD = VALUE or FIELD != VALUE");
    ASSIGN_OR_RETURN(store::Condition condition,
                     Comparison(tokens[at], tokens[at + 1], tokens[at + 2]));
    conditions.push_back(std::move(condition));
    if (conditions.size() > kMostComparisons) {
      return FilterError(absl::StrCat("more than ", kMostComparisons, " comparisons"));
    }
  }
  return conditions;
}

}  // namespace wheelhouse::runs
