// SPDX-License-Identifier: Apache-2.0
/// The virtual guest that a program believes it runs in, as a person writes it down: what is launched, under which policy
/// and identity, and what its kernel offers. docs/platform-config.md has the schema.
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/policy.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::config {

/// Pages that the user names: bytes of a file, bytes in hex, or blank.
struct GuestPages {
  snp::PageType type = snp::PageType::normal;
  std::uint64_t gpa = 0;
  std::uint64_t size = 0;  ///< bytes; only for pages without content
  std::string file;
  std::vector<std::uint8_t> content;  ///< given in hex
};

/// A firmware image to launch, with what sev-snp-measure calls it.
struct GuestImage {
  std::string ovmf;  ///< path; empty: no image
  std::string kernel;
  std::string initrd;
  std::string append;
  std::uint32_t vcpus = 1;
  std::string vcpu_type = "EPYC-v4";
  std::string vmm_type = "QEMU";
  std::uint64_t guest_features = 1;
};

/// The owner's identity for the guest: files as made by other tools, or keys from which the ID block is made at launch.
struct GuestIdentity {
  std::string id_block_file;  ///< 96 bytes, raw or base64
  std::string id_auth_file;   ///< 4096 bytes, raw or base64
  bool author_key = false;    ///< id_auth_file has an author key that signs the ID key
  std::string id_key_file;    ///< PEM, P-384 private key
  std::string author_key_file;
  Bytes<16> family_id{};
  Bytes<16> image_id{};
  std::uint32_t guest_svn = 0;

  bool given() const { return !id_block_file.empty() || !id_key_file.empty(); }
};

struct GuestConfig {
  std::uint64_t policy = snp::policy::kDefault;
  Bytes<32> host_data{};
  bool vcek_disabled = false;
  GuestImage image;
  std::vector<GuestPages> pages;  ///< instead of an image
  GuestIdentity identity;

  std::uint8_t vmpl = 0;              ///< VMPL at which the guest's kernel runs: the floor of what it may ask for
  std::string kernel = "6.16";        ///< which Linux interfaces exist
  std::string certificates = "vendor";  ///< certificate table of extended reports: "vendor", "none", or a file
};

/// The member "guest" of a JSON document, or the default guest when there is none. Errors as parse_platform.
Result<GuestConfig> parse_guest(std::string_view json);

/// Exactly `size` bytes of hex digits into `out`. Fails with how many are wanted.
Result<void> parse_hex(std::string_view text, MutableBytes out);

}  // namespace swtee::config
