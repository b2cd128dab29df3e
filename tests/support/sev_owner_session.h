// SPDX-License-Identifier: Apache-2.0
/// The owner of a legacy guest: makes the session that LAUNCH_START opens, expects the measurement, wraps secrets. Written from
/// the specification; sevctl does the same in tests/conformance.
#pragma once

#include "firmware/crypto/aes_ctr.h"
#include "firmware/crypto/digest.h"
#include "firmware/crypto/kdf.h"
#include "firmware/keys/sev_certificate.h"
#include "firmware/platform/product.h"

#include <swtee/abi/sev/guest.h>

#include <algorithm>
#include <vector>

namespace swtee::test {

struct SevOwnerSession {
  crypto::EcPrivateKey key = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, Bytes<56>{7, 7});
  sev::Certificate certificate = keys::make_certificate(sev::Usage::pdh, key.public_key());
  Bytes<32> tek_tik{};
  sev::Session session{};

  SevOwnerSession(const sev::Certificate& pdh, std::uint32_t policy) {
    for (std::size_t i = 0; i < tek_tik.size(); ++i) tek_tik[i] = static_cast<std::uint8_t>(0xa0 + i);
    session.nonce.fill(0x11);
    session.wrap_iv.fill(0x22);
    const auto agreed = key.agree(keys::public_key(pdh).value());
    Bytes<16> master{};
    crypto::Secret<16> kek;
    Bytes<16> kik{};
    crypto::kdf_counter_sha256(agreed.expose(), "sev-master-secret", session.nonce, master);
    crypto::kdf_counter_sha256(master, "sev-kek", {}, kek.fill());
    crypto::kdf_counter_sha256(master, "sev-kik", {}, kik);
    crypto::aes128_ctr(kek, session.wrap_iv, tek_tik, session.wrapped_keys);
    session.wrap_mac = crypto::hmac_sha256(kik, session.wrapped_keys);
    const le32 policy_bytes(policy);
    session.policy_mac = crypto::hmac_sha256(tik(), bytes_of(policy_bytes));
  }

  ByteView tek() const { return ByteView(tek_tik).first(16); }
  ByteView tik() const { return ByteView(tek_tik).last(16); }

  Bytes<32> measure(const FirmwareVersion& version, std::uint32_t policy, ByteView measured, const Bytes<16>& nonce) const {
    std::vector<std::uint8_t> message{4, version.major, version.minor, version.build};
    const le32 policy_bytes(policy);
    const auto digest = crypto::sha256(measured);
    for (const ByteView piece : {bytes_of(policy_bytes), ByteView(digest), ByteView(nonce)})
      message.insert(message.end(), piece.begin(), piece.end());
    return crypto::hmac_sha256(tik(), message);
  }

  struct Packet {
    sev::PacketHeader header{};
    std::vector<std::uint8_t> data;
  };
  Packet wrap(ByteView secret, const Bytes<32>& measure, std::uint32_t flags = 0) const {
    Packet packet;
    packet.header.flags = flags;
    packet.header.iv.fill(0x33);
    packet.data.resize(secret.size());
    Bytes<16> tek_bytes{};
    std::copy(tek().begin(), tek().end(), tek_bytes.begin());
    crypto::aes128_ctr(crypto::Secret<16>(tek_bytes), packet.header.iv, secret, packet.data);
    std::vector<std::uint8_t> message{1};
    const le32 size(static_cast<std::uint32_t>(secret.size()));
    for (const ByteView piece : {bytes_of(packet.header.flags), ByteView(packet.header.iv), bytes_of(size), bytes_of(size),
                                 ByteView(packet.data), ByteView(measure)})
      message.insert(message.end(), piece.begin(), piece.end());
    packet.header.mac = crypto::hmac_sha256(tik(), message);
    return packet;
  }
};

}  // namespace swtee::test
