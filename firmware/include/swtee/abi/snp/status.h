// SPDX-License-Identifier: Apache-2.0
/// Status codes of the security processor: bits 15:0 of the mailbox's response.  [SNP-ABI r1.58 §STATUS_CODES]
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace swtee::snp {

/// Open: a value without a name here is kept as it is. 0x1e is a hole in the specification.
enum class Status : std::uint32_t {
  success = 0x00,
  invalid_platform_state = 0x01,
  invalid_guest_state = 0x02,
  invalid_config = 0x03,
  invalid_len = 0x04,
  already_owned = 0x05,
  invalid_certificate = 0x06,
  policy_failure = 0x07,
  inactive = 0x08,
  invalid_address = 0x09,
  bad_signature = 0x0a,
  bad_measurement = 0x0b,
  asid_owned = 0x0c,
  invalid_asid = 0x0d,
  wbinvd_required = 0x0e,
  dfflush_required = 0x0f,
  invalid_guest = 0x10,
  invalid_command = 0x11,
  active = 0x12,
  hwerror_platform = 0x13,
  hwerror_unsafe = 0x14,
  unsupported = 0x15,
  invalid_param = 0x16,
  resource_limit = 0x17,
  secure_data_invalid = 0x18,
  invalid_page_size = 0x19,
  invalid_page_state = 0x1a,
  invalid_mdata_entry = 0x1b,
  invalid_page_owner = 0x1c,
  aead_oflow = 0x1d,
  exit_ring_buffer = 0x1f,
  rmp_init_required = 0x20,
  bad_svn = 0x21,
  bad_version = 0x22,
  shutdown_required = 0x23,
  update_failed = 0x24,
  restore_required = 0x25,
  rmp_initialization_failed = 0x26,
  invalid_key = 0x27,
};

struct StatusName {
  Status status;
  std::string_view name;
};

inline constexpr std::array kStatusNames{
    StatusName{Status::success, "SUCCESS"},
    StatusName{Status::invalid_platform_state, "INVALID_PLATFORM_STATE"},
    StatusName{Status::invalid_guest_state, "INVALID_GUEST_STATE"},
    StatusName{Status::invalid_config, "INVALID_CONFIG"},
    StatusName{Status::invalid_len, "INVALID_LEN"},
    StatusName{Status::already_owned, "ALREADY_OWNED"},
    StatusName{Status::invalid_certificate, "INVALID_CERTIFICATE"},
    StatusName{Status::policy_failure, "POLICY_FAILURE"},
    StatusName{Status::inactive, "INACTIVE"},
    StatusName{Status::invalid_address, "INVALID_ADDRESS"},
    StatusName{Status::bad_signature, "BAD_SIGNATURE"},
    StatusName{Status::bad_measurement, "BAD_MEASUREMENT"},
    StatusName{Status::asid_owned, "ASID_OWNED"},
    StatusName{Status::invalid_asid, "INVALID_ASID"},
    StatusName{Status::wbinvd_required, "WBINVD_REQUIRED"},
    StatusName{Status::dfflush_required, "DFFLUSH_REQUIRED"},
    StatusName{Status::invalid_guest, "INVALID_GUEST"},
    StatusName{Status::invalid_command, "INVALID_COMMAND"},
    StatusName{Status::active, "ACTIVE"},
    StatusName{Status::hwerror_platform, "HWERROR_PLATFORM"},
    StatusName{Status::hwerror_unsafe, "HWERROR_UNSAFE"},
    StatusName{Status::unsupported, "UNSUPPORTED"},
    StatusName{Status::invalid_param, "INVALID_PARAM"},
    StatusName{Status::resource_limit, "RESOURCE_LIMIT"},
    StatusName{Status::secure_data_invalid, "SECURE_DATA_INVALID"},
    StatusName{Status::invalid_page_size, "INVALID_PAGE_SIZE"},
    StatusName{Status::invalid_page_state, "INVALID_PAGE_STATE"},
    StatusName{Status::invalid_mdata_entry, "INVALID_MDATA_ENTRY"},
    StatusName{Status::invalid_page_owner, "INVALID_PAGE_OWNER"},
    StatusName{Status::aead_oflow, "AEAD_OFLOW"},
    StatusName{Status::exit_ring_buffer, "EXIT_RING_BUFFER"},
    StatusName{Status::rmp_init_required, "RMP_INIT_REQUIRED"},
    StatusName{Status::bad_svn, "BAD_SVN"},
    StatusName{Status::bad_version, "BAD_VERSION"},
    StatusName{Status::shutdown_required, "SHUTDOWN_REQUIRED"},
    StatusName{Status::update_failed, "UPDATE_FAILED"},
    StatusName{Status::restore_required, "RESTORE_REQUIRED"},
    StatusName{Status::rmp_initialization_failed, "RMP_INITIALIZATION_FAILED"},
    StatusName{Status::invalid_key, "INVALID_KEY"},
};

/// The specification's name, or an empty view for a code that has none.
constexpr std::string_view name_of(Status status) {
  for (const StatusName& row : kStatusNames)
    if (row.status == status) return row.name;
  return {};
}

}  // namespace swtee::snp
