#include "server/outgoing/sources/repository_index.h"

#include <absl/strings/str_cat.h>
#include <yaml.h>

#include <cstdio>
#include <memory>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::outgoing {
namespace {

constexpr size_t kMostEntries = 20'000;  // versions of one chart
constexpr size_t kMostUrls = 100;
constexpr int kCheckEvery = 1000;  // events

// One event of libyaml's, which it owns.
class Event {
 public:
  ~Event() { yaml_event_delete(&event_); }
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  yaml_event_t* Renew() {
    yaml_event_delete(&event_);
    event_ = {};
    return &event_;
  }
  yaml_event_type_t type() const { return event_.type; }
  std::string Scalar() const {
    if (event_.type != YAML_SCALAR_EVENT) return "";
    return {reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length};
  }

 private:
  yaml_event_t event_{};
};

class Reader {
 public:
  Reader(const Context& context, std::FILE* file, std::string what)
      : context_(context), what_(std::move(what)) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_file(&parser_, file);
  }
  ~Reader() { yaml_parser_delete(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  absl::StatusOr<std::vector<IndexEntry>> Read(const std::string& name) {
    while (event_.type() != YAML_DOCUMENT_START_EVENT) RETURN_IF_ERROR(Next());
    RETURN_IF_ERROR(Next());
    RETURN_IF_ERROR(ReadMapping([&](const std::string& key) -> absl::Status {
      if (key != "entries") return Skip();
      return ReadMapping(
          [&](const std::string& chart) { return chart == name ? ReadVersions() : Skip(); });
    }));
    return std::move(entries_);
  }

 private:
  absl::Status NoIndex() const {
    return MakeFailure(Reason::kChartNotFound,
                       absl::StrCat(what_, " is not the index of a chart repository"));
  }

  absl::Status Next() {
    if (++events_ % kCheckEvery == 0) RETURN_IF_ERROR(context_.Check());
    if (yaml_parser_parse(&parser_, event_.Renew()) == 0) return NoIndex();
    return event_.type() == YAML_STREAM_END_EVENT ? NoIndex() : absl::OkStatus();
  }

  // The readers begin at a node's first event, and end at its last.

  absl::Status Skip() {
    int depth = 0;
    while (true) {
      switch (event_.type()) {
        case YAML_MAPPING_START_EVENT:
        case YAML_SEQUENCE_START_EVENT:
          ++depth;
          break;
        case YAML_MAPPING_END_EVENT:
        case YAML_SEQUENCE_END_EVENT:
          --depth;
          break;
        default:
          break;
      }
      if (depth == 0) return absl::OkStatus();
      RETURN_IF_ERROR(Next());
    }
  }

  // `read_value` is called for each key, at the value.
  template <typename ReadValue>
  absl::Status ReadMapping(const ReadValue& read_value) {
    if (event_.type() != YAML_MAPPING_START_EVENT) return NoIndex();
    while (true) {
      RETURN_IF_ERROR(Next());
      if (event_.type() == YAML_MAPPING_END_EVENT) return absl::OkStatus();
      if (event_.type() != YAML_SCALAR_EVENT) return NoIndex();
      const std::string key = event_.Scalar();
      RETURN_IF_ERROR(Next());
      RETURN_IF_ERROR(read_value(key));
    }
  }

  template <typename ReadItem>
  absl::Status ReadSequence(const ReadItem& read_item) {
    if (event_.type() != YAML_SEQUENCE_START_EVENT) return Skip();
    while (true) {
      RETURN_IF_ERROR(Next());
      if (event_.type() == YAML_SEQUENCE_END_EVENT) return absl::OkStatus();
      RETURN_IF_ERROR(read_item());
    }
  }

  absl::Status ReadVersions() {
    return ReadSequence([this]() -> absl::Status {
      if (entries_.size() == kMostEntries)
        return MakeFailure(Reason::kChartTooLarge,
                           absl::StrCat(what_, " has more than ", kMostEntries, " versions of it"));
      IndexEntry& entry = entries_.emplace_back();
      return ReadMapping([&](const std::string& key) -> absl::Status {
        if (key == "version") entry.version = event_.Scalar();
        if (key == "digest") entry.digest = event_.Scalar();
        if (key != "urls") return Skip();
        return ReadSequence([&] {
          if (entry.urls.size() < kMostUrls) entry.urls.push_back(event_.Scalar());
          return Skip();
        });
      });
    });
  }

  const Context& context_;
  const std::string what_;
  yaml_parser_t parser_{};
  Event event_;
  int64_t events_ = 0;
  std::vector<IndexEntry> entries_;
};

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

absl::StatusOr<std::vector<IndexEntry>> ReadIndex(const Context& context, const std::string& file,
                                                  const std::string& name,
                                                  const std::string& what) {
  const std::unique_ptr<std::FILE, Close> in(std::fopen(file.c_str(), "rbe"));
  if (in == nullptr)
    return MakeFailure(Reason::kStoreUnavailable, "a download cannot be read from the disk");
  return Reader(context, in.get(), what).Read(name);
}

}  // namespace wheelhouse::outgoing
