// SPDX-License-Identifier: Apache-2.0
/// AES-XTS over whole data units: what a memory controller does to a page.  [IEEE 1619-2018; NIST SP 800-38E]
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/wire.h>

#include <memory>

namespace swtee::crypto {

/// One key, its schedule computed once. Not thread-safe: the unit's tweak passes through the object.
class AesXts {
 public:
  /// Data key, then tweak key: 32 bytes for AES-128, 64 for AES-256. The two halves differ (IEEE 1619 forbids equal ones).
  explicit AesXts(ByteView key);
  ~AesXts();
  AesXts(const AesXts&) = delete;
  AesXts& operator=(const AesXts&) = delete;

  /// Transforms one data unit, a multiple of 16 bytes. `unit` is its number, little-endian in the tweak. `out` is as long as
  /// `in` and may be the same memory.
  void encrypt(std::uint64_t unit, ByteView in, MutableBytes out) const;
  void decrypt(std::uint64_t unit, ByteView in, MutableBytes out) const;

 private:
  struct Contexts;
  std::unique_ptr<Contexts> contexts_;
};

}  // namespace swtee::crypto
