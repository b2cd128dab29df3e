// SPDX-License-Identifier: Apache-2.0
/// What the sev-guest driver registers with configfs-tsm: reports with their certificate table.
#pragma once

#include "guest/snp/configfs_tsm.h"
#include "guest/snp/sev_guest_device.h"

namespace swtee::guest::snp {

class SevTsmProvider final : public TsmProvider {
 public:
  /// `device` must outlive the provider.
  explicit SevTsmProvider(SevGuestDevice& device) : device_(device) {}

  std::string_view name() const override { return "sev_guest"; }
  std::uint32_t privlevel_floor() const override { return device_.vmpck_id(); }
  bool shows_service_attributes() const override { return device_.kernel().svsm_attributes && device_.vmpl() != 0; }
  /// outblob is the report without MSG_REPORT_RSP's header; auxblob ends where the last certificate ends.
  /// Errors: -EINVAL inblob not of 64 bytes, a service_provider other than "svsm", or STATUS INVALID_PARAM or
  /// INVALID_KEY; -ENXIO any other STATUS; -ENOMEM a REPORT_SIZE that does not fit in a page; others from the device.
  /// "svsm" answers -EINVAL too: this guest has no SVSM to ask.
  Result<TsmReport, int> report_new(const TsmRequest& request) override;

 private:
  SevGuestDevice& device_;
};

/// Bytes of a certificate table as Linux counts them: the greatest offset + length (32-bit sums, which wrap) of the
/// entries before the all-zero one, at most table.size(). 0 when there is no entry.
std::size_t certificate_table_size(ByteView table);

}  // namespace swtee::guest::snp
