#include "common/formats/flow_yaml.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace wheelhouse {
namespace {

constexpr int kDeepest = 500;  // as yaml-cpp reads

// Whether a plain scalar may stay plain in flow style. What has other characters is text in every
// version of YAML.
bool StaysPlain(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '+' || c == '-';
  };
  return text == "<<" ||  // merges
         (std::ranges::all_of(text, plain) && std::ranges::any_of(text, absl::ascii_isalnum));
}

class Writer {
 public:
  explicit Writer(size_t most) : most_(most) {}

  void Write(const YAML::Node& node, int depth) {
    if (depth > kDeepest || out_.size() > most_)
      throw YAML::RepresentationException(node.Mark(), "the aliases make this too large");
    Tag(node);
    if (node.IsMap()) {
      out_ += '{';
      for (const auto& entry : node) {
        Write(entry.first, depth + 1);
        out_ += ": ";
        Write(entry.second, depth + 1);
        out_ += ", ";
      }
      out_ += '}';
    } else if (node.IsSequence()) {
      out_ += '[';
      for (const auto& item : node) {
        Write(item, depth + 1);
        out_ += ", ";
      }
      out_ += ']';
    } else {
      Scalar(node);
    }
  }
  std::string Take() { return std::move(out_); }

 private:
  // `?` is a plain node's, `!` a quoted one's.
  void Tag(const YAML::Node& node) {
    const std::string& tag = node.Tag();
    if (!tag.empty() && tag != "?" && tag != "!") absl::StrAppend(&out_, "!<", tag, "> ");
  }

  void Scalar(const YAML::Node& node) {
    if (!node.IsScalar()) {
      out_ += "null";
    } else if (node.Tag() == "?" && !node.Scalar().empty() && StaysPlain(node.Scalar())) {
      out_ += node.Scalar();
    } else {
      // A JSON string is a quoted YAML scalar.
      out_ += nlohmann::json(node.Scalar())
                  .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
  }

  const size_t most_;
  std::string out_;
};

}  // namespace

std::string FlowYaml(const YAML::Node& node, size_t most) {
  Writer writer(most);
  writer.Write(node, 0);
  return writer.Take();
}

}  // namespace wheelhouse
