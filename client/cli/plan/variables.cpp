#include "client/cli/plan/variables.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <set>
#include <utility>

#include "common/formats/yaml_document.h"

namespace wheelhouse::cli {
namespace {

using YAML::Node;

constexpr int kMostNodes = 1'000'000;
constexpr absl::string_view kVariable = "${env.", kEnvironment = "${environment}";

class Variables {
 public:
  Variables(const Node& root, std::string file, const PlanOptions& options)
      : file_(std::move(file)),
        options_(options),
        environments_(root["environments"].IsDefined()),
        variables_(root["allowEnv"].IsDefined()) {
    if (!variables_) return;
    const Node list = root["allowEnv"];
    for (const Node& name : list) {
      if (name.IsScalar()) allowed_.insert(name.Scalar());
    }
    if (!list.IsSequence() || allowed_.size() != list.size())
      Fail(list, "allowEnv: expected a list of names of environment variables");
  }

  void Visit(Node node) {
    if (--left_ < 0) return;  // the reader reports what is too large
    if (node.IsScalar()) return VisitScalar(node);
    for (auto entry : node) Visit(node.IsMap() ? entry.second : static_cast<Node>(entry));
  }
  bool needed() const { return environments_ || variables_; }
  std::vector<FieldViolation> TakeViolations() { return std::move(violations_); }

 private:
  void VisitScalar(Node node) {
    const std::string& text = node.Scalar();
    if (!absl::StrContains(text, "${env")) return;
    std::string replaced;
    for (size_t at = 0; at < text.size();) {
      const size_t next = std::min(text.find("${env", at), text.size());
      replaced.append(text, at, next - at);
      at = next;
      if (at < text.size()) at += Replace(node, absl::string_view(text).substr(at), &replaced);
    }
    if (replaced != text) node = replaced;
  }

  // Writes what stands for the beginning of `text`; returns how much of it was read.
  size_t Replace(const Node& node, absl::string_view text, std::string* out) {
    if (environments_ && absl::StartsWith(text, kEnvironment)) {
      if (options_.environment.empty()) Fail(node, "${environment}: choose one with --environment");
      absl::StrAppend(out, options_.environment);
      return kEnvironment.size();
    }
    const size_t end = text.find('}');
    if (!variables_ || !absl::StartsWith(text, kVariable) || end == absl::string_view::npos) {
      out->push_back('$');
      return 1;
    }
    if (!out->empty() && out->back() == '$') {  // `$${env.NAME}`: as it is
      absl::StrAppend(out, text.substr(1, end));
      return end + 1;
    }
    const std::string name(text.substr(kVariable.size(), end - kVariable.size()));
    absl::StrAppend(out, ValueOf(node, name));
    return end + 1;
  }

  std::string ValueOf(const Node& node, const std::string& name) {
    if (!allowed_.contains(name)) {
      Fail(node, absl::StrCat("${env.", name, "}: list ", name, " in allowEnv to use it"));
      return "";
    }
    const auto value = options_.variable ? options_.variable(name) : std::nullopt;
    if (!value.has_value())
      Fail(node, absl::StrCat("${env.", name, "}: the environment has no ", name));
    return value.value_or("");
  }

  void Fail(const Node& node, const std::string& what) {
    violations_.push_back({YamlLocation(file_, MarkOf(node)), what});
  }

  const std::string file_;
  const PlanOptions& options_;
  const bool environments_, variables_;
  std::set<std::string> allowed_;
  std::vector<FieldViolation> violations_;
  int left_ = kMostNodes;
};

// What another environment needs may be missing.
void VisitChosen(const Node& environments, const std::string& chosen, Variables* variables) {
  for (auto entry : environments) {
    if (entry.first.IsScalar() && entry.first.Scalar() == chosen) variables->Visit(entry.second);
  }
}

}  // namespace

std::vector<FieldViolation> ReplaceVariables(Node root, const std::string& file,
                                             const PlanOptions& options) {
  Variables variables(std::as_const(root), file, options);
  if (variables.needed()) {
    for (auto entry : root) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (key == "environments" && entry.second.IsMap()) {
        VisitChosen(entry.second, options.environment, &variables);
      } else if (key != "allowEnv") {
        variables.Visit(entry.second);
      }
    }
  }
  return variables.TakeViolations();
}

}  // namespace wheelhouse::cli
