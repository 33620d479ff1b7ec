// An expression of a caller's: up to a zero byte, then the object that it reads.
#include "server/cel/expression.h"

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wheelhouse;
  const std::string text = fuzz::Text(data, size);
  const size_t end = std::min(text.find('\0'), text.size());
  const auto expression = cel::Expression::Parse(text.substr(0, end), {"object", "status", "list"});
  if (!expression.ok()) return 0;
  const nlohmann::json object =
      nlohmann::json::parse(text.substr(std::min(end + 1, text.size())), nullptr, false);
  const nlohmann::json list = {1, -2.5, "été", nullptr, {{"type", "Ready"}}};
  cel::Activation activation;
  if (!object.is_discarded()) activation.Set("object", object);
  activation.Set("list", list);
  const cel::Limits limits{.cost = 20'000, .bytes = size_t{1} << 20};
  const auto first = expression->Evaluate(Context::Background(), activation, limits);
  const auto second = expression->Evaluate(Context::Background(), activation, limits);
  fuzz::Require(first.status() == second.status(), "an expression has one result");
  // Maps print alike; NaN, which differs from itself, prints as null.
  const auto print = [](const nlohmann::json& json) {
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  fuzz::Require(!first.ok() || print(*first) == print(*second), "an expression has one result");
  return 0;
}
