// SPDX-License-Identifier: Apache-2.0
#include "firmware/keys/endorsement.h"

#include "firmware/crypto/digest.h"
#include "firmware/crypto/kdf.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace swtee::keys {
namespace {

constexpr std::string_view kLinkLabel = "swtee/1/endorsement-link";
constexpr std::string_view kKeyLabel = "sev-versioned-chip-endorsement-key";
constexpr std::string_view kGuestKeyRootLabel = "swtee/1/guest-key-root";
constexpr std::size_t kKeySeedSize = 56;

constexpr std::array<std::string_view, EndorsementStick::kComponents> kNames = {"fmc",     "boot-loader", "tee", "spare-1",
                                                                               "spare-2", "spare-3",     "snp", "microcode"};

std::array<std::uint8_t, EndorsementStick::kComponents> svns_of(const snp::Tcb& tcb) {
  return {tcb.fmc, tcb.boot_loader, tcb.tee, 0, 0, 0, tcb.snp, tcb.microcode};
}

}  // namespace

void EndorsementStick::hash_down(std::size_t component, unsigned steps) {
  const MutableBytes link = links_.fill().subspan(component * kLinkSize, kLinkSize);
  for (; steps > 0; --steps) {
    const crypto::Sha384Digest next = crypto::sha384(link);
    std::copy(next.begin(), next.end(), link.begin());
  }
}

EndorsementStick EndorsementStick::from_secret(ByteView secret, const snp::Tcb& tcb) {
  EndorsementStick stick;
  stick.tcb_ = tcb;
  const auto svns = svns_of(tcb);
  for (std::size_t component = 0; component < kComponents; ++component) {
    const std::string_view name = kNames[component];
    const ByteView context(reinterpret_cast<const std::uint8_t*>(name.data()), name.size());
    crypto::hkdf_sha384(secret, {}, kLinkLabel, context, stick.links_.fill().subspan(component * kLinkSize, kLinkSize));
    stick.hash_down(component, 255u - svns[component]);
  }
  return stick;
}

EndorsementStick EndorsementStick::from_links(std::span<const std::uint8_t, kSize> links, const snp::Tcb& tcb) {
  EndorsementStick stick;
  std::copy(links.begin(), links.end(), stick.links_.fill().begin());
  stick.tcb_ = tcb;
  return stick;
}

Result<EndorsementStick, AboveStick> EndorsementStick::lower_to(const snp::Tcb& target) const {
  if (!tcb_.covers(target)) return Failure(AboveStick{});
  EndorsementStick lowered = copy();
  lowered.tcb_ = target;
  const auto from = svns_of(tcb_);
  const auto to = svns_of(target);
  for (std::size_t component = 0; component < kComponents; ++component)
    lowered.hash_down(component, static_cast<unsigned>(from[component] - to[component]));
  return lowered;
}

crypto::EcPrivateKey EndorsementStick::key() const {
  crypto::Sha384Digest all = crypto::sha384(links_.expose());
  crypto::Secret<kKeySeedSize> seed;
  crypto::kdf_counter_sha256(all, kKeyLabel, {}, seed.fill());
  crypto::cleanse(all);
  return crypto::EcPrivateKey::from_seed(crypto::Curve::p384, seed.expose());
}

crypto::Secret<48> EndorsementStick::guest_key_root() const {
  crypto::Sha384Digest all = crypto::sha384(links_.expose());
  crypto::Secret<48> root;
  crypto::hkdf_sha384(all, {}, kGuestKeyRootLabel, {}, root.fill());
  crypto::cleanse(all);
  return root;
}

}  // namespace swtee::keys
