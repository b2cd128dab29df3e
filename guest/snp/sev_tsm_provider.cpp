// SPDX-License-Identifier: Apache-2.0
#include "guest/snp/sev_tsm_provider.h"

#include "firmware/contract/require.h"

#include <swtee/abi/snp/certificate_table.h>
#include <swtee/abi/snp/guest_message.h>
#include <swtee/abi/snp/status.h>

#include <algorithm>
#include <cerrno>

namespace swtee::guest::snp {

using swtee::snp::CertificateTableEntry;
using swtee::snp::ReportRsp;
using swtee::snp::Status;

std::size_t certificate_table_size(ByteView table) {
  std::uint32_t end = 0;
  for (std::size_t at = 0; at + sizeof(CertificateTableEntry) <= table.size(); at += sizeof(CertificateTableEntry)) {
    const auto entry = from_bytes<CertificateTableEntry>(table.subspan(at));
    if (all_zero(bytes_of(entry))) break;
    end = std::max(end, entry.offset.get() + entry.length.get());
  }
  return std::min<std::size_t>(end, table.size());
}

Result<TsmReport, int> SevTsmProvider::report_new(const TsmRequest& request) {
  Bytes<64> report_data;
  SWTEE_REQUIRE(request.inblob.size() == report_data.size(), -EINVAL);
  SWTEE_REQUIRE(!request.service_provider, -EINVAL);
  std::copy(request.inblob.begin(), request.inblob.end(), report_data.begin());

  const ExtendedReport answer = SWTEE_TRY(device_.get_ext_report(report_data, request.privlevel));
  const auto response = from_bytes<ReportRsp>(answer.response.data);
  const Status status{response.status.get()};
  SWTEE_REQUIRE(status != Status::invalid_param && status != Status::invalid_key, -EINVAL);
  SWTEE_REQUIRE(status == Status::success, -ENXIO);

  constexpr std::size_t kHeader = offsetof(ReportRsp, report);
  const ByteView after_header = ByteView(answer.response.data).subspan(kHeader);
  const std::size_t size = response.report_size;
  SWTEE_REQUIRE(size <= kPageSize - kHeader, -ENOMEM);
  TsmReport report;
  // The kernel's buffer is a page and zero behind the response's 4000 bytes.
  const ByteView sent = after_header.first(std::min(size, after_header.size()));
  report.outblob.assign(sent.begin(), sent.end());
  report.outblob.resize(size, 0);
  const ByteView certs = ByteView(answer.certs).first(certificate_table_size(answer.certs));
  report.auxblob.assign(certs.begin(), certs.end());
  return report;
}

}  // namespace swtee::guest::snp
