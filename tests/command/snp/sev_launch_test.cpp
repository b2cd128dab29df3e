// SPDX-License-Identifier: Apache-2.0
/// Legacy SEV: LAUNCH_START to LAUNCH_FINISH as KVM drives them. That an owner's tool agrees is shown with sevctl in
/// tests/conformance.
#include "tests/support/sev_host.h"
#include "tests/support/sev_owner_session.h"
#include "tests/support/snp_attempt.h"

namespace swtee::test {
namespace {

using snp::Status;

constexpr std::uint32_t kPolicy = 1;

struct Launch {
  SnpMachine machine;
  SevHost host{machine};
  Launch() { EXPECT_EQ(host.init(true), Status::success); }
  const snp::SevGuest& guest(std::uint32_t handle) const { return machine.world().sev.guests.at(handle); }
  std::vector<std::uint8_t> as_guest(Asid asid, Spa at, std::size_t size) {
    std::vector<std::uint8_t> bytes(size);
    EXPECT_TRUE(machine.machine().memory().read(Access::psp_as_guest(asid), at, bytes).ok());
    return bytes;
  }
};

struct Start : Launch {
  SevOwnerSession owner{host.export_certificates().pdh, kPolicy};
  Spa at = host.take_range();
  sev::LaunchStartBuffer buffer{};
  Start() {
    place();
    buffer.policy = kPolicy;
    buffer.dh_cert_paddr = at.value;
    buffer.dh_cert_length = 0x824u;
    buffer.session_paddr = at.value + 0x1001;
    buffer.session_length = 0x80u;
  }
  void place() {
    machine.write(at, bytes_of(owner.certificate));
    machine.write(at + 0x1001, bytes_of(owner.session));
  }
  Status call() { return machine.command(sev_id::kLaunchStart, buffer); }
};
const FaultList<Start> kStartFaults{
    {"not initialised", "platform", Status::invalid_platform_state, [](Start& a) { a.host.shutdown(); }},
    {"reserved word", "reserved", Status::invalid_param, [](Start& a) { a.buffer.reserved_14h = 1u; }},
    {"reserved policy bit", "policy", Status::invalid_param, [](Start& a) { a.buffer.policy = 0x41u; }},
    {"newer firmware", "policy", Status::policy_failure, [](Start& a) { a.buffer.policy = 0xff010000u; }},
    {"newer major version", "policy", Status::policy_failure, [](Start& a) { a.buffer.policy = 0x00020000u; }},
    {"key of nobody", "handle", Status::invalid_guest, [](Start& a) { a.buffer.handle = 77u; }},
    {"certificate too short", "length", Status::invalid_len, [](Start& a) { a.buffer.dh_cert_length = 0x823u; }},
    {"session too long", "length", Status::invalid_len, [](Start& a) { a.buffer.session_length = 0x81u; }},
    {"certificate without session", "length", Status::invalid_len, [](Start& a) { a.buffer.session_length = 0u; }},
    {"certificate outside memory", "cert address", Status::invalid_address, [](Start& a) { a.buffer.dh_cert_paddr = kNoMemory; }},
    {"session outside memory", "session address", Status::invalid_address, [](Start& a) { a.buffer.session_paddr = kNoMemory; }},
    {"certificate of a PEK", "cert", Status::invalid_certificate, [](Start& a) { a.owner.certificate.key_usage = 0x1002u, a.place(); }},
    {"certificate for ECDSA", "cert", Status::invalid_certificate, [](Start& a) { a.owner.certificate.key_algorithm = 2u, a.place(); }},
    {"certificate off the curve", "cert", Status::invalid_certificate, [](Start& a) { a.owner.certificate.key.qx[0] ^= 1, a.place(); }},
    {"certificate of version 0", "cert", Status::invalid_certificate, [](Start& a) { a.owner.certificate.version = 0u, a.place(); }},
    {"nonce", "session", Status::bad_measurement, [](Start& a) { a.owner.session.nonce[0] ^= 1, a.place(); }},
    {"wrapped keys", "session", Status::bad_measurement, [](Start& a) { a.owner.session.wrapped_keys[31] ^= 1, a.place(); }},
    {"wrap MAC", "session", Status::bad_measurement, [](Start& a) { a.owner.session.wrap_mac[31] ^= 1, a.place(); }},
    {"policy MAC", "session", Status::bad_measurement, [](Start& a) { a.owner.session.policy_mac[0] ^= 1, a.place(); }},
    {"another policy", "session", Status::bad_measurement, [](Start& a) { a.buffer.policy = 0u; }},
};
SWTEE_COMMAND_TESTS(SevLaunchStart, Start, kStartFaults)

TEST(SevLaunchStart, OpensTheOwnersSession) {
  Start a;
  ASSERT_EQ(a.call(), Status::success);
  const snp::SevGuest& guest = a.guest(1);
  EXPECT_TRUE(std::equal(a.owner.tek().begin(), a.owner.tek().end(), guest.tek.expose().begin()));
  EXPECT_TRUE(std::equal(a.owner.tik().begin(), a.owner.tik().end(), guest.tik.expose().begin()));
  EXPECT_EQ(a.host.platform_status().state, 2);
  EXPECT_EQ(a.host.platform_status().guest_count, 1u);
  const auto status = a.host.guest_status(1);
  EXPECT_EQ(status.policy, kPolicy);
  EXPECT_EQ(status.asid, 0u);
  EXPECT_EQ(status.state, 1);
}

/// As sevctl makes them: what follows the key was never initialised.
TEST(SevLaunchStart, TakesACertificateWithAnythingBehindItsKey) {
  Start a;
  a.owner.certificate.key.reserved_94h.fill(0xee);
  a.place();
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SevLaunchStart, MakesKeysOfItsOwnWithoutASession) {
  Launch a;
  const std::uint32_t first = a.host.launch_start();
  const std::uint32_t second = a.host.launch_start();
  EXPECT_EQ(first, 1u);
  EXPECT_EQ(second, 2u);
  EXPECT_FALSE(crypto::equal(a.guest(first).tik.expose(), a.guest(second).tik.expose()));
  EXPECT_FALSE(all_zero(a.guest(first).tek.expose()));
}

TEST(SevLaunchStart, NeverUsesAHandleTwice) {
  Launch a;
  const std::uint32_t first = a.host.launch_start();
  ASSERT_EQ(a.host.handle_command(sev_id::kDecommission, first), Status::success);
  EXPECT_EQ(a.host.platform_status().state, 1);
  EXPECT_EQ(a.host.launch_start(), first + 1);
  ASSERT_EQ(a.host.shutdown(), Status::success);
  ASSERT_EQ(a.host.init(), Status::success);
  EXPECT_EQ(a.host.platform_status().guest_count, 0u);
  EXPECT_EQ(a.host.launch_start(), first + 2);
}

TEST(SevLaunchStart, SaysWhyItDoesNotShareAKey) {
  Launch a;
  const std::uint32_t other = a.host.launch_start(0);
  const std::uint32_t private_one = a.host.launch_start(2);
  const auto share = [&](std::uint32_t handle, std::uint32_t policy) {
    sev::LaunchStartBuffer buffer{};
    buffer.handle = handle;
    buffer.policy = policy;
    return a.host.answering(sev_id::kLaunchStart, buffer);
  };
  EXPECT_EQ(share(other, 1), Status::policy_failure);
  EXPECT_EQ(share(private_one, 2), Status::policy_failure);
  EXPECT_EQ(share(other, 0), Status::unsupported);
}

TEST(SevLaunchStart, NeedsSevEsSwitchedOnForAGuestOfIt) {
  SnpMachine machine;
  SevHost host(machine);
  ASSERT_EQ(host.init(false), Status::success);
  sev::LaunchStartBuffer buffer{};
  buffer.policy = 4u;
  EXPECT_EQ(host.answering(sev_id::kLaunchStart, buffer), Status::unsupported);
}

TEST(SevLaunchStart, HasABoundOnGuests) {
  Launch a;
  for (int i = 0; i < 4096; ++i) {
    sev::LaunchStartBuffer buffer{};
    ASSERT_EQ(a.machine.command(sev_id::kLaunchStart, buffer), Status::success);
  }
  EXPECT_EQ(a.machine.command(sev_id::kLaunchStart, sev::LaunchStartBuffer{}), Status::resource_limit);
}

/// A guest with an ASID and a page of content.
struct Update : Launch {
  std::uint32_t handle = host.launch_start(4);
  Spa page = machine.take_page();
  sev::LaunchUpdateBuffer buffer{};
  Update() {
    EXPECT_EQ(host.activate(handle, {3}), Status::success);
    machine.write(page, std::vector<std::uint8_t>(kPageSize, 0x5a));
    buffer.handle = handle;
    buffer.paddr = page.value;
    buffer.length = 0x1000u;
  }
  Status call() { return machine.command(sev_id::kLaunchUpdateData, buffer); }
  void measure() { host.launch_measure(handle); }
};
struct UpdateVmsa : Update {
  Status call() { return machine.command(sev_id::kLaunchUpdateVmsa, buffer); }
};
template <class A>
FaultList<A> update_faults(FaultList<A> special) {
  FaultList<A> faults{
      {"not initialised", "platform", Status::invalid_platform_state, [](A& a) { a.host.shutdown(); }},
      {"reserved word", "reserved", Status::invalid_param, [](A& a) { a.buffer.reserved_4h = 1u; }},
      {"nobody", "guest", Status::invalid_guest, [](A& a) { a.buffer.handle = 0u; }},
      {"measured", "guest", Status::invalid_guest_state, [](A& a) { a.measure(); }},
  };
  faults.insert(faults.end(), special.begin(), special.end());
  return faults;
}
const FaultList<Update> kUpdateFaults = update_faults<Update>({
    {"not active", "asid", Status::inactive, [](Update& a) { a.host.handle_command(sev_id::kDeactivate, a.handle); }},
    {"nothing", "length", Status::invalid_len, [](Update& a) { a.buffer.length = 0u; }},
    {"no whole blocks", "length", Status::invalid_len, [](Update& a) { a.buffer.length = 0xff8u; }},
    {"too much", "length", Status::resource_limit, [](Update& a) { a.buffer.length = (16u << 20) + 16; }},
    {"unaligned", "address", Status::invalid_address, [](Update& a) { a.buffer.paddr = a.page.value + 8; }},
    {"outside memory", "address", Status::invalid_address, [](Update& a) { a.buffer.paddr = kNoMemory; }},
});
SWTEE_COMMAND_TESTS(SevLaunchUpdateData, Update, kUpdateFaults)
const FaultList<UpdateVmsa> kUpdateVmsaFaults = update_faults<UpdateVmsa>({
    {"guest without SEV-ES", "guest", Status::policy_failure,
     [](UpdateVmsa& a) { a.buffer.handle = a.host.launch_start(0); }},
    {"two pages", "length", Status::invalid_len, [](UpdateVmsa& a) { a.buffer.length = 0x2000u; }},
    {"unaligned", "address", Status::invalid_address, [](UpdateVmsa& a) { a.buffer.paddr = a.page.value + 16; }},
    {"not active", "asid", Status::inactive, [](UpdateVmsa& a) { a.host.handle_command(sev_id::kDeactivate, a.handle); }},
});
SWTEE_COMMAND_TESTS(SevLaunchUpdateVmsa, UpdateVmsa, kUpdateVmsaFaults)

TEST(SevLaunchUpdateData, PutsTheContentUnderTheGuestsKey) {
  Update a;
  ASSERT_EQ(a.call(), Status::success);
  const std::vector<std::uint8_t> content(kPageSize, 0x5a);
  EXPECT_EQ(a.as_guest({3}, a.page, kPageSize), content);
  EXPECT_NE(a.machine.read(a.page, kPageSize), content) << "the host sees what it wrote no more";
}

TEST(SevLaunchUpdateData, WantsFirmwarePagesOnceSnpIsOn) {
  SnpMachine machine;
  SevHost host(machine);
  machine.init();
  ASSERT_EQ(host.init(), Status::success);
  const std::uint32_t handle = host.launch_start();
  ASSERT_EQ(host.activate(handle, {3}), Status::success);
  const Spa page = machine.take_page();
  machine.write(page, std::vector<std::uint8_t>(kPageSize, 0x5a));
  sev::LaunchUpdateBuffer buffer{};
  buffer.handle = handle;
  buffer.paddr = page.value;
  buffer.length = 0x1000u;
  EXPECT_EQ(machine.command(sev_id::kLaunchUpdateData, buffer), Status::invalid_page_state);
  EXPECT_EQ(host.launch_update(handle, page, kPageSize), Status::success);
}

struct Measure : Update {
  sev::LaunchMeasureBuffer buffer{};
  Measure() {
    buffer.handle = handle;
    buffer.measure_paddr = machine.take_page().value + 3;
    buffer.measure_length = 0x30u;
  }
  Status call() { return machine.command(sev_id::kLaunchMeasure, buffer); }
};
const FaultList<Measure> kMeasureFaults{
    {"not initialised", "platform", Status::invalid_platform_state, [](Measure& a) { a.host.shutdown(); }},
    {"reserved word", "reserved", Status::invalid_param, [](Measure& a) { a.buffer.reserved_4h = 1u; }},
    {"nobody", "guest", Status::invalid_guest, [](Measure& a) { a.buffer.handle = 9u; }},
    {"measured", "guest", Status::invalid_guest_state, [](Measure& a) { a.measure(); }},
    {"no room", "length", Status::invalid_len, [](Measure& a) { a.buffer.measure_length = 0x2fu; }},
    {"outside memory", "address", Status::invalid_address, [](Measure& a) { a.buffer.measure_paddr = kNoMemory; }},
};
SWTEE_COMMAND_TESTS(SevLaunchMeasure, Measure, kMeasureFaults)

TEST(SevLaunchMeasure, TellsItsLength) {
  Measure a;
  sev::LaunchMeasureBuffer query{};
  query.handle = a.handle;
  EXPECT_EQ(a.host.answering(sev_id::kLaunchMeasure, query), Status::invalid_len);
  EXPECT_EQ(query.measure_length, 0x30u);
}

/// A guest of an owner, with two pages and a save area, measured.
struct Measured : Launch {
  static constexpr std::uint32_t kEsPolicy = 5;
  SevOwnerSession owner{host.export_certificates().pdh, kEsPolicy};
  std::uint32_t handle = 0;
  std::vector<std::uint8_t> image;
  Spa at = host.take_range();
  sev::Measurement measurement{};
  Measured() {
    EXPECT_EQ(host.launch_start(kEsPolicy, owner.certificate, owner.session, handle), Status::success);
    EXPECT_EQ(host.activate(handle, {3}), Status::success);
    for (std::size_t i = 0; i < 0x3000; ++i) image.push_back(static_cast<std::uint8_t>(i * 7 + (i >> 8)));
    machine.write(at, image);
    EXPECT_EQ(host.launch_update(handle, at, 0x1000), Status::success);
    EXPECT_EQ(host.launch_update(handle, at + 0x1000, 0x1000), Status::success);
    EXPECT_EQ(host.launch_update(handle, at + 0x2000, 0x1000, sev_id::kLaunchUpdateVmsa), Status::success);
    measurement = host.launch_measure(handle);
  }
};

TEST(SevLaunchMeasure, IsWhatTheOwnerExpects) {
  Measured a;
  const auto& version = a.machine.world().current().version;
  EXPECT_EQ(a.measurement.measure, a.owner.measure(version, Measured::kEsPolicy, a.image, a.measurement.nonce));
  EXPECT_EQ(a.host.guest_status(a.handle).state, 2);
}

struct Secret : Measured {
  Spa guest_page = machine.take_page();
  Spa packet_at = host.take_range();
  SevOwnerSession::Packet packet = owner.wrap(Bytes<32>{'s', 'e', 'c', 'r', 'e', 't'}, measurement.measure);
  sev::LaunchSecretBuffer buffer{};
  Secret() {
    place();
    buffer.handle = handle;
    buffer.header_paddr = packet_at.value;
    buffer.header_length = 0x34u;
    buffer.guest_paddr = guest_page.value;
    buffer.guest_length = 0x20u;
    buffer.transport_paddr = packet_at.value + 0x101;
    buffer.transport_length = 0x20u;
  }
  void place() {
    machine.write(packet_at, bytes_of(packet.header));
    machine.write(packet_at + 0x101, packet.data);
  }
  Status call() { return machine.command(sev_id::kLaunchSecret, buffer); }
};
const FaultList<Secret> kSecretFaults{
    {"not initialised", "platform", Status::invalid_platform_state, [](Secret& a) { a.host.shutdown(); }},
    {"reserved word 1", "reserved", Status::invalid_param, [](Secret& a) { a.buffer.reserved_4h = 1u; }},
    {"reserved word 2", "reserved", Status::invalid_param, [](Secret& a) { a.buffer.reserved_14h = 1u; }},
    {"reserved word 3", "reserved", Status::invalid_param, [](Secret& a) { a.buffer.reserved_24h = 1u; }},
    {"nobody", "guest", Status::invalid_guest, [](Secret& a) { a.buffer.handle = 9u; }},
    {"not measured", "guest", Status::invalid_guest_state, [](Secret& a) { a.buffer.handle = a.host.launch_start(); }},
    {"finished", "guest", Status::invalid_guest_state, [](Secret& a) { a.host.handle_command(sev_id::kLaunchFinish, a.handle); }},
    {"not active", "asid", Status::inactive, [](Secret& a) { a.host.handle_command(sev_id::kDeactivate, a.handle); }},
    {"header too short", "header length", Status::invalid_len, [](Secret& a) { a.buffer.header_length = 0x33u; }},
    {"lengths differ", "length", Status::invalid_len, [](Secret& a) { a.buffer.guest_length = 0x30u; }},
    {"no whole blocks", "length", Status::invalid_len, [](Secret& a) { a.buffer.guest_length = a.buffer.transport_length = 0x18u; }},
    {"above 16 KiB", "length", Status::invalid_len, [](Secret& a) { a.buffer.guest_length = a.buffer.transport_length = 0x4010u; }},
    {"memory unaligned", "guest address", Status::invalid_address, [](Secret& a) { a.buffer.guest_paddr = a.guest_page.value + 1; }},
    {"memory outside memory", "guest address", Status::invalid_address, [](Secret& a) { a.buffer.guest_paddr = kNoMemory; }},
    {"header outside memory", "header address", Status::invalid_address, [](Secret& a) { a.buffer.header_paddr = kNoMemory; }},
    {"packet outside memory", "packet address", Status::invalid_address, [](Secret& a) { a.buffer.transport_paddr = kNoMemory; }},
    {"compressed", "packet", Status::unsupported, [](Secret& a) { a.packet.header.flags = 1u, a.place(); }},
    {"MAC", "packet", Status::bad_measurement, [](Secret& a) { a.packet.header.mac[0] ^= 1, a.place(); }},
    {"IV", "packet", Status::bad_measurement, [](Secret& a) { a.packet.header.iv[0] ^= 1, a.place(); }},
    {"data", "packet", Status::bad_measurement, [](Secret& a) { a.packet.data[31] ^= 1, a.place(); }},
    {"of another measurement", "packet", Status::bad_measurement,
     [](Secret& a) { a.packet = a.owner.wrap(Bytes<32>{}, Bytes<32>{1}), a.place(); }},
    {"part of it", "packet", Status::bad_measurement,
     [](Secret& a) { a.buffer.guest_length = a.buffer.transport_length = 0x10u; }},
};
SWTEE_COMMAND_TESTS(SevLaunchSecret, Secret, kSecretFaults)

TEST(SevLaunchSecret, PutsTheSecretIntoTheGuest) {
  Secret a;
  ASSERT_EQ(a.call(), Status::success);
  const auto secret = a.as_guest({3}, a.guest_page, 32);
  EXPECT_EQ(std::string(secret.begin(), secret.begin() + 6), "secret");
  EXPECT_TRUE(all_zero(ByteView(secret).subspan(6)));
}

TEST(SevLaunchFinish, LetsTheGuestRunAndForgetsItsTransportKeys) {
  Measured a;
  ASSERT_EQ(a.host.handle_command(sev_id::kLaunchFinish, a.handle), Status::success);
  EXPECT_EQ(a.host.guest_status(a.handle).state, 3);
  EXPECT_TRUE(all_zero(a.guest(a.handle).tek.expose()));
  EXPECT_TRUE(all_zero(a.guest(a.handle).tik.expose()));
  EXPECT_EQ(a.host.handle_command(sev_id::kLaunchFinish, a.handle), Status::invalid_guest_state);
}

struct Finish : Measured {
  sev::HandleBuffer buffer{};
  Finish() { buffer.handle = handle; }
  Status call() { return machine.command(sev_id::kLaunchFinish, buffer); }
};
const FaultList<Finish> kFinishFaults{
    {"not initialised", "platform", Status::invalid_platform_state, [](Finish& a) { a.host.shutdown(); }},
    {"nobody", "guest", Status::invalid_guest, [](Finish& a) { a.buffer.handle = 0xffffffffu; }},
    {"not measured", "guest", Status::invalid_guest_state, [](Finish& a) { a.buffer.handle = a.host.launch_start(); }},
};
SWTEE_COMMAND_TESTS(SevLaunchFinish, Finish, kFinishFaults)

}  // namespace
}  // namespace swtee::test
