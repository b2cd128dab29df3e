// SPDX-License-Identifier: Apache-2.0
#include "sim/memory/dram.h"

#include <algorithm>

namespace swtee::memory {

void PlaintextDram::view(const Page& page, const Lens& lens, MutableBytes whole_page) {
  if (page.lens.same_as(lens)) {
    std::copy(page.bytes.begin(), page.bytes.end(), whole_page.begin());
    return;
  }
  PageBytes raw = page.bytes;
  if (page.lens.key != nullptr) page.lens.key->encrypt(page.lens.page, page.bytes, raw);
  if (lens.key != nullptr)
    lens.key->decrypt(lens.page, raw, whole_page);
  else
    std::copy(raw.begin(), raw.end(), whole_page.begin());
}

void PlaintextDram::read(std::uint64_t cell, const Lens& lens, MutableBytes out) const {
  static const Page kUntouched;
  const Page* page = pages_.find(cell);
  if (page == nullptr) page = &kUntouched;
  const std::size_t offset = cell % kPageSize;
  if (page->lens.same_as(lens)) {
    std::copy_n(page->bytes.data() + offset, out.size(), out.begin());
    return;
  }
  PageBytes whole;
  view(*page, lens, whole);
  std::copy_n(whole.data() + offset, out.size(), out.begin());
}

void PlaintextDram::write(std::uint64_t cell, const Lens& lens, ByteView data) {
  Page& page = pages_.make(cell);
  if (!page.lens.same_as(lens)) {
    if (data.size() != kPageSize) {
      PageBytes whole;
      view(page, lens, whole);
      page.bytes = whole;
    }
    page.lens = lens;
  }
  std::copy(data.begin(), data.end(), page.bytes.data() + cell % kPageSize);
}

void PlaintextDram::for_each_page(const std::function<void(std::uint64_t, ByteView)>& visit) const {
  pages_.for_each([&](std::uint64_t cell, const Page& page) {
    PageBytes raw;
    view(page, Lens{}, raw);
    visit(cell, raw);
  });
}

}  // namespace swtee::memory
