// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/sev_owner.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/aead.h"
#include "firmware/crypto/digest.h"
#include "firmware/crypto/kdf.h"
#include "firmware/keys/cek.h"
#include "firmware/keys/sev_certificate.h"

#include <algorithm>

namespace swtee::snp {
namespace {

constexpr std::string_view kSealKeyLabel = "swtee/1/sev-owner-key";
constexpr std::string_view kSealIvLabel = "swtee/1/sev-owner-iv";
constexpr Bytes<8> kMagic{'s', 'w', 't', 'e', 'e', 's', 'e', 'v'};
constexpr std::uint32_t kVersion = 1;

/// What is sealed. Our own format.
struct OwnerRecord {
  le32 external;
  le32 reserved_4h;
  Bytes<56> pek_seed;
  Bytes<56> pdh_seed;
  sev::Certificate oca;
  sev::Certificate pek;
  sev::Certificate pdh;
};
SWTEE_WIRE_SIZE(OwnerRecord, 0x18e4);

struct SealedOwner {
  Bytes<8> magic;
  le32 version;
  Bytes<12> iv;
  Bytes<8> reserved_18h;
  Bytes<16> tag;
  Bytes<sizeof(OwnerRecord)> ciphertext;
};
SWTEE_WIRE_SIZE(SealedOwner, 0x30 + 0x18e4);
SWTEE_WIRE_AT(SealedOwner, tag, 0x20);

ByteView authenticated(const SealedOwner& sealed) { return bytes_of(sealed).first(offsetof(SealedOwner, tag)); }

crypto::GcmKey seal_key(const keys::Chip& chip) {
  crypto::GcmKey key;
  crypto::hkdf_sha384(chip.secret.expose(), {}, kSealKeyLabel, {}, key.fill());
  return key;
}

SevOwner::Seed new_seed(Entropy& entropy, std::string_view stream) {
  SevOwner::Seed seed;
  entropy.fill(stream, seed.fill());
  return seed;
}

void make_pdh(SevOwner& owner, Entropy& entropy) {
  owner.pdh_seed = new_seed(entropy, "sev-pdh");
  owner.pdh = keys::make_certificate(sev::Usage::pdh, owner.pdh_key().public_key());
  keys::sign(owner.pdh, 0, sev::Usage::pek, owner.pek_key());
}

}  // namespace

SevOwner new_self_owned(const keys::Chip& chip, const FirmwareVersion& version, Entropy& entropy) {
  const SevOwner::Seed oca_seed = new_seed(entropy, "sev-oca");
  const auto oca_key = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, oca_seed.expose());
  SevOwner owner;
  owner.oca = keys::make_certificate(sev::Usage::oca, oca_key.public_key());
  keys::sign(owner.oca, 0, sev::Usage::oca, oca_key);
  owner.pek_seed = new_seed(entropy, "sev-pek");
  owner.pek = keys::make_certificate(sev::Usage::pek, owner.pek_key().public_key());
  owner.pek.api_major = version.major;
  owner.pek.api_minor = version.minor;
  keys::sign(owner.pek, 0, sev::Usage::oca, oca_key);
  keys::sign(owner.pek, 1, sev::Usage::cek, keys::chip_endorsement_key(chip));
  make_pdh(owner, entropy);
  return owner;
}

SevOwner with_new_pdh(const SevOwner& owner, Entropy& entropy) {
  SevOwner next = owner.copy();
  make_pdh(next, entropy);
  return next;
}

sev::Certificate signing_request(const SevOwner& owner) {
  sev::Certificate request = owner.pek;
  for (auto& signature : request.signatures) {
    signature = {};
    signature.usage = static_cast<std::uint32_t>(sev::Usage::invalid);
  }
  return request;
}

SevOwner with_external_owner(const SevOwner& owner, const sev::Certificate& pek, const sev::Certificate& oca, const keys::Chip& chip,
                             Entropy& entropy) {
  SevOwner next = owner.copy();
  next.external = true;
  next.oca = oca;
  next.pek = signing_request(owner);
  for (const auto& signature : pek.signatures)
    if (signature.usage == static_cast<std::uint32_t>(sev::Usage::oca)) next.pek.signatures[0] = signature;
  keys::sign(next.pek, 1, sev::Usage::cek, keys::chip_endorsement_key(chip));
  make_pdh(next, entropy);
  return next;
}

std::vector<std::uint8_t> seal(const SevOwner& owner, const keys::Chip& chip) {
  OwnerRecord record{};
  record.external = owner.external ? 1u : 0u;
  std::copy_n(owner.pek_seed.expose().begin(), record.pek_seed.size(), record.pek_seed.begin());
  std::copy_n(owner.pdh_seed.expose().begin(), record.pdh_seed.size(), record.pdh_seed.begin());
  record.oca = owner.oca;
  record.pek = owner.pek;
  record.pdh = owner.pdh;
  SealedOwner sealed{};
  sealed.magic = kMagic;
  sealed.version = kVersion;
  // An IV must not repeat under one key with another content: it is a MAC of the content under a key of its own.
  crypto::Secret<48> iv_key;
  crypto::hkdf_sha384(chip.secret.expose(), {}, kSealIvLabel, {}, iv_key.fill());
  const crypto::Sha384Digest iv = crypto::hmac_sha384(iv_key.expose(), bytes_of(record));
  std::copy_n(iv.begin(), sealed.iv.size(), sealed.iv.begin());
  sealed.tag = crypto::aes256_gcm_seal(seal_key(chip), sealed.iv, authenticated(sealed), bytes_of(record), sealed.ciphertext);
  crypto::cleanse(mutable_bytes_of(record));
  const ByteView bytes = bytes_of(sealed);
  return {bytes.begin(), bytes.end()};
}

Result<SevOwner> open_sealed_owner(const keys::Chip& chip, ByteView bytes) {
  SWTEE_REQUIRE(bytes.size() >= sizeof(SealedOwner), Error("the sealed owner is cut off"));
  const auto sealed = from_bytes<SealedOwner>(bytes);
  SWTEE_REQUIRE(sealed.magic == kMagic, Error("the sealed owner does not begin with the magic \"swteesev\""));
  SWTEE_REQUIRE(sealed.version == kVersion, Error("the sealed owner has version " + std::to_string(sealed.version)));
  OwnerRecord record{};
  SWTEE_REQUIRE(crypto::aes256_gcm_open(seal_key(chip), sealed.iv, authenticated(sealed), sealed.ciphertext, sealed.tag,
                                        mutable_bytes_of(record)),
                Error("the sealed owner is damaged, or another chip's"));
  SevOwner owner;
  owner.external = record.external != 0;
  owner.pek_seed = SevOwner::Seed(record.pek_seed);
  owner.pdh_seed = SevOwner::Seed(record.pdh_seed);
  owner.oca = record.oca;
  owner.pek = record.pek;
  owner.pdh = record.pdh;
  crypto::cleanse(mutable_bytes_of(record));
  return owner;
}

std::size_t sealed_owner_size() { return sizeof(SealedOwner); }

}  // namespace swtee::snp
