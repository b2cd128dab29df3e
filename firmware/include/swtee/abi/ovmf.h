// SPDX-License-Identifier: Apache-2.0
/// What a firmware image for confidential guests (OVMF, an SVSM) tells the hypervisor: the GUID table at its end, the SEV
/// metadata that the table points to, and the page of kernel hashes that the hypervisor hands back.
/// [EDK2 §OvmfPkg/ResetVector; QEMU §target/i386/sev.c]
#pragma once

#include <swtee/abi/wire.h>

namespace swtee::ovmf {

/// GUID as it lies in memory: first three groups little-endian.
using Guid = Bytes<16>;

/// "96b582de-1fb2-45f7-baea-a366c55a082d" as it lies in memory. For literals: the text is not checked.
constexpr Guid guid(const char (&text)[37]) {
  constexpr std::size_t kDigitsOf[16] = {6, 4, 2, 0, 11, 9, 16, 14, 19, 21, 24, 26, 28, 30, 32, 34};
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  Guid value{};
  for (std::size_t i = 0; i < 16; ++i)
    value[i] = static_cast<std::uint8_t>(digit(text[kDigitsOf[i]]) << 4 | digit(text[kDigitsOf[i] + 1]));
  return value;
}

inline constexpr Guid kTableFooter = guid("96b582de-1fb2-45f7-baea-a366c55a082d");
inline constexpr Guid kSevMetadataOffset = guid("dc886566-984a-4798-a75e-5585a7bf67cc");
inline constexpr Guid kSevHashTable = guid("7255371f-3a3b-4b04-927b-1da6efa8d454");
inline constexpr Guid kSevLaunchSecret = guid("4c2eb361-7d9b-4cc3-8081-127c90d3d294");
inline constexpr Guid kSevEsResetBlock = guid("00f771de-1a7e-4fcb-890e-68c77e2fb44e");
inline constexpr Guid kSvsmInfo = guid("a789a612-0597-4c4b-a49f-cbb1fe9d1ddd");
inline constexpr Guid kTdxMetadataOffset = guid("e47a6535-984a-4798-865e-4685a7bf8ec2");

/// The table ends this many bytes before the end of the image; the reset vector lies behind it.
inline constexpr std::size_t kTableDistanceFromEnd = 0x20;

/// Header of a table entry. It stands *behind* its data, so that the table is read from its end backwards. The footer
/// is the last entry; its length is that of the whole table.
struct TableEntry {
  le16 length;  ///< data and this header together, in bytes
  Guid guid;
};
SWTEE_WIRE_SIZE(TableEntry, 0x12);
SWTEE_WIRE_AT(TableEntry, guid, 0x2);

/// Data of kSevMetadataOffset.
struct MetadataOffset {
  le32 distance_from_end;  ///< from the metadata header to the end of the image, in bytes
};
SWTEE_WIRE_SIZE(MetadataOffset, 0x4);

/// Data of kSevHashTable and kSevLaunchSecret: where in guest memory the area lies.
struct GuestArea {
  le32 base;
  le32 size;
};
SWTEE_WIRE_SIZE(GuestArea, 0x8);

/// Data of kSevEsResetBlock: where application processors start.
struct ResetBlock {
  le16 ip;
  le16 cs_base_high;  ///< bits 31:16 of the code segment's base
};
SWTEE_WIRE_SIZE(ResetBlock, 0x4);

/// Data of kSvsmInfo.
struct SvsmInfo {
  le32 launch_offset;  ///< from the begin of the image to its 32-bit entry point
};
SWTEE_WIRE_SIZE(SvsmInfo, 0x4);

struct SevMetadataHeader {
  Bytes<4> signature;  ///< kSevMetadataSignature
  le32 length;         ///< header and sections together, in bytes
  le32 version;        ///< kSevMetadataVersion
  le32 section_count;
};
SWTEE_WIRE_SIZE(SevMetadataHeader, 0x10);
SWTEE_WIRE_AT(SevMetadataHeader, section_count, 0xc);
inline constexpr Bytes<4> kSevMetadataSignature{'A', 'S', 'E', 'V'};
inline constexpr std::uint32_t kSevMetadataVersion = 1;

/// What the hypervisor puts into the pages of a section.
enum class SectionType : std::uint32_t {
  snp_sec_mem = 1,       ///< validated zeros for the reset vector and SEC
  snp_secrets = 2,       ///< secrets page
  cpuid = 3,             ///< CPUID page
  svsm_caa = 4,          ///< calling area of an SVSM
  snp_kernel_hashes = 0x10,
};

struct SevMetadataSection {
  le32 base;  ///< GPA
  le32 size;  ///< in bytes
  le32 type;  ///< SectionType
};
SWTEE_WIRE_SIZE(SevMetadataSection, 0xc);

/// Entry of the kernel hash table.
struct KernelHashEntry {
  Guid guid;
  le16 length;
  Bytes<32> sha256;
};
SWTEE_WIRE_SIZE(KernelHashEntry, 0x32);
SWTEE_WIRE_AT(KernelHashEntry, sha256, 0x12);

/// The kernel hash table as the hypervisor writes it. `length` leaves the padding out.
struct KernelHashTable {
  Guid guid;
  le16 length;
  KernelHashEntry cmdline;
  KernelHashEntry initrd;
  KernelHashEntry kernel;
  Bytes<8> padding;
};
SWTEE_WIRE_SIZE(KernelHashTable, 0xb0);
SWTEE_WIRE_AT(KernelHashTable, cmdline, 0x12);
SWTEE_WIRE_AT(KernelHashTable, kernel, 0x76);
SWTEE_WIRE_AT(KernelHashTable, padding, 0xa8);

inline constexpr Guid kHashTableHeader = guid("9438d606-4f22-4cc9-b479-a793d411fd21");
inline constexpr Guid kCmdlineHash = guid("97d02dd8-bd20-4c94-aa78-e7714d36ab2a");
inline constexpr Guid kInitrdHash = guid("44baf731-3a2f-4bd7-9af1-41e29169781d");
inline constexpr Guid kKernelHash = guid("4de79437-abd2-427f-b835-d5b172d2045b");

}  // namespace swtee::ovmf
