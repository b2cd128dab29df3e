// SPDX-License-Identifier: Apache-2.0
/// What a platform is made of before its power is switched on.
#pragma once

#include "firmware/crypto/ecdsa.h"
#include "firmware/platform/product.h"

#include <swtee/abi/snp/status.h>
#include <swtee/abi/snp/tcb.h>

#include <cstdint>
#include <functional>

namespace swtee::snp {

/// A firmware image: what SNP_DOWNLOAD_FIRMWARE_EX would bring.
struct FirmwareImage {
  FirmwareVersion version;
  Tcb tcb;
  std::uint32_t report_version = 3;   ///< 2, 3 or 5
  std::uint64_t mit_vector = 0;       ///< CURRENT_MIT_VECTOR; reported from version 5
};

/// Behaviours that no public source settles, each a knob with a default. docs/deviations.md has the reasons.
struct Knobs {
  Status message_bad_header = Status::invalid_param;  ///< guest message with a wrong header or reserved field
  Status message_bad_tag = Status::invalid_param;     ///< guest message whose tag does not fit
  Status message_bad_seqno = Status::aead_oflow;      ///< guest message out of sequence
  Status reserved_policy_bits = Status::policy_failure;  ///< LAUNCH_START with reserved policy bits
};

/// The silicon and board below the firmware.
struct PlatformSettings {
  const ProductRow* product = nullptr;
  FirmwareImage image;
  /// The trust anchor of firmware images, made when one is checked. None: every image is refused.
  std::function<crypto::EcPublicKey()> firmware_signer;
  bool tsme_enabled = false;
  bool ecc_enabled = true;
  bool aes_256_xts_enabled = false;
  bool cxl_present = false;
  std::uint32_t tsc_mhz = 2000;    ///< for MSG_TSC_INFO_REQ and the secrets page
  std::uint32_t tsc_factor = 0;    ///< spread of the TSC in 1/100000
  Knobs knobs;
};

}  // namespace swtee::snp
