// SPDX-License-Identifier: Apache-2.0
/// How the legacy commands of state_matrix.h are called.
#include "tests/command/snp/state_scene.h"
#include "tests/support/sev_host.h"

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

constexpr Call kLegacyCalls[] = {
    {0x01, init},           {0x02, without_buffer}, {0x03, without_buffer},  {0x04, platform_status}, {0x05, without_buffer},
    {0x06, pek_csr},        {0x07, pek_cert_import}, {0x08, pdh_cert_export}, {0x09, without_buffer},  {0x0a, without_buffer},
    {0x0c, get_id},         {0x0d, init_ex},         {0x0e, without_buffer},
};

}  // namespace

std::span<const Call> legacy_calls() { return kLegacyCalls; }

}  // namespace swtee::test
