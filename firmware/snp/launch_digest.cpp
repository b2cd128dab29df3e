// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/launch_digest.h"

#include "firmware/crypto/digest.h"

namespace swtee::snp {

Bytes<48> extend(const Bytes<48>& digest, const MeasuredPage& page, const Bytes<48>& contents) {
  PageInfo info{};
  info.digest_cur = digest;
  info.contents = contents;
  info.length = sizeof(PageInfo);
  info.page_type = static_cast<std::uint8_t>(page.type);
  info.imi_page = page.imi_page ? 1 : 0;
  info.vmpl1_perms = page.vmpl1_perms;
  info.vmpl2_perms = page.vmpl2_perms;
  info.vmpl3_perms = page.vmpl3_perms;
  info.gpa = page.gpa.value;
  return crypto::sha384(bytes_of(info));
}

}  // namespace swtee::snp
