// SPDX-License-Identifier: Apache-2.0
#include "guest/snp/guest_message.h"

#include "firmware/contract/require.h"

#include <algorithm>

namespace swtee::guest::snp {
namespace {

using swtee::snp::GuestMessageHeader;

crypto::GcmIv iv_of(std::uint64_t sequence) {
  crypto::GcmIv iv{};
  const le64 wire = sequence;
  std::memcpy(iv.data(), &wire, sizeof(wire));
  return iv;
}

crypto::GcmTag tag_of(const GuestMessageHeader& header) {
  crypto::GcmTag tag;
  std::copy_n(header.authtag.begin(), tag.size(), tag.begin());
  return tag;
}

/// `size` has been checked against the page and the buffer. The tag is checked by decrypting to a buffer of our own,
/// so that the caller's stays as it was when the message is not authentic.
Result<std::size_t, MessageError> decrypt(const crypto::GcmKey& key, const GuestMessageHeader& header, PageView page,
                                          std::size_t size, MutableBytes plaintext) {
  crypto::Secret<kPageSize> opened;
  const MutableBytes text = MutableBytes(opened.fill()).first(size);
  const ByteView aad = page.subspan(swtee::snp::kMessageAadOffset, swtee::snp::kMessageAadSize);
  const bool authentic = crypto::aes256_gcm_open(key, iv_of(header.msg_seqno), aad,
                                                 page.subspan(sizeof(GuestMessageHeader), size), tag_of(header), text);
  SWTEE_REQUIRE(authentic, MessageError::not_authentic);
  std::copy(text.begin(), text.end(), plaintext.begin());
  return size;
}

}  // namespace

void seal_message(const crypto::GcmKey& key, const MessageFields& fields, ByteView payload, MutablePage page) {
  SWTEE_ASSERT(payload.size() + kMessageTagSize <= swtee::snp::kMessagePayloadMax);
  GuestMessageHeader header{};
  header.msg_seqno = fields.sequence;
  header.algo = swtee::snp::kMessageAlgoAes256Gcm;
  header.hdr_version = swtee::snp::kMessageHeaderVersion;
  header.hdr_size = static_cast<std::uint16_t>(sizeof(GuestMessageHeader));
  header.msg_type = static_cast<std::uint8_t>(fields.type);
  header.msg_version = fields.version;
  header.msg_size = static_cast<std::uint16_t>(payload.size());
  header.msg_vmpck = fields.vmpck;

  std::fill(page.begin(), page.end(), std::uint8_t{0});
  const ByteView aad = bytes_of(header).subspan(swtee::snp::kMessageAadOffset, swtee::snp::kMessageAadSize);
  const crypto::GcmTag tag = crypto::aes256_gcm_seal(key, iv_of(fields.sequence), aad, payload,
                                                     page.subspan(sizeof(GuestMessageHeader), payload.size()));
  std::copy(tag.begin(), tag.end(), header.authtag.begin());
  std::memcpy(page.data(), &header, sizeof(header));
}

GuestMessageHeader header_of(PageView page) { return from_bytes<GuestMessageHeader>(page); }

Result<std::size_t, MessageError> open_message(const crypto::GcmKey& key, PageView page, MutableBytes plaintext) {
  const GuestMessageHeader header = header_of(page);
  SWTEE_REQUIRE(header.algo == swtee::snp::kMessageAlgoAes256Gcm, MessageError::format);
  SWTEE_REQUIRE(header.hdr_version == swtee::snp::kMessageHeaderVersion, MessageError::format);
  SWTEE_REQUIRE(header.hdr_size == sizeof(GuestMessageHeader), MessageError::format);
  const std::size_t size = header.msg_size;
  SWTEE_REQUIRE(size <= plaintext.size() && size <= swtee::snp::kMessagePayloadMax, MessageError::too_long);
  return decrypt(key, header, page, size, plaintext);
}

Result<std::size_t, MessageError> open_response(const crypto::GcmKey& key, const MessageFields& request, PageView page,
                                                MutableBytes plaintext) {
  const GuestMessageHeader header = header_of(page);
  SWTEE_REQUIRE(header.msg_seqno == request.sequence + 1, MessageError::wrong_sequence);
  SWTEE_REQUIRE(header.msg_type == static_cast<unsigned>(request.type) + 1, MessageError::wrong_type);
  SWTEE_REQUIRE(header.msg_version == request.version, MessageError::wrong_version);
  const std::size_t size = header.msg_size;
  SWTEE_REQUIRE(size <= plaintext.size() && size <= swtee::snp::kMessagePayloadMax, MessageError::too_long);
  return decrypt(key, header, page, size, plaintext);
}

}  // namespace swtee::guest::snp
