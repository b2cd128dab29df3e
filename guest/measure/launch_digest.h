// SPDX-License-Identifier: Apache-2.0
/// The launch digest of an SNP guest, as a relying party computes it to know which MEASUREMENT to expect in a report.
/// Shares no code with the firmware that computes the same: they can only agree if both are right.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/digest.h"

#include <swtee/abi/snp/commands.h>

namespace swtee::guest {

/// A run of pages handed to SNP_LAUNCH_UPDATE one after the other, 4 KiB each.
struct MeasuredPages {
  snp::PageType type{};
  std::uint64_t gpa = 0;
  std::uint64_t size = 0;   ///< in bytes, whole pages
  ByteView content{};       ///< `size` bytes; empty stands for zeros. Only NORMAL and VMSA pages have theirs hashed
  std::uint8_t vmpl1_permissions = 0;
  std::uint8_t vmpl2_permissions = 0;
  std::uint8_t vmpl3_permissions = 0;
  bool imi = false;
};

/// Chain of page records: each record holds the digest so far, and its SHA-384 is the next.
/// [SNP-ABI r1.58 §SNP_LAUNCH_UPDATE, §PAGE_INFO]
class LaunchDigest {
 public:
  /// Begins with zeros, as SNP_LAUNCH_START does, or with the digest of pages that were folded before.
  explicit LaunchDigest(const crypto::Sha384Digest& start = {}) : digest_(start) {}

  /// Folds the pages in. Fails, with nothing folded, when the type does not exist, address or size are not whole pages,
  /// the end lies beyond the address space, or `content` is neither empty nor `size` bytes long.
  Result<void> add(const MeasuredPages& pages);

  const crypto::Sha384Digest& value() const { return digest_; }

 private:
  crypto::Sha384Digest digest_;
};

}  // namespace swtee::guest
