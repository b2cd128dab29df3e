// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/address.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::snp {

/// What of a page enters the launch digest besides its contents.
struct MeasuredPage {
  PageType type = PageType::normal;
  bool imi_page = false;
  std::uint8_t vmpl1_perms = 0;
  std::uint8_t vmpl2_perms = 0;
  std::uint8_t vmpl3_perms = 0;
  Gpa gpa;
};

/// The digest after one more page: SHA-384 over PAGE_INFO. `contents` is the digest of the page's bytes, or zeros for
/// types without measured contents.  [SNP-ABI r1.58 §PAGE_INFO]
Bytes<48> extend(const Bytes<48>& digest, const MeasuredPage& page, const Bytes<48>& contents);

}  // namespace swtee::snp
