// A map that forgets its oldest keys.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace wheelhouse::hooks {

template <typename Key, typename Value>
class Recent {
 public:
  explicit Recent(size_t most) : most_(most) {}

  void Put(const Key& key, Value value) {
    if (!entries_.insert_or_assign(key, std::move(value)).second) return;
    order_.push_back(key);
    if (order_.size() <= most_) return;
    entries_.erase(order_.front());
    order_.pop_front();
  }
  const Value* Find(const Key& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }

 private:
  const size_t most_;
  std::map<Key, Value> entries_;
  std::deque<Key> order_;
};

}  // namespace wheelhouse::hooks
