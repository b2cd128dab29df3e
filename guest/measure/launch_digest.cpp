// SPDX-License-Identifier: Apache-2.0
#include "guest/measure/launch_digest.h"

#include "firmware/contract/require.h"

#include <swtee/abi/snp/vmsa.h>

#include <limits>

namespace swtee::guest {
namespace {

constexpr std::uint64_t kPage = 0x1000;

/// CONTENTS of a page record. TSC scale and offset of a VMSA are left out: the firmware sets them itself.
crypto::Sha384Digest contents_of(snp::PageType type, ByteView page) {
  if (type != snp::PageType::vmsa) return crypto::sha384(page);
  auto vmsa = from_bytes<snp::Vmsa>(page);
  vmsa.guest_tsc_scale = 0;
  vmsa.guest_tsc_offset = 0;
  return crypto::sha384(bytes_of(vmsa));
}

bool content_is_hashed(snp::PageType type) { return type == snp::PageType::normal || type == snp::PageType::vmsa; }

}  // namespace

Result<void> LaunchDigest::add(const MeasuredPages& pages) {
  const auto type = static_cast<std::uint8_t>(pages.type);
  SWTEE_REQUIRE(type >= 1 && type <= 6, Error("launch digest: page type " + std::to_string(type) + " does not exist"));
  SWTEE_REQUIRE(pages.gpa % kPage == 0 && pages.size % kPage == 0,
                Error("launch digest: address and size must be multiples of 4096 bytes"));
  SWTEE_REQUIRE(pages.size <= std::numeric_limits<std::uint64_t>::max() - pages.gpa,
                Error("launch digest: the pages go beyond the address space"));
  SWTEE_REQUIRE(pages.content.empty() || pages.content.size() == pages.size,
                Error("launch digest: the content is not as long as the pages"));

  static constexpr Bytes<kPage> kZeros{};
  snp::PageInfo record{};
  record.length = sizeof record;
  record.page_type = type;
  record.imi_page = pages.imi ? 1 : 0;
  record.vmpl1_perms = pages.vmpl1_permissions;
  record.vmpl2_perms = pages.vmpl2_permissions;
  record.vmpl3_perms = pages.vmpl3_permissions;
  for (std::uint64_t offset = 0; offset < pages.size; offset += kPage) {
    if (content_is_hashed(pages.type))
      record.contents = contents_of(pages.type, pages.content.empty() ? ByteView(kZeros) : pages.content.subspan(offset, kPage));
    record.gpa = pages.gpa + offset;
    record.digest_cur = digest_;
    digest_ = crypto::sha384(bytes_of(record));
  }
  return {};
}

}  // namespace swtee::guest
