// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/firmware_image.h"

#include "firmware/crypto/digest.h"
#include "firmware/keys/firmware_signer.h"

#include <swtee/abi/snp/firmware_image.h>

#include <algorithm>

namespace swtee::vendor {

std::vector<std::uint8_t> make_firmware_image(const keys::Universe& universe, const ProductRow& product, const FirmwareImageContent& content,
                                              ByteView body) {
  snp::FirmwareImageHeader header{};
  header.magic = snp::kFirmwareImageMagic;
  header.format = snp::kFirmwareImageFormat;
  header.body_length = static_cast<std::uint32_t>(body.size());
  header.major = content.version.major;
  header.minor = content.version.minor;
  header.build = content.version.build;
  header.fmc = content.tcb.fmc;
  header.boot_loader = content.tcb.boot_loader;
  header.tee = content.tcb.tee;
  header.snp = content.tcb.snp;
  header.microcode = content.tcb.microcode;
  header.mit_vector = content.mit_vector;
  header.report_version = content.report_version;
  header.body_digest = crypto::sha384(body);
  const auto signature = keys::firmware_signing_key(universe, product.line)
                             .sign(crypto::sha384(bytes_of(header).first(offsetof(snp::FirmwareImageHeader, signature))));
  std::reverse_copy(signature.r.begin(), signature.r.end(), header.signature.r.begin());
  std::reverse_copy(signature.s.begin(), signature.s.end(), header.signature.s.begin());
  const ByteView head = bytes_of(header);
  std::vector<std::uint8_t> image(head.begin(), head.end());
  image.insert(image.end(), body.begin(), body.end());
  return image;
}

}  // namespace swtee::vendor
