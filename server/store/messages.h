// Messages as the bytes that a Store keeps of them; SerializeAsString is the way there.
#pragma once

#include <optional>

#include "server/store/store.h"

namespace wheelhouse::store {

// nullopt: there are no bytes, or they are not such a message.
template <typename Message>
std::optional<Message> Parse(const std::optional<Bytes>& bytes) {
  Message message;
  if (!bytes.has_value() || !message.ParseFromString(*bytes)) return std::nullopt;
  return message;
}

}  // namespace wheelhouse::store
