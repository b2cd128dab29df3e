// SPDX-License-Identifier: Apache-2.0
/// The DRAM cells behind the memory controller. Two implementations with one behaviour, held equal by
/// tests/property/memory_backings_test.cpp: docs/memory.md says what each is for.
#pragma once

#include "sim/memory/memory_key.h"
#include "sim/memory/sparse_pages.h"

#include <array>
#include <functional>
#include <memory>

namespace swtee::memory {

/// Cells by address. Untouched cells hold zeros. Each call stays within one page.
class Dram {
 public:
  explicit Dram(std::uint64_t size) : size_(size) {}
  virtual ~Dram() = default;
  Dram(const Dram&) = delete;
  Dram& operator=(const Dram&) = delete;

  std::uint64_t size() const { return size_; }
  /// Bytes as the lens shows them.
  virtual void read(std::uint64_t cell, const Lens& lens, MutableBytes out) const = 0;
  virtual void write(std::uint64_t cell, const Lens& lens, ByteView data) = 0;
  /// Calls back with each page that was ever touched, in ascending order, as it is in DRAM.
  virtual void for_each_page(const std::function<void(std::uint64_t cell, ByteView raw)>& visit) const = 0;

 private:
  std::uint64_t size_;
};

/// Holds what DRAM would hold. A plaintext copy beside a page stands for the processor's cache: written through, and
/// dropped by any write that did not come through its lens, so it never differs from the cells.
class CiphertextDram final : public Dram {
 public:
  explicit CiphertextDram(std::uint64_t size) : Dram(size), pages_(size) {}
  void read(std::uint64_t cell, const Lens& lens, MutableBytes out) const override;
  void write(std::uint64_t cell, const Lens& lens, ByteView data) override;
  void for_each_page(const std::function<void(std::uint64_t, ByteView)>& visit) const override;

 private:
  using PageBytes = std::array<std::uint8_t, kPageSize>;
  struct Cached {
    std::uint64_t serial = 0;  ///< of the key; 0: nothing cached
    Spa page{};
    PageBytes bytes;
  };
  struct Page {
    PageBytes bytes{};
    mutable std::unique_ptr<Cached> cached;
  };
  static PageBytes& plaintext(const Page& page, const Lens& lens);

  SparsePages<Page> pages_;
};

/// Holds plaintext and the lens it was written through, and encrypts on observation: memory inside the chip, as a virtual
/// machine's private memory file is. Ciphertext that is written is decrypted into it.
class PlaintextDram final : public Dram {
 public:
  explicit PlaintextDram(std::uint64_t size) : Dram(size), pages_(size) {}
  void read(std::uint64_t cell, const Lens& lens, MutableBytes out) const override;
  void write(std::uint64_t cell, const Lens& lens, ByteView data) override;
  void for_each_page(const std::function<void(std::uint64_t, ByteView)>& visit) const override;

 private:
  using PageBytes = std::array<std::uint8_t, kPageSize>;
  struct Page {
    PageBytes bytes{};
    Lens lens;  ///< through which `bytes` is what one sees
  };
  static void view(const Page& page, const Lens& lens, MutableBytes whole_page);

  SparsePages<Page> pages_;
};

}  // namespace swtee::memory
