// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/permanent_state.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/digest.h"

#include <string>

namespace swtee::snp {
namespace {

/// Our own format, not the hardware's.
struct Record {
  Bytes<8> magic;
  le32 version;
  le32 min_version;  ///< oldest reader that understands this record
  u8 committed_major;
  u8 committed_minor;
  u8 committed_build;
  u8 fmc;
  u8 boot_loader;
  u8 tee;
  u8 snp;
  u8 microcode;
  le32 sev_owner_size;  ///< bytes that follow the record; version 1 has zero here
  le32 reserved_1ch;
  Bytes<32> sha256;
};
SWTEE_WIRE_SIZE(Record, 0x40);
SWTEE_WIRE_AT(Record, sha256, 0x20);

constexpr Bytes<8> kMagic{'s', 'w', 't', 'e', 'e', 'n', 'v', 0};
constexpr std::uint32_t kVersion = 2;
/// A record without an owner is the one that version 1 wrote, byte for byte.
constexpr std::uint32_t kVersionWithoutOwner = 1;
constexpr std::size_t kSevOwnerMax = 0x10000;

Bytes<32> checksum(const Record& record) { return crypto::sha256(bytes_of(record).first(offsetof(Record, sha256))); }

}  // namespace

std::vector<std::uint8_t> encode(const PermanentState& state) {
  Record record{};
  record.magic = kMagic;
  record.version = state.sev_owner.empty() ? kVersionWithoutOwner : kVersion;
  record.min_version = record.version;
  record.committed_major = state.committed_version.major;
  record.committed_minor = state.committed_version.minor;
  record.committed_build = state.committed_version.build;
  record.fmc = state.committed_tcb.fmc;
  record.boot_loader = state.committed_tcb.boot_loader;
  record.tee = state.committed_tcb.tee;
  record.snp = state.committed_tcb.snp;
  record.microcode = state.committed_tcb.microcode;
  SWTEE_ASSERT(state.sev_owner.size() <= kSevOwnerMax);
  record.sev_owner_size = static_cast<std::uint32_t>(state.sev_owner.size());
  record.sha256 = checksum(record);
  const ByteView bytes = bytes_of(record);
  std::vector<std::uint8_t> encoded(bytes.begin(), bytes.end());
  encoded.insert(encoded.end(), state.sev_owner.begin(), state.sev_owner.end());
  return encoded;
}

Result<PermanentState> decode_permanent_state(ByteView bytes) {
  if (bytes.size() < sizeof(Record))
    return fail("permanent state has " + std::to_string(bytes.size()) + " bytes instead of " + std::to_string(sizeof(Record)));
  const Record record = from_bytes<Record>(bytes);
  if (record.magic != kMagic) return fail("permanent state does not begin with the magic \"swteenv\"");
  if (record.sha256 != checksum(record)) return fail("permanent state is damaged: its checksum does not fit");
  if (record.min_version > kVersion)
    return fail("permanent state needs a reader of version " + std::to_string(record.min_version) + "; this is version " +
                std::to_string(kVersion));
  const ByteView owner = bytes.subspan(sizeof(Record));
  if (record.sev_owner_size > kSevOwnerMax || owner.size() != record.sev_owner_size)
    return fail("permanent state has " + std::to_string(bytes.size()) + " bytes instead of " +
                std::to_string(sizeof(Record) + record.sev_owner_size));
  PermanentState state;
  state.sev_owner.assign(owner.begin(), owner.end());
  state.committed_version = {record.committed_major, record.committed_minor, record.committed_build};
  state.committed_tcb = {.fmc = record.fmc, .boot_loader = record.boot_loader, .tee = record.tee, .snp = record.snp,
                         .microcode = record.microcode};
  return state;
}

}  // namespace swtee::snp
