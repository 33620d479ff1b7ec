#include "server/kube/rest/watch_stream.h"

#include <optional>
#include <utility>

#include "common/formats/json_document.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

// etcd accepts objects of up to 1.5 MiB, and their JSON is at most a few times as long.
constexpr size_t kLongestLine = 16 << 20;

std::optional<WatchEvent::Type> EventType(const std::string& name) {
  if (name == "ADDED") return WatchEvent::Type::kAdded;
  if (name == "MODIFIED") return WatchEvent::Type::kModified;
  if (name == "DELETED") return WatchEvent::Type::kDeleted;
  if (name == "BOOKMARK") return WatchEvent::Type::kBookmark;
  return std::nullopt;
}

}  // namespace

bool WatchStream::Take(absl::string_view data) {
  partial_.append(data.data(), data.size());
  size_t begin = 0;
  for (size_t at; (at = partial_.find('\n', begin)) != std::string::npos; begin = at + 1) {
    refused_ = refused_ || !TakeLine(absl::string_view(partial_).substr(begin, at - begin));
    if (refused_) return false;
  }
  partial_.erase(0, begin);
  refused_ = partial_.size() > kLongestLine;
  return !refused_;
}

bool WatchStream::TakeLine(absl::string_view line) {
  Json event = ParseJson(line);
  const std::optional<WatchEvent::Type> type = EventType(Text(event, "/type"));
  if (!type.has_value() || !event.contains("object") || !event["object"].is_object()) return false;
  heard_ = true;
  on_event_({*type, std::move(event["object"])});
  return true;
}

}  // namespace wheelhouse::kube
