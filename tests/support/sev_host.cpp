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

}  // namespace swtee::test
