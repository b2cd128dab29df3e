// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/vlek.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/aead.h"
#include "firmware/crypto/digest.h"
#include "firmware/crypto/kdf.h"

#include <algorithm>

namespace swtee::keys {
namespace {

constexpr std::string_view kVlekSecretLabel = "swtee/1/vlek-secret";
constexpr std::string_view kWrapKeyLabel = "swtee/1/vlek-wrap-key";
constexpr std::string_view kWrapIvLabel = "swtee/1/vlek-wrap-iv";

ByteView view(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

crypto::GcmKey wrap_key(const Chip& chip) {
  crypto::GcmKey key;
  crypto::hkdf_sha384(chip.secret.expose(), {}, kWrapKeyLabel, {}, key.fill());
  return key;
}

/// The bytes between the wrapped chains and the tag.
ByteView authenticated(const snp::WrappedVlekHashstick& wrapped) {
  constexpr std::size_t begin = offsetof(snp::WrappedVlekHashstick, tcb_version);
  constexpr std::size_t end = offsetof(snp::WrappedVlekHashstick, authtag);
  return bytes_of(wrapped).subspan(begin, end - begin);
}

}  // namespace

EndorsementStick vlek_stick(const Universe& universe, const ProductRow& product, std::string_view csp_id, const snp::Tcb& tcb) {
  crypto::Secret<32> secret;
  universe.derive(kVlekSecretLabel, {view(product.line), view(csp_id)}, secret.fill());
  return EndorsementStick::from_secret(secret.expose(), tcb);
}

snp::WrappedVlekHashstick wrap_vlek(const Chip& chip, const EndorsementStick& stick) {
  snp::WrappedVlekHashstick wrapped{};
  wrapped.tcb_version = snp::encode(stick.tcb(), chip.product->tcb_layout);
  // An IV must not repeat under one key with another content: it is a MAC of the content under a key of its own.
  crypto::Secret<48> iv_key;
  crypto::hkdf_sha384(chip.secret.expose(), {}, kWrapIvLabel, authenticated(wrapped), iv_key.fill());
  const crypto::Sha384Digest iv = crypto::hmac_sha384(iv_key.expose(), stick.links().expose());
  std::copy_n(iv.begin(), wrapped.iv.size(), wrapped.iv.begin());
  wrapped.authtag = crypto::aes256_gcm_seal(wrap_key(chip), wrapped.iv, authenticated(wrapped), stick.links().expose(), wrapped.wrapped);
  return wrapped;
}

Result<EndorsementStick, UnwrapFailure> unwrap_vlek(const Chip& chip, const snp::WrappedVlekHashstick& wrapped) {
  const snp::TcbLayout layout = chip.product->tcb_layout;
  SWTEE_REQUIRE(all_zero(wrapped.reserved_ch) && all_zero(wrapped.reserved_198h) &&
                    (wrapped.tcb_version & snp::reserved_bits(layout)) == 0,
                UnwrapFailure::reserved_not_zero);
  crypto::Secret<EndorsementStick::kSize> links;
  SWTEE_REQUIRE(crypto::aes256_gcm_open(wrap_key(chip), wrapped.iv, authenticated(wrapped), wrapped.wrapped, wrapped.authtag, links.fill()),
                UnwrapFailure::bad_tag);
  return EndorsementStick::from_links(links.expose(), snp::decode_tcb(wrapped.tcb_version, layout));
}

}  // namespace swtee::keys
