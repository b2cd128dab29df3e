// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sev_host.h"

#include <gtest/gtest.h>

namespace swtee::test {

void SevHost::to_firmware(Spa at, std::uint64_t size) {
  if (!snp_on()) return;
  for (std::uint64_t page = at.value & ~(kPageSize - 1); page < at.value + size; page += kPageSize)
    EXPECT_EQ(machine_.rmpupdate(Spa{page}, true, {}, 0, true), SWTEE_RMP_OK);
}

void SevHost::to_host(Spa at, std::uint64_t size) {
  if (!snp_on()) return;
  for (std::uint64_t page = at.value & ~(kPageSize - 1); page < at.value + size; page += kPageSize) {
    EXPECT_EQ(machine_.reclaim(Spa{page}), Status::success);
    EXPECT_EQ(machine_.rmpupdate(Spa{page}, false), SWTEE_RMP_OK);
  }
}

SevHost::Status SevHost::init(bool es) {
  sev::InitBuffer buffer{};
  if (es) {
    const Spa tmr = take_range();
    to_firmware(tmr, sev::kTmrSizeSnp);
    buffer.flags = 1u;
    buffer.tmr_paddr = tmr.value;
    buffer.tmr_length = sev::kTmrSizeSnp;
  }
  return machine_.command(sev_id::kInit, buffer);
}

SevHost::Status SevHost::init_ex(Spa nv_area) {
  sev::InitExBuffer buffer{};
  buffer.length = sizeof(buffer);
  buffer.nv_paddr = nv_area.value;
  buffer.nv_length = sev::kNvAreaSize;
  return machine_.command(sev_id::kInitEx, buffer);
}

sev::PlatformStatusBuffer SevHost::platform_status() {
  sev::PlatformStatusBuffer buffer{};
  EXPECT_EQ(answering(sev_id::kPlatformStatus, buffer), Status::success);
  return buffer;
}

SevHost::Export SevHost::export_certificates() {
  const Spa pdh = take_range();
  const Spa chain = pdh + 0x10000;
  sev::PdhCertExportBuffer buffer{};
  buffer.pdh_cert_paddr = pdh.value;
  buffer.pdh_cert_length = sizeof(sev::Certificate);
  buffer.certs_paddr = chain.value;
  buffer.certs_length = sizeof(sev::CertificateChain);
  to_firmware(pdh, sizeof(sev::Certificate));
  to_firmware(chain, sizeof(sev::CertificateChain));
  EXPECT_EQ(answering(sev_id::kPdhCertExport, buffer), Status::success);
  to_host(pdh, sizeof(sev::Certificate));
  to_host(chain, sizeof(sev::CertificateChain));
  return {machine_.read_as<sev::Certificate>(pdh), machine_.read_as<sev::CertificateChain>(chain)};
}

sev::Certificate SevHost::csr() {
  const Spa at = take_range();
  sev::PekCsrBuffer buffer{};
  buffer.csr_paddr = at.value;
  buffer.csr_length = sizeof(sev::Certificate);
  to_firmware(at, sizeof(sev::Certificate));
  EXPECT_EQ(answering(sev_id::kPekCsr, buffer), Status::success);
  to_host(at, sizeof(sev::Certificate));
  return machine_.read_as<sev::Certificate>(at);
}

SevHost::Status SevHost::import(const sev::Certificate& pek, const sev::Certificate& oca) {
  const Spa at = take_range();
  machine_.write(at, bytes_of(pek));
  machine_.write(at + 0x1000, bytes_of(oca));
  sev::PekCertImportBuffer buffer{};
  buffer.pek_cert_paddr = at.value;
  buffer.pek_cert_length = sizeof(pek);
  buffer.oca_cert_paddr = at.value + 0x1000;
  buffer.oca_cert_length = sizeof(oca);
  return machine_.command(sev_id::kPekCertImport, buffer);
}

std::vector<std::uint8_t> SevHost::get_id() {
  const Spa at = machine_.take_page();
  sev::GetIdBuffer buffer{};
  EXPECT_EQ(answering(sev_id::kGetId, buffer), Status::invalid_len);
  buffer.id_paddr = at.value;
  to_firmware(at, buffer.id_length);
  EXPECT_EQ(answering(sev_id::kGetId, buffer), Status::success);
  to_host(at, buffer.id_length);
  return machine_.read(at, buffer.id_length);
}

std::uint32_t SevHost::launch_start(std::uint32_t policy) {
  sev::LaunchStartBuffer buffer{};
  buffer.policy = policy;
  return answering(sev_id::kLaunchStart, buffer) == Status::success ? std::uint32_t{buffer.handle} : 0;
}

SevHost::Status SevHost::launch_start(std::uint32_t policy, const sev::Certificate& dh, const sev::Session& session,
                                      std::uint32_t& handle) {
  const Spa at = take_range();
  machine_.write(at, bytes_of(dh));
  machine_.write(at + 0x1000, bytes_of(session));
  sev::LaunchStartBuffer buffer{};
  buffer.policy = policy;
  buffer.dh_cert_paddr = at.value;
  buffer.dh_cert_length = sizeof(dh);
  buffer.session_paddr = at.value + 0x1000;
  buffer.session_length = sizeof(session);
  const Status status = answering(sev_id::kLaunchStart, buffer);
  handle = buffer.handle;
  return status;
}

SevHost::Status SevHost::handle_command(std::uint32_t id, std::uint32_t handle) {
  sev::HandleBuffer buffer{};
  buffer.handle = handle;
  return machine_.command(id, buffer);
}

SevHost::Status SevHost::activate(std::uint32_t handle, Asid asid) {
  sev::ActivateBuffer buffer{};
  buffer.handle = handle;
  buffer.asid = asid.value;
  return machine_.command(sev_id::kActivate, buffer);
}

SevHost::Status SevHost::launch_update(std::uint32_t handle, Spa at, std::uint32_t length, std::uint32_t id) {
  sev::LaunchUpdateBuffer buffer{};
  buffer.handle = handle;
  buffer.paddr = at.value;
  buffer.length = length;
  to_firmware(at, length);
  const Status status = machine_.command(id, buffer);
  to_host(at, length);
  return status;
}

sev::Measurement SevHost::launch_measure(std::uint32_t handle) {
  const Spa at = machine_.take_page();
  sev::LaunchMeasureBuffer buffer{};
  buffer.handle = handle;
  buffer.measure_paddr = at.value;
  buffer.measure_length = sizeof(sev::Measurement);
  to_firmware(at, kPageSize);
  EXPECT_EQ(answering(sev_id::kLaunchMeasure, buffer), Status::success);
  to_host(at, kPageSize);
  return machine_.read_as<sev::Measurement>(at);
}

SevHost::Status SevHost::launch_secret(std::uint32_t handle, const sev::PacketHeader& header, ByteView packet, Spa guest) {
  const Spa at = take_range();
  machine_.write(at, bytes_of(header));
  machine_.write(at + 0x1000, packet);
  sev::LaunchSecretBuffer buffer{};
  buffer.handle = handle;
  buffer.header_paddr = at.value;
  buffer.header_length = sizeof(header);
  buffer.guest_paddr = guest.value;
  buffer.guest_length = static_cast<std::uint32_t>(packet.size());
  buffer.transport_paddr = at.value + 0x1000;
  buffer.transport_length = static_cast<std::uint32_t>(packet.size());
  to_firmware(guest, packet.size());
  const Status status = machine_.command(sev_id::kLaunchSecret, buffer);
  to_host(guest, packet.size());
  return status;
}

sev::AttestationReport SevHost::report(std::uint32_t handle, const Bytes<16>& nonce) {
  const Spa at = machine_.take_page();
  sev::AttestationReportBuffer buffer{};
  buffer.handle = handle;
  buffer.report_paddr = at.value;
  buffer.nonce = nonce;
  buffer.report_length = sizeof(sev::AttestationReport);
  to_firmware(at, kPageSize);
  EXPECT_EQ(answering(sev_id::kAttestationReport, buffer), Status::success);
  to_host(at, kPageSize);
  return machine_.read_as<sev::AttestationReport>(at);
}

sev::GuestStatusBuffer SevHost::guest_status(std::uint32_t handle) {
  sev::GuestStatusBuffer buffer{};
  buffer.handle = handle;
  EXPECT_EQ(answering(sev_id::kGuestStatus, buffer), Status::success);
  return buffer;
}

SevHost::Status SevHost::debug(std::uint32_t id, std::uint32_t handle, Spa from, Spa to, std::uint32_t length) {
  sev::DebugBuffer buffer{};
  buffer.handle = handle;
  buffer.source_paddr = from.value;
  buffer.destination_paddr = to.value;
  buffer.length = length;
  to_firmware(to, length);
  const Status status = machine_.command(id, buffer);
  to_host(to, length);
  return status;
}

}  // namespace swtee::test
