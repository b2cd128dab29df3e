// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/crypto/aes_xts.h"
#include "firmware/platform/address.h"

#include <memory>
#include <vector>

namespace swtee::memory {

/// AES key size of the memory controller. A platform's configuration, where the product offers the choice.
enum class KeySize : std::uint8_t { aes_128 = 16, aes_256 = 32 };

/// Key material of one key slot. Immutable; pages that were written through it may outlive the slot's use of it.
class MemoryKey {
 public:
  /// 64 bytes: data key and tweak key of 32 bytes each, of which the key size takes the first bytes. `serial` tells keys apart.
  MemoryKey(ByteView material, KeySize size, std::uint64_t serial);

  std::uint64_t serial() const { return serial_; }
  ByteView material() const { return material_; }

  /// One page at this address. `out` may be `in`.
  void encrypt(Spa page, ByteView in, MutableBytes out) const { xts_.encrypt(page.value / kPageSize, in, out); }
  void decrypt(Spa page, ByteView in, MutableBytes out) const { xts_.decrypt(page.value / kPageSize, in, out); }

 private:
  std::vector<std::uint8_t> material_;
  std::uint64_t serial_;
  crypto::AesXts xts_;
};

/// How a page's bytes are seen: through a key at an address, or, without a key, as they are in DRAM. The address is the one on
/// the bus; with an alias it is not that of the cells.
struct Lens {
  std::shared_ptr<const MemoryKey> key;
  Spa page{};

  bool same_as(const Lens& other) const {
    if (key == nullptr || other.key == nullptr) return key == other.key;
    return key->serial() == other.key->serial() && page == other.page;
  }
};

}  // namespace swtee::memory
