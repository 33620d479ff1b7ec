// A list of objects that comes in pages, within what it may take in memory.
#pragma once

#include <absl/status/status.h>

#include <utility>

#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// The server leaves apiVersion and kind out of a list's items, and gives metadata-only objects
// another kind.
Json OfType(const ResourceType& type, Json object);

// Not thread-safe.
class ListOfPages {
 public:
  ListOfPages(ResourceType type, const ListOptions& options)
      : type_(std::move(type)), managed_fields_(options.managed_fields && !options.metadata_only) {}

  // A page as the API server sends it. CLUSTER_ANSWER_TOO_LARGE when all objects together take more
  // than 128 MiB, CLUSTER_UNREACHABLE for what is not a list: it must not read as an empty one.
  absl::Status Add(Json page);

  void Clear();
  size_t size() const { return list_.items.size(); }
  ObjectList Take() { return std::move(list_); }

 private:
  const ResourceType type_;
  const bool managed_fields_;
  ObjectList list_;
  size_t weight_ = 0;
};

}  // namespace wheelhouse::kube
