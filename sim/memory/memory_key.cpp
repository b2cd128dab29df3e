// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/memory_key.h"

#include "firmware/contract/require.h"

namespace swtee::memory {
namespace {

std::vector<std::uint8_t> xts_key(ByteView material, KeySize size) {
  SWTEE_ASSERT(material.size() == 64);
  const auto half = static_cast<std::size_t>(size);
  std::vector<std::uint8_t> key(material.begin(), material.begin() + static_cast<std::ptrdiff_t>(half));
  key.insert(key.end(), material.begin() + 32, material.begin() + 32 + static_cast<std::ptrdiff_t>(half));
  // XTS forbids equal halves; drawn keys never are, a caller's constant may be.
  if (std::equal(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(half), key.begin() + static_cast<std::ptrdiff_t>(half)))
    key.back() ^= 1;
  return key;
}

}  // namespace

MemoryKey::MemoryKey(ByteView material, KeySize size, std::uint64_t serial)
    : material_(material.begin(), material.end()), serial_(serial), xts_(xts_key(material, size)) {}

}  // namespace swtee::memory
