// SPDX-License-Identifier: Apache-2.0
/// A firmware image (OVMF, or an SVSM in the same envelope), as a hypervisor reads it before it launches a guest.
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/ovmf.h>

#include <optional>
#include <vector>

namespace swtee::host {

/// One section of the SEV metadata. Its type is whatever the image says; unknown ones are kept.
struct SevSection {
  std::uint32_t base = 0;  ///< GPA, as the image has it: alignment is the launch plan's to judge
  std::uint32_t size = 0;  ///< in bytes
  ovmf::SectionType type{};
  std::size_t at = 0;  ///< where in the image it is described, for messages
};

/// What the tables of an image say. Holds no part of the image.
///
/// `parse` trusts nothing: each length is checked against what is left of the image before it is used, and the error
/// says which table, at which offset of the image, says what. An image without tables is fine (plain SEV needs none);
/// a broken table is not. A GUID that appears twice is an error when it is one of those below, because hypervisors
/// disagree which of the two counts; other GUIDs are skipped, for images carry more than this library knows.
/// [EDK2 §OvmfPkg/ResetVector]
struct OvmfImage {
  /// `name` is how messages call the image: "OVMF image".
  static Result<OvmfImage> parse(ByteView image, const std::string& name);

  std::size_t size = 0;
  std::optional<std::uint32_t> sev_es_reset_eip;   ///< where application processors start
  std::optional<ovmf::GuestArea> hash_table;       ///< where the kernel hash table belongs
  std::optional<ovmf::GuestArea> launch_secret;
  std::optional<std::uint32_t> svsm_launch_offset;  ///< entry point, from the begin of the image
  bool has_sev_metadata = false;
  std::vector<SevSection> sections;  ///< in the order of the image, which is the order of launch

  /// The area for the kernel hash table exists and is not at address 0, which stands for "none".
  bool takes_kernel_hashes() const { return hash_table.has_value() && hash_table->base != 0; }
  const SevSection* find_section(ovmf::SectionType type) const;
};

}  // namespace swtee::host
