// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace swtee::vendor {

/// Bodies of answers by key, least recently used out first. Safe to use from several threads.
class CertificateCache {
 public:
  using Body = std::shared_ptr<const std::string>;

  explicit CertificateCache(std::size_t capacity) : capacity_(capacity) {}

  /// The body, or null.
  Body find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return found->second->body;
  }

  void put(const std::string& key, Body body) {
    const std::lock_guard lock(mutex_);
    if (capacity_ == 0 || index_.count(key) != 0) return;
    if (index_.size() == capacity_) {
      index_.erase(order_.back().key);
      order_.pop_back();
    }
    order_.push_front({key, std::move(body)});
    index_.emplace(key, order_.begin());
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return index_.size();
  }

 private:
  struct Entry {
    std::string key;
    Body body;
  };
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::list<Entry> order_;
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace swtee::vendor
