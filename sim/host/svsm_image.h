// SPDX-License-Identifier: Apache-2.0
/// An SVSM image: firmware that runs at VMPL0 below the guest's own firmware, packed as COCONUT-SVSM packs it.
#pragma once

#include "sim/host/ovmf_image.h"

namespace swtee::host {

/// The tables of an SVSM image. They have OVMF's form; besides the SEV metadata they name the 32-bit entry point.
/// [COCONUT-SVSM QEMU svsm branch §target/i386/sev.c]
struct SvsmImage {
  /// Fails as OvmfImage::parse, and when the image does not name its entry point.
  static Result<SvsmImage> parse(ByteView image);

  OvmfImage tables;
  std::uint32_t launch_offset = 0;  ///< entry point, from the begin of the image
};

}  // namespace swtee::host
