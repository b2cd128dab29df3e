// SPDX-License-Identifier: Apache-2.0
/// Direct boot: the hashes of kernel, initrd and command line that QEMU puts into measured memory, so that OVMF refuses
/// others.  [QEMU §target/i386/sev.c; EDK2 §OvmfPkg/AmdSev/BlobVerifierLibSevHashes]
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/digest.h"

#include <swtee/abi/ovmf.h>

#include <functional>
#include <string_view>

namespace swtee::host {

/// A file that arrives in pieces: fills (part of) the buffer and says how much; 0 is the end.
using ReadPiece = std::function<Result<std::size_t>(MutableBytes)>;

/// SHA-256 of all that `read` gives, through one buffer of fixed size, however large the file is.
/// Fails with the reader's error.
Result<crypto::Sha256Digest> sha256_of_pieces(const ReadPiece& read);

struct KernelHashes {
  crypto::Sha256Digest cmdline{};  ///< of the command line with its final zero byte; see cmdline_hash
  crypto::Sha256Digest initrd{};   ///< of nothing, when there is none
  crypto::Sha256Digest kernel{};   ///< of the whole file

  ovmf::KernelHashTable table() const;
};

crypto::Sha256Digest cmdline_hash(std::string_view cmdline);

}  // namespace swtee::host
