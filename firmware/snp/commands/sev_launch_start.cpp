// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/aes_ctr.h"
#include "firmware/crypto/kdf.h"
#include "firmware/keys/sev_certificate.h"
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/sev_guest_checks.h"

#include <swtee/abi/sev/commands.h>

#include <limits>

namespace swtee::snp::commands {
namespace {

/// The model's bound on guests that are not bound to an ASID.
constexpr std::size_t kGuestsMax = 4096;

struct TransportKeys {
  crypto::Secret<16> tek;
  crypto::Secret<16> tik;
};

struct Plan {
  std::uint32_t policy = 0;
  std::optional<TransportKeys> keys;  ///< the owner's, from the session
};

Checked check_policy(const World& world, std::uint32_t policy) {
  SWTEE_REQUIRE((policy & sev::policy::kReserved) == 0, Status::invalid_param);
  SWTEE_REQUIRE(!sev::policy::Es::get(policy) || world.sev.es_enabled, Status::unsupported);
  const std::uint64_t major = sev::policy::ApiMajor::get(policy);
  const std::uint64_t minor = sev::policy::ApiMinor::get(policy);
  const FirmwareVersion& version = world.current().version;
  SWTEE_REQUIRE(version.major > major || (version.major == major && version.minor >= minor), Status::policy_failure);
  return {};
}

/// Key sharing: the handle names the guest whose key the new one gets.
/// DEVIATION: the port to memory gives each ASID a key of its own.
Checked check_sharing(const World& world, std::uint32_t handle, std::uint32_t policy) {
  if (handle == 0) return {};
  const SevGuest* other = SWTEE_TRY(sev_guest_in(world, handle, kAnySevGuest));
  SWTEE_REQUIRE(other->policy == policy && !sev::policy::NoKeySharing::get(policy), Status::policy_failure);
  return Failure(Status::unsupported);
}

/// Agrees with the owner's key and opens the session.  [SEV-API r0.24 §Session Data Buffer]
Result<TransportKeys, Status> open_session(const SevOwner& owner, const crypto::EcPublicKey& peer, const sev::Session& session,
                                           std::uint32_t policy) {
  const crypto::Secret<48> agreed = owner.pdh_key().agree(peer);
  crypto::Secret<16> master;
  crypto::Secret<16> kek;
  crypto::Secret<16> kik;
  crypto::kdf_counter_sha256(agreed.expose(), "sev-master-secret", session.nonce, master.fill());
  crypto::kdf_counter_sha256(master.expose(), "sev-kek", {}, kek.fill());
  crypto::kdf_counter_sha256(master.expose(), "sev-kik", {}, kik.fill());
  SWTEE_REQUIRE(crypto::equal(crypto::hmac_sha256(kik.expose(), session.wrapped_keys), session.wrap_mac), Status::bad_measurement);
  crypto::Secret<32> both;
  crypto::aes128_ctr(kek, session.wrap_iv, session.wrapped_keys, both.fill());
  TransportKeys keys{crypto::Secret<16>(both.expose().first<16>()), crypto::Secret<16>(both.expose().last<16>())};
  const le32 policy_bytes(policy);
  SWTEE_REQUIRE(crypto::equal(crypto::hmac_sha256(keys.tik.expose(), bytes_of(policy_bytes)), session.policy_mac),
                Status::bad_measurement);
  return keys;
}

Result<TransportKeys, Status> owners_keys(const World& world, const sev::LaunchStartBuffer& buffer) {
  SWTEE_REQUIRE(buffer.dh_cert_length == sizeof(sev::Certificate) && buffer.session_length == sizeof(sev::Session), Status::invalid_len);
  const Spa certificate_at = SWTEE_TRY(memory_range(world, buffer.dh_cert_paddr, sizeof(sev::Certificate), 1));
  const Spa session_at = SWTEE_TRY(memory_range(world, buffer.session_paddr, sizeof(sev::Session), 1));
  const auto certificate = SWTEE_TRY(read_struct<sev::Certificate>(world, certificate_at));
  const auto session = SWTEE_TRY(read_struct<sev::Session>(world, session_at));
  SWTEE_REQUIRE(certificate.version == sev::kCertificateVersion &&
                    certificate.key_usage == static_cast<std::uint32_t>(sev::Usage::pdh) &&
                    certificate.key_algorithm == static_cast<std::uint32_t>(sev::Algorithm::ecdh_sha256),
                Status::invalid_certificate);
  const auto peer = keys::public_key(certificate);
  SWTEE_REQUIRE(peer.ok(), Status::invalid_certificate);
  return open_session(*world.sev.owner, peer.value(), session, buffer.policy);
}

Result<Plan, Status> check(const World& world, sev::LaunchStartBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_14h == 0, Status::invalid_param);
  SWTEE_TRY(check_policy(world, buffer.policy));
  SWTEE_TRY(check_sharing(world, buffer.handle, buffer.policy));
  SWTEE_REQUIRE(world.sev.guests.size() < kGuestsMax && world.sev.next_handle != std::numeric_limits<std::uint32_t>::max(),
                Status::resource_limit);
  Plan plan;
  plan.policy = buffer.policy;
  if (buffer.dh_cert_length != 0 || buffer.session_length != 0) plan.keys = SWTEE_TRY(owners_keys(world, buffer));
  return plan;
}

Status commit(World& world, Plan plan, sev::LaunchStartBuffer& buffer) noexcept {
  SevGuest guest;
  guest.policy = plan.policy;
  world.ports.entropy.fill("sev-vek", guest.vek.fill());
  if (plan.keys.has_value()) {
    guest.tek = std::move(plan.keys->tek);
    guest.tik = std::move(plan.keys->tik);
  } else {
    world.ports.entropy.fill("sev-tek", guest.tek.fill());
    world.ports.entropy.fill("sev-tik", guest.tik.fill());
  }
  buffer.handle = world.sev.next_handle++;
  world.sev.guests.emplace(buffer.handle, std::move(guest));
  return Status::success;
}

}  // namespace

/// LAUNCH_START: makes a guest, with the transport keys of its owner if there is one.  [SEV-API r0.24 §LAUNCH_START]
///
/// States    legacy platform INIT or WORKING -> WORKING.
/// Failures  INVALID_PARAM reserved word or policy bits; UNSUPPORTED the policy wants SEV-ES and INIT did not switch it on;
///           POLICY_FAILURE it wants newer firmware; of a handle to share the key with: INVALID_GUEST, POLICY_FAILURE the policies
///           differ or forbid it, else UNSUPPORTED; RESOURCE_LIMIT 4096 guests. Of the owner's session: INVALID_LEN a length is
///           not 824h and 80h (both 0: no session), INVALID_ADDRESS, INVALID_CERTIFICATE the certificate is no PDH's with a
///           P-384 key, BAD_MEASUREMENT a MAC of the session does not fit.
/// Effects   a guest in state LUPDATE; HANDLE is written back. The certificate's signature is not looked at.
Status sev_launch_start(World& world, std::uint32_t id, MutableBytes buffer) {
  return run_answer<sev::LaunchStartBuffer>(world, id, buffer, check, commit);
}

}  // namespace swtee::snp::commands
