// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_fleet.h"

#include <algorithm>

namespace swtee::vendor {
namespace {

constexpr std::uint64_t kBatch = 64;
/// Filled before the constructor returns: the chips that nearly everyone uses, in a few milliseconds.
constexpr std::uint64_t kAtOnce = 64;

std::uint64_t key_of(ByteView hardware_id) { return from_bytes<le64>(hardware_id.first(8)); }

}  // namespace

Fleet::Fleet(keys::Universe universe, std::uint64_t size, const std::vector<ExtraChip>& extra) : universe_(std::move(universe)) {
  for (const ExtraChip& chip : extra) add(*chip.product, chip.id);
  for (const ProductRow& product : products())
    for (std::uint64_t number = 0; number < std::min(size, kAtOnce); ++number) add(product, keys::chip_id(universe_, product, number));
  complete_ = size <= kAtOnce;
  if (!complete_) filler_ = std::thread([this, size] { fill(size); });
}

void Fleet::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  grown_.notify_all();
}

Fleet::~Fleet() {
  stop();
  if (filler_.joinable()) filler_.join();
}

void Fleet::add(const ProductRow& product, const keys::ChipId& id) {
  tables_[index_of(line_of(product))].emplace(key_of(id), Entry{&product, id});
}

void Fleet::fill(std::uint64_t size) {
  for (std::uint64_t begin = kAtOnce; begin < size; begin += kBatch) {
    std::vector<Entry> batch;
    for (const ProductRow& product : products())
      for (std::uint64_t number = begin; number < std::min(size, begin + kBatch); ++number)
        batch.push_back({&product, keys::chip_id(universe_, product, number)});
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    for (const Entry& entry : batch) add(*entry.product, entry.id);
    grown_.notify_all();
  }
  const std::lock_guard lock(mutex_);
  complete_ = true;
  grown_.notify_all();
}

std::optional<keys::Chip> Fleet::find(const ProductLine& line, ByteView hardware_id) const {
  if (hardware_id.size() != line.hardware_id_size) return std::nullopt;
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto [begin, end] = tables_[index_of(line)].equal_range(key_of(hardware_id));
    for (auto entry = begin; entry != end; ++entry)
      if (std::equal(hardware_id.begin(), hardware_id.end(), entry->second.id.begin())) {
        const Entry found = entry->second;
        lock.unlock();
        return keys::chip_of_id(universe_, *found.product, found.id);
      }
    if (complete_ || stopping_) return std::nullopt;
    grown_.wait(lock);
  }
}

}  // namespace swtee::vendor
