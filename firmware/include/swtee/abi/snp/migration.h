// SPDX-License-Identifier: Apache-2.0
/// What a migration agent asks of the firmware: a guest's context, out of one platform and into another.
/// [SNP-ABI r1.58 §MSG_EXPORT_REQ]
#pragma once

#include <swtee/abi/snp/id_block.h>
#include <swtee/abi/snp/metadata.h>
#include <swtee/abi/wire.h>

namespace swtee::snp {

/// A guest context as it travels, version 2.  [SNP-ABI r1.58 §GCTX]
struct ExportedContext {
  Bytes<48> ld;
  Bytes<32> oek;
  std::array<Bytes<32>, 4> vmpck;
  Bytes<32> vmrk;
  Bytes<32> host_data;
  Bytes<48> id_key_digest;
  Bytes<48> author_key_digest;
  Bytes<32> report_id;
  Bytes<48> imd;
  std::array<le64, 4> msg_count;
  MetadataEntry root_md_entry;
  le64 flags;
  le64 policy;
  u8 state;
  Bytes<7> reserved_231h;
  le64 oek_iv_count;
  IdBlock id_block;
  Bytes<16> gosvw;
  Bytes<80> reserved_2b0h;
};
SWTEE_WIRE_SIZE(ExportedContext, 0x300);
SWTEE_WIRE_AT(ExportedContext, oek, 0x30);
SWTEE_WIRE_AT(ExportedContext, vmpck, 0x50);
SWTEE_WIRE_AT(ExportedContext, vmrk, 0xd0);
SWTEE_WIRE_AT(ExportedContext, host_data, 0xf0);
SWTEE_WIRE_AT(ExportedContext, id_key_digest, 0x110);
SWTEE_WIRE_AT(ExportedContext, author_key_digest, 0x140);
SWTEE_WIRE_AT(ExportedContext, report_id, 0x170);
SWTEE_WIRE_AT(ExportedContext, imd, 0x190);
SWTEE_WIRE_AT(ExportedContext, msg_count, 0x1c0);
SWTEE_WIRE_AT(ExportedContext, root_md_entry, 0x1e0);
SWTEE_WIRE_AT(ExportedContext, flags, 0x220);
SWTEE_WIRE_AT(ExportedContext, policy, 0x228);
SWTEE_WIRE_AT(ExportedContext, state, 0x230);
SWTEE_WIRE_AT(ExportedContext, oek_iv_count, 0x238);
SWTEE_WIRE_AT(ExportedContext, id_block, 0x240);
SWTEE_WIRE_AT(ExportedContext, gosvw, 0x2a0);
inline constexpr std::uint32_t kExportedContextVersion = 2;
namespace exported_context_bits {
using AuthorKeyEn = Bit<0>;
using IdBlockEn = Bit<1>;
inline constexpr std::uint64_t kMustBeZero = ~std::uint64_t{0x3};
}  // namespace exported_context_bits

/// MSG_EXPORT_REQ.
struct ExportReq {
  le64 gctx_paddr;
  le32 flags;  ///< bit 0 IMI_EN
  le32 reserved_ch;
};
SWTEE_WIRE_SIZE(ExportReq, 0x10);
namespace export_req_bits {
using ImiEn = Bit<0>;
inline constexpr std::uint32_t kMustBeZero = ~0x1u;
}  // namespace export_req_bits

/// MSG_EXPORT_RSP.
struct ExportRsp {
  le32 status;
  le32 gctx_size;
  le32 gctx_version;
  Bytes<20> reserved_ch;
  ExportedContext gctx;
};
SWTEE_WIRE_SIZE(ExportRsp, 0x320);
SWTEE_WIRE_AT(ExportRsp, gctx_version, 0x8);
SWTEE_WIRE_AT(ExportRsp, gctx, 0x20);

/// MSG_IMPORT_REQ and MSG_ABSORB_REQ; MSG_ABSORB_NOMA_REQ with GCTX_PADDR zero: the sender itself. Each is answered by a
/// StatusRsp.
struct ImportReq {
  le64 gctx_paddr;
  le32 gctx_size;
  le32 gctx_version;
  Bytes<16> reserved_10h;
  ExportedContext gctx;
};
SWTEE_WIRE_SIZE(ImportReq, 0x320);
SWTEE_WIRE_AT(ImportReq, gctx_version, 0xc);
SWTEE_WIRE_AT(ImportReq, gctx, 0x20);

}  // namespace swtee::snp
