// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/dram.h"

#include <algorithm>

namespace swtee::memory {

CiphertextDram::PageBytes& CiphertextDram::plaintext(const Page& page, const Lens& lens) {
  if (page.cached == nullptr) page.cached = std::make_unique<Cached>();
  Cached& cached = *page.cached;
  if (cached.serial != lens.key->serial() || cached.page != lens.page) {
    lens.key->decrypt(lens.page, page.bytes, cached.bytes);
    cached.serial = lens.key->serial();
    cached.page = lens.page;
  }
  return cached.bytes;
}

void CiphertextDram::read(std::uint64_t cell, const Lens& lens, MutableBytes out) const {
  static const Page kUntouched;
  const Page* page = pages_.find(cell);
  if (page == nullptr) page = &kUntouched;
  const std::size_t offset = cell % kPageSize;
  if (lens.key == nullptr) {
    std::copy_n(page->bytes.data() + offset, out.size(), out.begin());
  } else if (out.size() == kPageSize || page == &kUntouched) {
    PageBytes whole;
    lens.key->decrypt(lens.page, page->bytes, whole);
    std::copy_n(whole.data() + offset, out.size(), out.begin());
  } else {
    std::copy_n(plaintext(*page, lens).data() + offset, out.size(), out.begin());
  }
}

void CiphertextDram::write(std::uint64_t cell, const Lens& lens, ByteView data) {
  Page& page = pages_.make(cell);
  const std::size_t offset = cell % kPageSize;
  if (lens.key == nullptr) {
    std::copy(data.begin(), data.end(), page.bytes.data() + offset);
    if (page.cached != nullptr) page.cached->serial = 0;
  } else if (data.size() == kPageSize) {
    lens.key->encrypt(lens.page, data, page.bytes);
    if (page.cached != nullptr) page.cached->serial = 0;
  } else {
    PageBytes& clear = plaintext(page, lens);
    std::copy(data.begin(), data.end(), clear.data() + offset);
    lens.key->encrypt(lens.page, clear, page.bytes);
  }
}

void CiphertextDram::for_each_page(const std::function<void(std::uint64_t, ByteView)>& visit) const {
  pages_.for_each([&](std::uint64_t cell, const Page& page) { visit(cell, page.bytes); });
}

}  // namespace swtee::memory
