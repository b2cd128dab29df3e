// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/aes_ctr.h"
#include "firmware/snp/commands/commands.h"
#include "firmware/snp/sev_guest_checks.h"

namespace swtee::snp::commands {
namespace {

constexpr auto kLupdate = SevGuestStates::in(SevGuestState::lupdate);
constexpr auto kLsecret = SevGuestStates::in(SevGuestState::lsecret);
/// First byte of what a MAC covers, so that one cannot stand for another.
constexpr std::uint8_t kMeasureContext = 0x04, kSecretContext = 0x01;
constexpr std::uint32_t kSecretMost = 16 << 10;

void append(std::vector<std::uint8_t>& message, ByteView bytes) { message.insert(message.end(), bytes.begin(), bytes.end()); }

struct UpdatePlan {
  std::uint32_t handle = 0;
  Spa at;
  Asid asid;
  std::vector<std::uint8_t> content;
  crypto::RunningSha256 measured;
};

Result<UpdatePlan, Status> check_update(const World& world, const sev::LaunchUpdateBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_4h == 0, Status::invalid_param);
  const SevGuest& guest = *SWTEE_TRY(sev_guest_in(world, buffer.handle, kLupdate));
  SWTEE_REQUIRE(guest.asid.has_value(), Status::inactive);
  UpdatePlan plan;
  plan.handle = buffer.handle;
  plan.asid = *guest.asid;
  plan.at = SWTEE_TRY(sev_guest_memory(world, buffer.paddr, buffer.length));
  plan.content.resize(buffer.length);
  SWTEE_TRY(read_memory(world, plan.at, plan.content));
  plan.measured = guest.measured;
  plan.measured.update(plan.content);
  return plan;
}

Result<UpdatePlan, Status> check_vmsa(const World& world, const sev::LaunchUpdateBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_4h == 0, Status::invalid_param);
  const SevGuest& guest = *SWTEE_TRY(sev_guest_in(world, buffer.handle, kLupdate));
  SWTEE_REQUIRE(sev::policy::Es::get(guest.policy), Status::policy_failure);
  SWTEE_REQUIRE(buffer.length == kPageSize, Status::invalid_len);
  SWTEE_REQUIRE(without_c_bit(world, buffer.paddr).aligned(kPageSize), Status::invalid_address);
  return check_update(world, buffer);
}

Status commit_update(World& world, const UpdatePlan& plan) noexcept {
  write_guest_memory(world, plan.asid, plan.at, plan.content);
  world.sev.guests.at(plan.handle).measured = plan.measured;
  return Status::success;
}

struct MeasurePlan {
  std::uint32_t handle = 0;
  Spa at;
};

Result<MeasurePlan, Status> check_measure(const World& world, sev::LaunchMeasureBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_4h == 0, Status::invalid_param);
  SWTEE_TRY(sev_guest_in(world, buffer.handle, kLupdate));
  const bool fits = buffer.measure_length >= sizeof(sev::Measurement);
  buffer.measure_length = sizeof(sev::Measurement);
  SWTEE_REQUIRE(fits, Status::invalid_len);
  return MeasurePlan{buffer.handle, SWTEE_TRY(output_range(world, buffer.measure_paddr, sizeof(sev::Measurement), 1))};
}

sev::Measurement measurement_of(const World& world, const SevGuest& guest, const Bytes<16>& nonce) {
  const FirmwareVersion& version = world.current().version;
  std::vector<std::uint8_t> message{kMeasureContext, version.major, version.minor, version.build};
  append(message, bytes_of(le32(guest.policy)));
  append(message, guest.measured.digest());
  append(message, nonce);
  return {crypto::hmac_sha256(guest.tik.expose(), message), nonce};
}

Status commit_measure(World& world, MeasurePlan plan, sev::LaunchMeasureBuffer&) noexcept {
  SevGuest& guest = world.sev.guests.at(plan.handle);
  Bytes<16> nonce;
  world.ports.entropy.fill("sev-mnonce", nonce);
  guest.measurement = measurement_of(world, guest, nonce);
  guest.state = SevGuestState::lsecret;
  write_memory(world, plan.at, bytes_of(guest.measurement));
  return Status::success;
}

struct SecretPlan {
  Spa at;
  Asid asid;
  std::vector<std::uint8_t> secret;
  ~SecretPlan() { crypto::cleanse(secret); }
  SecretPlan() = default;
  SecretPlan(SecretPlan&&) = default;
  SecretPlan& operator=(SecretPlan&&) = default;
};

bool mac_fits(const SevGuest& guest, const sev::PacketHeader& header, const sev::LaunchSecretBuffer& buffer, ByteView packet) {
  std::vector<std::uint8_t> message{kSecretContext};
  append(message, bytes_of(header.flags));
  append(message, header.iv);
  append(message, bytes_of(buffer.guest_length));
  append(message, bytes_of(buffer.transport_length));
  append(message, packet);
  append(message, guest.measurement.measure);
  return crypto::equal(crypto::hmac_sha256(guest.tik.expose(), message), header.mac);
}

Result<SecretPlan, Status> check_secret(const World& world, const sev::LaunchSecretBuffer& buffer) {
  SWTEE_REQUIRE(buffer.reserved_4h == 0 && buffer.reserved_14h == 0 && buffer.reserved_24h == 0, Status::invalid_param);
  const SevGuest& guest = *SWTEE_TRY(sev_guest_in(world, buffer.handle, kLsecret));
  SWTEE_REQUIRE(guest.asid.has_value(), Status::inactive);
  SWTEE_REQUIRE(buffer.header_length == sizeof(sev::PacketHeader), Status::invalid_len);
  SWTEE_REQUIRE(buffer.guest_length <= kSecretMost && buffer.transport_length == buffer.guest_length, Status::invalid_len);
  SecretPlan plan;
  plan.asid = *guest.asid;
  plan.at = SWTEE_TRY(sev_guest_memory(world, buffer.guest_paddr, buffer.guest_length));
  const Spa header_at = SWTEE_TRY(memory_range(world, buffer.header_paddr, sizeof(sev::PacketHeader), 1));
  const Spa packet_at = SWTEE_TRY(memory_range(world, buffer.transport_paddr, buffer.transport_length, 1));
  const auto header = SWTEE_TRY(read_struct<sev::PacketHeader>(world, header_at));
  plan.secret.resize(buffer.transport_length);
  SWTEE_TRY(read_memory(world, packet_at, plan.secret));
  SWTEE_REQUIRE(header.flags == 0, Status::unsupported);
  SWTEE_REQUIRE(mac_fits(guest, header, buffer, plan.secret), Status::bad_measurement);
  crypto::aes128_ctr(guest.tek, header.iv, plan.secret, plan.secret);
  return plan;
}

Status commit_secret(World& world, const SecretPlan& plan) noexcept {
  write_guest_memory(world, plan.asid, plan.at, plan.secret);
  return Status::success;
}

Result<std::uint32_t, Status> check_finish(const World& world, const sev::HandleBuffer& buffer) {
  SWTEE_TRY(sev_guest_in(world, buffer.handle, kLsecret));
  return std::uint32_t{buffer.handle};
}

Status commit_finish(World& world, std::uint32_t handle) noexcept {
  SevGuest& guest = world.sev.guests.at(handle);
  guest.tek = {};
  guest.tik = {};
  guest.state = SevGuestState::running;
  return Status::success;
}

}  // namespace

/// LAUNCH_UPDATE_DATA: encrypts memory for a guest and measures it.  [SEV-API r0.24 §LAUNCH_UPDATE_DATA]
///
/// States    legacy platform WORKING; guest LUPDATE.
/// Failures  INVALID_PARAM reserved; INVALID_GUEST, INVALID_GUEST_STATE; INACTIVE no ASID; INVALID_LEN 0 or no multiple of 16;
///           RESOURCE_LIMIT above 16 MiB; INVALID_ADDRESS, also when not 16-byte aligned; INVALID_PAGE_STATE once SNP is INIT a
///           page is not Firmware.
/// Effects   the memory holds what it held, now under the guest's key; the launch digest goes on.
Status sev_launch_update_data(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::LaunchUpdateBuffer>(world, id, buffer, check_update, commit_update);
}

/// LAUNCH_UPDATE_VMSA: the same for one save area of a SEV-ES guest.  [SEV-API r0.24 §LAUNCH_UPDATE_VMSA]
///
/// Failures  INVALID_PARAM, INVALID_GUEST, INVALID_GUEST_STATE; POLICY_FAILURE the guest is not SEV-ES; INVALID_LEN not 4 KiB;
///           INVALID_ADDRESS not page aligned; then as LAUNCH_UPDATE_DATA.
Status sev_launch_update_vmsa(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::LaunchUpdateBuffer>(world, id, buffer, check_vmsa, commit_update);
}

/// LAUNCH_MEASURE: ends the measuring and tells the owner what was measured.  [SEV-API r0.24 §LAUNCH_MEASURE]
///
/// States    legacy platform WORKING; guest LUPDATE -> LSECRET.
/// Failures  INVALID_PARAM reserved; INVALID_GUEST, INVALID_GUEST_STATE; INVALID_LEN less room than 30h (the length needed is
///           written back); INVALID_ADDRESS; INVALID_PAGE_STATE once SNP is INIT the page is not Firmware.
/// Effects   writes HMAC-SHA-256(TIK; 04h, version, policy, launch digest, nonce), then the nonce.
Status sev_launch_measure(World& world, std::uint32_t id, MutableBytes buffer) {
  return run_answer<sev::LaunchMeasureBuffer>(world, id, buffer, check_measure, commit_measure);
}

/// LAUNCH_SECRET: puts the owner's secret into guest memory.  [SEV-API r0.24 §LAUNCH_SECRET]
///
/// States    legacy platform WORKING; guest LSECRET.
/// Failures  INVALID_PARAM reserved; INVALID_GUEST, INVALID_GUEST_STATE; INACTIVE no ASID; INVALID_LEN the header is not 34h, the
///           packet is longer than 16 KiB, no multiple of 16 or not as long as the memory; INVALID_ADDRESS; INVALID_PAGE_STATE
///           as LAUNCH_UPDATE_DATA; UNSUPPORTED flags, compression among them; BAD_MEASUREMENT the MAC does not fit.
/// Effects   the memory holds the secret under the guest's key.
/// DEVIATION: compressed packets are refused; the hardware's compression is not published.
Status sev_launch_secret(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::LaunchSecretBuffer>(world, id, buffer, check_secret, commit_secret);
}

/// LAUNCH_FINISH: the guest may run.  [SEV-API r0.24 §LAUNCH_FINISH]
///
/// States    legacy platform WORKING; guest LSECRET -> RUNNING.
/// Failures  INVALID_GUEST, INVALID_GUEST_STATE.
/// Effects   TEK and TIK are forgotten.
Status sev_launch_finish(World& world, std::uint32_t id, ByteView buffer) {
  return run<sev::HandleBuffer>(world, id, buffer, check_finish, commit_finish);
}

}  // namespace swtee::snp::commands
