// SPDX-License-Identifier: Apache-2.0
/// What the guest's owner signs and the host hands to SNP_LAUNCH_FINISH.  [SNP-ABI r1.58 §ID_BLOCK, §ID_AUTH_INFO]
#pragma once

#include <swtee/abi/snp/report.h>
#include <swtee/abi/wire.h>

namespace swtee::snp {

/// ID block: the identity of the guest and the launch its owner expects.
struct IdBlock {
  Bytes<48> ld;  ///< launch digest the owner expects
  Bytes<16> family_id;
  Bytes<16> image_id;
  le32 version;
  le32 guest_svn;
  le64 policy;
};
SWTEE_WIRE_SIZE(IdBlock, 0x60);
SWTEE_WIRE_AT(IdBlock, version, 0x50);
SWTEE_WIRE_AT(IdBlock, policy, 0x58);

/// Public key of an ID or author key: numbers little-endian, padded with zeros to 72 bytes.
struct WirePublicKey {
  le32 curve;  ///< 2: P-384
  Bytes<72> qx;
  Bytes<72> qy;
  Bytes<880> reserved_94h;
};
SWTEE_WIRE_SIZE(WirePublicKey, 0x404);
SWTEE_WIRE_AT(WirePublicKey, qx, 0x4);
SWTEE_WIRE_AT(WirePublicKey, qy, 0x4c);
SWTEE_WIRE_AT(WirePublicKey, reserved_94h, 0x94);

inline constexpr std::uint32_t kCurveP384 = 2;
inline constexpr std::uint32_t kKeyAlgoEcdsaP384 = 1;

/// ID authentication information: one page.
struct IdAuthInfo {
  le32 id_key_algo;
  le32 auth_key_algo;
  Bytes<56> reserved_8h;
  WireSignature id_block_sig;  ///< by the ID key, over the ID block
  WirePublicKey id_key;
  Bytes<60> reserved_644h;
  WireSignature id_key_sig;  ///< by the author key, over `id_key`
  WirePublicKey author_key;
  Bytes<892> reserved_c84h;
};
SWTEE_WIRE_SIZE(IdAuthInfo, 0x1000);
SWTEE_WIRE_AT(IdAuthInfo, id_block_sig, 0x40);
SWTEE_WIRE_AT(IdAuthInfo, id_key, 0x240);
SWTEE_WIRE_AT(IdAuthInfo, id_key_sig, 0x680);
SWTEE_WIRE_AT(IdAuthInfo, author_key, 0x880);
SWTEE_WIRE_AT(IdAuthInfo, reserved_c84h, 0xc84);

}  // namespace swtee::snp
