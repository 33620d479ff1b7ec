#include "common/formats/yaml_budget.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/str_cat.h>
#include <yaml-cpp/mark.h>
#include <yaml.h>

#include <new>
#include <vector>

#include "common/formats/parse_scope.h"

namespace wheelhouse {
namespace {

// How many events are read between two looks at the ParseScope.
constexpr size_t kLookEvery = 1024;

YAML::Mark MarkOf(const yaml_mark_t& mark) {
  YAML::Mark converted;
  converted.pos = static_cast<int>(mark.index);
  converted.line = static_cast<int>(mark.line);
  converted.column = static_cast<int>(mark.column);
  return converted;
}

// Whether the text cannot be over the budget, whatever it means: a node of a block collection takes
// a line, a colon or a dash, one of a flow collection a comma, a colon or a bracket.
bool IsSmall(absl::string_view text, const YamlBudget& budget) {
  size_t block = 1, flow = 1;
  for (const char c : text) {
    block += c == '\n' || c == ':' || c == '-' || c == '?';
    flow += c == ',' || c == '[' || c == '{';
  }
  // Within a flow collection, each separator comes with two nodes at most.
  return flow <= budget.depth && 2 * (block + flow) <= budget.nodes &&
         (flow == 1 || 2 * (block + flow) <= budget.flow_nodes);
}

// Counts while libyaml parses.
class Counter {
 public:
  explicit Counter(const YamlBudget& budget) : budget_(budget) {}

  void Count(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_SEQUENCE_START_EVENT:
        Open(event, event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
        break;
      case YAML_MAPPING_START_EVENT:
        Open(event, event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
        break;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        --depth_;
        if (flow_depth_ > 0) --flow_depth_;
        break;
      case YAML_SCALAR_EVENT:
      case YAML_ALIAS_EVENT:
        Add(event);
        break;
      default:
        break;
    }
  }

 private:
  // Everything inside of a flow collection is flow as well.
  void Open(const yaml_event_t& event, bool flow) {
    if (flow || flow_depth_ > 0) ++flow_depth_;
    if (++depth_ > budget_.depth)
      Refuse(event, absl::StrCat("nested deeper than ", budget_.depth, " levels"));
    Add(event);
  }

  void Add(const yaml_event_t& event) {
    if (++nodes_ > budget_.nodes)
      Refuse(event, absl::StrCat("this is too large: more than ", budget_.nodes, " values"));
    if (flow_depth_ > 0 && ++flow_nodes_ > budget_.flow_nodes)
      Refuse(event, absl::StrCat("this is too large: more than ", budget_.flow_nodes,
                                 " values in [...] and {...}"));
  }

  [[noreturn]] static void Refuse(const yaml_event_t& event, const std::string& why) {
    throw YamlTooLarge(MarkOf(event.start_mark), why);
  }

  const YamlBudget& budget_;
  size_t nodes_ = 0, flow_nodes_ = 0, depth_ = 0, flow_depth_ = 0;
};

}  // namespace

bool CheckYamlBudget(absl::string_view text, const YamlBudget& budget) {
  if (text.size() > budget.bytes) {
    throw YamlTooLarge(YAML::Mark(),
                       absl::StrCat("this is too large: more than ", budget.bytes, " bytes"));
  }
  if (IsSmall(text, budget)) return false;
  yaml_parser_t parser;
  if (yaml_parser_initialize(&parser) == 0) throw std::bad_alloc();
  const auto close = absl::MakeCleanup([&parser] { yaml_parser_delete(&parser); });
  yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()),
                               text.size());
  Counter counter(budget);
  size_t events = 0;
  for (bool more = true; more;) {
    if (++events % kLookEvery == 0 && ParseScope::Ended())
      throw YamlInterrupted(MarkOf(parser.mark));
    yaml_event_t event;
    if (yaml_parser_parse(&parser, &event) == 0) {
      throw YAML::ParserException(MarkOf(parser.problem_mark),
                                  parser.problem != nullptr ? parser.problem : "unreadable");
    }
    const auto forget = absl::MakeCleanup([&event] { yaml_event_delete(&event); });
    more = event.type != YAML_STREAM_END_EVENT;
    counter.Count(event);
  }
  return true;
}

}  // namespace wheelhouse
