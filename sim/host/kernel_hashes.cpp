// SPDX-License-Identifier: Apache-2.0
#include "sim/host/kernel_hashes.h"

#include "firmware/contract/require.h"

#include <vector>

namespace swtee::host {

Result<crypto::Sha256Digest> sha256_of_pieces(const ReadPiece& read) {
  constexpr std::size_t kPiece = 256 * 1024;
  std::vector<std::uint8_t> buffer(kPiece);
  crypto::Sha256 hash;
  for (;;) {
    const std::size_t got = SWTEE_TRY(read(buffer));
    SWTEE_ASSERT(got <= buffer.size());
    if (got == 0) return hash.finish();
    hash.update(ByteView(buffer).first(got));
  }
}

ovmf::KernelHashTable KernelHashes::table() const {
  const auto entry = [](const ovmf::Guid& guid, const crypto::Sha256Digest& hash) {
    return ovmf::KernelHashEntry{.guid = guid, .length = sizeof(ovmf::KernelHashEntry), .sha256 = hash};
  };
  ovmf::KernelHashTable table{};
  table.guid = ovmf::kHashTableHeader;
  table.length = offsetof(ovmf::KernelHashTable, padding);
  table.cmdline = entry(ovmf::kCmdlineHash, cmdline);
  table.initrd = entry(ovmf::kInitrdHash, initrd);
  table.kernel = entry(ovmf::kKernelHash, kernel);
  return table;
}

crypto::Sha256Digest cmdline_hash(std::string_view cmdline) {
  constexpr std::uint8_t kEnd = 0;
  crypto::Sha256 hash;
  hash.update({reinterpret_cast<const std::uint8_t*>(cmdline.data()), cmdline.size()});
  hash.update({&kEnd, 1});
  return hash.finish();
}

}  // namespace swtee::host
