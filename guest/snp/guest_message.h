// SPDX-License-Identifier: Apache-2.0
/// Guest messages as guest software makes and checks them: AES-256-GCM under a VMPCK.  [SNP-ABI r1.58 §GUEST_MESSAGES]
///
/// The IV is the sequence number, little-endian, then four zero bytes. The additional data is the header from `algo` on.
/// A response carries the request's sequence number + 1, its type + 1, its version and its VMPCK.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/aead.h"

#include <swtee/abi/snp/guest_message.h>

#include <span>

namespace swtee::guest::snp {

inline constexpr std::size_t kPageSize = 0x1000;
using PageView = std::span<const std::uint8_t, kPageSize>;
using MutablePage = std::span<std::uint8_t, kPageSize>;

/// Bytes of the header's AUTHTAG field that AES-256-GCM uses.
inline constexpr std::size_t kMessageTagSize = 16;

/// What a sender chooses. The rest of the header follows from the format.
struct MessageFields {
  std::uint64_t sequence = 0;
  swtee::snp::MessageType type = swtee::snp::MessageType::invalid;
  std::uint8_t version = 1;
  std::uint8_t vmpck = 0;  ///< 0 to 3
};

/// Why a message was refused. Nothing was written to the caller's buffer.
enum class MessageError {
  format,           ///< algorithm, header version or header size is not the one known
  wrong_sequence,   ///< not the sequence number expected here
  wrong_type,       ///< not the type that answers the request
  wrong_version,    ///< not the request's message version
  too_long,         ///< plaintext and tag do not fit in the receiver's buffer or in the page
  not_authentic,    ///< the tag does not fit: wrong key, or changed on the way
};

/// Encrypts `payload` into `page`: header, ciphertext, zeros. The payload must fit in the page together with a tag's
/// length (Linux keeps that room), so it is at most 0xf90 bytes; a longer one is our own bug.
void seal_message(const crypto::GcmKey& key, const MessageFields& fields, ByteView payload, MutablePage page);

/// The header of a message as it lies in the page, unchecked.
swtee::snp::GuestMessageHeader header_of(PageView page);

/// Checks and decrypts a message of any kind whose tag, size and format fit; returns the plaintext's size.
/// `plaintext` must hold the message's MSG_SIZE bytes.
/// Errors: format, too_long, not_authentic.
Result<std::size_t, MessageError> open_message(const crypto::GcmKey& key, PageView page, MutableBytes plaintext);

/// Checks a response in the order in which Linux does, then decrypts it: sequence number, type and version against the
/// request's, size, tag. Reserved fields, HDR_SIZE, HDR_VERSION and MSG_VMPCK are not looked at, as Linux does not.
/// `plaintext` is the receiver's buffer without the room for the tag.
/// Errors: wrong_sequence, wrong_type, wrong_version, too_long, not_authentic.
Result<std::size_t, MessageError> open_response(const crypto::GcmKey& key, const MessageFields& request, PageView page,
                                                MutableBytes plaintext);

}  // namespace swtee::guest::snp
