// SPDX-License-Identifier: Apache-2.0
#include "sim/host/svsm_image.h"

#include "firmware/contract/require.h"

namespace swtee::host {

Result<SvsmImage> SvsmImage::parse(ByteView image) {
  OvmfImage tables = SWTEE_TRY(OvmfImage::parse(image, "SVSM image"));
  if (!tables.svsm_launch_offset)
    return fail("SVSM image: its GUID table has no SVSM info entry, so the entry point is unknown; is this an SVSM?");
  const std::uint32_t launch_offset = *tables.svsm_launch_offset;
  return SvsmImage{std::move(tables), launch_offset};
}

}  // namespace swtee::host
