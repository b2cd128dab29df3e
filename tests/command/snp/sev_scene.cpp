// SPDX-License-Identifier: Apache-2.0
/// How the legacy commands of state_matrix.h are called.
#include "tests/command/snp/state_scene.h"
#include "tests/support/sev_host.h"
#include "tests/support/sev_owner_session.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

using snp::Status;

Status without_buffer(Scene& scene, std::uint32_t id) { return scene.machine.command(id); }
Status init(Scene& scene, std::uint32_t) { return SevHost(scene.machine).init(true); }
Status init_ex(Scene& scene, std::uint32_t) {
  const Spa area = SevHost(scene.machine).take_range();
  scene.machine.write(area, std::vector<std::uint8_t>(sev::kNvAreaSize, 0xff));
  SevHost(scene.machine).to_firmware(area, sev::kNvAreaSize);
  return SevHost(scene.machine).init_ex(area);
}
Status platform_status(Scene& scene, std::uint32_t id) {
  sev::PlatformStatusBuffer buffer{};
  return SevHost(scene.machine).answering(id, buffer);
}
Status pek_csr(Scene& scene, std::uint32_t id) {
  sev::PekCsrBuffer buffer{};
  const Spa at = SevHost(scene.machine).take_range();
  SevHost(scene.machine).to_firmware(at, sizeof(sev::Certificate));
  buffer.csr_paddr = at.value;
  buffer.csr_length = sizeof(sev::Certificate);
  return SevHost(scene.machine).answering(id, buffer);
}
Status pek_cert_import(Scene& scene, std::uint32_t) {
  // The platform's own OCA is an owner like another.
  if (scene.machine.world().sev.owner.has_value()) {
    const auto exported = SevHost(scene.machine).export_certificates();
    return SevHost(scene.machine).import(exported.chain.pek, exported.chain.oca);
  }
  return SevHost(scene.machine).import({}, {});
}
Status pdh_cert_export(Scene& scene, std::uint32_t id) {
  const Spa at = SevHost(scene.machine).take_range();
  SevHost(scene.machine).to_firmware(at, 0x10000);
  sev::PdhCertExportBuffer buffer{};
  buffer.pdh_cert_paddr = at.value;
  buffer.pdh_cert_length = sizeof(sev::Certificate);
  buffer.certs_paddr = at.value + 0x2000;
  buffer.certs_length = sizeof(sev::CertificateChain);
  return SevHost(scene.machine).answering(id, buffer);
}
Status get_id(Scene& scene, std::uint32_t id) {
  const Spa at = scene.machine.take_page();
  SevHost(scene.machine).to_firmware(at, kPageSize);
  sev::GetIdBuffer buffer{};
  buffer.id_paddr = at.value;
  buffer.id_length = 64u;
  return SevHost(scene.machine).answering(id, buffer);
}

/// The guest of the WORKING column has handle 1 and was just started. Brings it along, if there is one, as far as a command needs.
constexpr std::uint32_t kHandle = 1;
bool working(Scene& scene) { return scene.machine.world().sev.state() == snp::SevPlatformState::working; }
void activate_first(Scene& scene) {
  if (!working(scene)) return;
  EXPECT_EQ(SevHost(scene.machine).activate(kHandle, {9}), Status::success);
}
void measure_first(Scene& scene) {
  if (working(scene)) SevHost(scene.machine).launch_measure(kHandle);
}
Status launch_start(Scene& scene, std::uint32_t id) {
  sev::LaunchStartBuffer buffer{};
  buffer.policy = scene.machine.world().sev.es_enabled ? 4u : 0u;
  return SevHost(scene.machine).answering(id, buffer);
}
Status activate(Scene& scene, std::uint32_t) { return SevHost(scene.machine).activate(kHandle, {9}); }
Status activate_ex(Scene& scene, std::uint32_t id) {
  return scene.send<sev::ActivateExBuffer>(id, [&](auto& b) {
    b.length = 0x18u, b.handle = kHandle, b.asid = 9u, b.num_ids = 1u, b.ids_paddr = scene.machine.take_page().value;
  });
}
Status deactivate(Scene& scene, std::uint32_t id) {
  activate_first(scene);
  return SevHost(scene.machine).handle_command(id, kHandle);
}
Status with_handle(Scene& scene, std::uint32_t id) { return SevHost(scene.machine).handle_command(id, kHandle); }
Status guest_status(Scene& scene, std::uint32_t id) {
  sev::GuestStatusBuffer buffer{};
  buffer.handle = kHandle;
  return SevHost(scene.machine).answering(id, buffer);
}
Status launch_update(Scene& scene, std::uint32_t id) {
  activate_first(scene);
  return SevHost(scene.machine).launch_update(kHandle, scene.machine.take_page(), kPageSize, id);
}
Status launch_measure(Scene& scene, std::uint32_t id) {
  const Spa at = scene.machine.take_page();
  SevHost(scene.machine).to_firmware(at, kPageSize);
  sev::LaunchMeasureBuffer buffer{};
  buffer.handle = kHandle;
  buffer.measure_paddr = at.value;
  buffer.measure_length = 0x30u;
  return SevHost(scene.machine).answering(id, buffer);
}
Status launch_secret(Scene& scene, std::uint32_t) {
  SevHost host(scene.machine);
  const Spa at = scene.machine.take_page();
  if (!working(scene)) return host.launch_secret(kHandle, {}, Bytes<16>{}, at);
  // A guest with a session, so that somebody can make a packet for it.
  const SevOwnerSession owner(host.export_certificates().pdh, 0);
  std::uint32_t handle = 0;
  EXPECT_EQ(host.launch_start(0, owner.certificate, owner.session, handle), Status::success);
  EXPECT_EQ(host.activate(handle, {10}), Status::success);
  const auto packet = owner.wrap(Bytes<16>{1, 2, 3}, host.launch_measure(handle).measure);
  return host.launch_secret(handle, packet.header, packet.data, at);
}
Status launch_finish(Scene& scene, std::uint32_t id) {
  measure_first(scene);
  return with_handle(scene, id);
}
Status attestation_report(Scene& scene, std::uint32_t id) {
  const Spa at = scene.machine.take_page();
  SevHost(scene.machine).to_firmware(at, kPageSize);
  sev::AttestationReportBuffer buffer{};
  buffer.handle = kHandle;
  buffer.report_paddr = at.value;
  buffer.report_length = 0xd0u;
  return SevHost(scene.machine).answering(id, buffer);
}
Status debug(Scene& scene, std::uint32_t id) {
  activate_first(scene);
  return SevHost(scene.machine).debug(id, kHandle, scene.machine.take_page(), scene.machine.take_page(), kPageSize);
}

constexpr Call kLegacyCalls[] = {
    {0x01, init},           {0x02, without_buffer}, {0x03, without_buffer},  {0x04, platform_status}, {0x05, without_buffer},
    {0x06, pek_csr},        {0x07, pek_cert_import}, {0x08, pdh_cert_export}, {0x09, without_buffer},  {0x0a, without_buffer},
    {0x0c, get_id},         {0x0d, init_ex},         {0x0e, without_buffer},
    {0x20, with_handle},    {0x21, activate},        {0x22, deactivate},      {0x23, guest_status},    {0x25, activate_ex},
    {0x30, launch_start},   {0x31, launch_update},   {0x32, launch_update},   {0x33, launch_measure},  {0x34, launch_secret},
    {0x35, launch_finish},  {0x36, attestation_report}, {0x60, debug},        {0x61, debug},
};

}  // namespace

std::span<const Call> legacy_calls() { return kLegacyCalls; }

}  // namespace swtee::test
