// SPDX-License-Identifier: Apache-2.0
#include "guest/snp/sev_guest_device.h"

#include "firmware/contract/require.h"

#include <swtee/abi/snp/certificate_table.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace swtee::guest::snp {

using swtee::snp::GuestRequestIoctl;
using swtee::snp::kCertificateTableMax;
using swtee::snp::MessageType;
using swtee::snp::SnpDerivedKeyReq;
using swtee::snp::SnpDerivedKeyResp;
using swtee::snp::SnpExtReportReq;
using swtee::snp::SnpReportReq;
using swtee::snp::SnpReportResp;

namespace {

constexpr std::size_t kVmpckSize = crypto::GcmKey::size;

constexpr std::uint64_t exit_info(VmmError error) { return std::uint64_t{static_cast<std::uint32_t>(error)} << 32; }

template <WireStruct T>
bool copy_in(UserMemory& memory, std::uint64_t address, T& value) {
  return memory.copy_in(address, mutable_bytes_of(value));
}

template <WireStruct T>
bool copy_out(UserMemory& memory, std::uint64_t address, const T& value) {
  return memory.copy_out(address, bytes_of(value));
}

}  // namespace

/// One request on its way through the driver.
struct SevGuestDevice::Request {
  MessageType type = MessageType::invalid;
  std::uint8_t version = 0;
  bool extended = false;
  ByteView payload;
  MutableBytes response;
  MutableBytes certs;
  std::uint64_t exit_info_2 = kExitInfo2NotAsked;
  std::uint32_t certs_pages = 0;  ///< offered; after "too small": needed
};

Result<std::unique_ptr<SevGuestDevice>, int> SevGuestDevice::probe(MutablePage secrets, const SevGuestOptions& options,
                                                                   GuestRequestTransport& transport, Sleeper& sleeper) {
  const std::uint8_t vmpck_id = options.vmpck_id.value_or(options.vmpl);
  SWTEE_REQUIRE(vmpck_id < kVmpckCount, -EINVAL);
  std::unique_ptr<SevGuestDevice> device(new SevGuestDevice(secrets, options, vmpck_id, transport, sleeper));
  SWTEE_REQUIRE(!device->key_is_empty(), -EINVAL);
  return device;
}

SevGuestDevice::SevGuestDevice(MutablePage secrets, const SevGuestOptions& options, std::uint8_t vmpck_id,
                               GuestRequestTransport& transport, Sleeper& sleeper)
    : secrets_(secrets), options_(options), vmpck_id_(vmpck_id), transport_(transport), sleeper_(sleeper) {
  const MutableBytes key = vmpck();
  std::copy(key.begin(), key.end(), key_.fill().begin());
}

MutableBytes SevGuestDevice::vmpck() const {
  return secrets_.subspan(kSecretsVmpckOffset + vmpck_id_ * kVmpckSize, kVmpckSize);
}

bool SevGuestDevice::key_is_empty() const { return wiped_ || all_zero(vmpck()); }

void SevGuestDevice::wipe_key() {
  crypto::cleanse(vmpck());
  key_ = crypto::GcmKey();
  wiped_ = true;
}

bool SevGuestDevice::key_wiped() const {
  const std::lock_guard lock(mutex_);
  return key_is_empty();
}

std::uint32_t SevGuestDevice::sequence() const {
  return from_bytes<le32>(secrets_.subspan(kSecretsSequenceOffset + vmpck_id_ * sizeof(le32), sizeof(le32)));
}

void SevGuestDevice::set_sequence(std::uint32_t value) {
  const le32 wire = value;
  std::memcpy(secrets_.data() + kSecretsSequenceOffset + vmpck_id_ * sizeof(le32), &wire, sizeof(wire));
}

int SevGuestDevice::ioctl(std::uint32_t request, std::uint64_t argument, UserMemory& memory) {
  GuestRequestIoctl input{};
  if (!copy_in(memory, argument, input)) return -EFAULT;
  input.exitinfo2 = kExitInfo2NotAsked;
  if (input.msg_version == 0) return -EINVAL;

  int result = 0;
  {
    std::unique_lock lock(mutex_, std::defer_lock);
    if (options_.kernel.key_checked_first) {
      lock.lock();
      if (key_is_empty()) return -ENOTTY;
    }
    result = dispatch(request, input, memory);
  }
  if (input.exitinfo2 != 0 && !copy_out(memory, argument, input)) return -EFAULT;
  return result;
}

int SevGuestDevice::dispatch(std::uint32_t request, GuestRequestIoctl& input, UserMemory& memory) {
  switch (request) {
    case swtee::snp::kIoctlGetReport:
      return get_report(input, memory);
    case swtee::snp::kIoctlGetDerivedKey:
      return get_derived_key(input, memory);
    case swtee::snp::kIoctlGetExtReport:
      return get_ext_report(input, memory);
    default:
      return -ENOTTY;
  }
}

int SevGuestDevice::get_report(GuestRequestIoctl& input, UserMemory& memory) {
  if (input.req_data == 0 || input.resp_data == 0) return -EINVAL;
  SnpReportReq payload{};
  if (!copy_in(memory, input.req_data, payload)) return -EFAULT;

  SnpReportResp response{};
  Request request{.type = MessageType::report_req, .version = input.msg_version,
                  .payload = bytes_of(payload), .response = response.data, .certs = {}};
  const int failed = send(request);
  input.exitinfo2 = request.exit_info_2;
  if (failed) return failed;
  return copy_out(memory, input.resp_data, response) ? 0 : -EFAULT;
}

int SevGuestDevice::get_derived_key(GuestRequestIoctl& input, UserMemory& memory) {
  if (input.req_data == 0 || input.resp_data == 0) return -EINVAL;
  SnpDerivedKeyReq payload{};
  if (!copy_in(memory, input.req_data, payload)) return -EFAULT;

  SnpDerivedKeyResp response{};
  Request request{.type = MessageType::key_req, .version = input.msg_version,
                  .payload = bytes_of(payload), .response = response.data, .certs = {}};
  const int failed = send(request);
  input.exitinfo2 = request.exit_info_2;
  if (failed) return failed;
  const bool copied = copy_out(memory, input.resp_data, response);
  crypto::cleanse(response.data);
  return copied ? 0 : -EFAULT;
}

int SevGuestDevice::get_ext_report(GuestRequestIoctl& input, UserMemory& memory) {
  if (input.req_data == 0 || input.resp_data == 0) return -EINVAL;
  SnpExtReportReq payload{};
  if (!copy_in(memory, input.req_data, payload)) return -EFAULT;

  std::vector<std::uint8_t> certs;
  if (payload.certs_len != 0 && payload.certs_address != 0) {
    if (payload.certs_len > kCertificateTableMax || payload.certs_len % kPageSize != 0) return -EINVAL;
    if (!memory.in_user_range(payload.certs_address, payload.certs_len)) return -EFAULT;
    certs.resize(payload.certs_len);
  }

  SnpReportResp response{};
  Request request{.type = MessageType::report_req, .version = input.msg_version, .extended = true,
                  .payload = bytes_of(payload.data), .response = response.data, .certs = certs};
  int result = send(request);
  input.exitinfo2 = request.exit_info_2;
  if (input.exitinfo2 >> 32 == static_cast<std::uint32_t>(VmmError::invalid_len)) {
    payload.certs_len = static_cast<std::uint32_t>(request.certs_pages * kPageSize);
    if (!copy_out(memory, input.req_data, payload)) result = -EFAULT;
  }
  if (result) return result;
  if (!certs.empty() && !memory.copy_out(payload.certs_address, certs)) return -EFAULT;
  return copy_out(memory, input.resp_data, response) ? 0 : -EFAULT;
}

Result<ExtendedReport, int> SevGuestDevice::get_ext_report(const Bytes<64>& report_data, std::uint32_t vmpl) {
  SnpReportReq payload{};
  payload.user_data = report_data;
  payload.vmpl = vmpl;
  ExtendedReport report{{}, std::vector<std::uint8_t>(kCertificateTableMax)};
  Request request{.type = MessageType::report_req, .version = 1, .extended = true, .payload = bytes_of(payload),
                  .response = report.response.data, .certs = report.certs};
  std::unique_lock lock(mutex_, std::defer_lock);
  if (options_.kernel.key_checked_first) lock.lock();
  const int failed = send(request);
  SWTEE_REQUIRE(failed == 0, failed);
  return report;
}

/// Kernels that look at the key first hold the lock for the whole call; their callers have it.
int SevGuestDevice::send(Request& request) {
  std::unique_lock lock(mutex_, std::defer_lock);
  if (!options_.kernel.key_checked_first) lock.lock();
  return send_locked(request);
}

int SevGuestDevice::send_locked(Request& request) {
  if (key_is_empty()) return -ENOTTY;
  const std::uint64_t next = std::uint64_t{sequence()} + 1;
  if (next >= std::numeric_limits<std::uint32_t>::max()) return -EIO;

  const MessageFields fields{next, request.type, request.version, vmpck_id_};
  response_page_.fill(0);
  seal_message(key_, fields, request.payload, request_page_);
  request.certs_pages = static_cast<std::uint32_t>(request.certs.size() / kPageSize);

  if (const int failed = exchange(request)) {
    // The one failure with a known end: the firmware has taken a plain request, so the number was used up properly.
    const bool certs_too_small = failed == -EIO && request.exit_info_2 == exit_info(VmmError::invalid_len);
    if (!certs_too_small) wipe_key();
    return failed;
  }
  if (!open_response(key_, fields, response_page_, request.response).ok()) {
    wipe_key();
    return -EBADMSG;
  }
  return 0;
}

/// From here on the host has seen a ciphertext under this sequence number. The number must move or the key must go,
/// or a second message under the same IV would break AES-GCM; so the number moves whatever the host answers.
int SevGuestDevice::exchange(Request& request) {
  const std::uint64_t started = sleeper_.now_ms();
  bool certs_too_small = false;
  int result = issue(request);
  while (result == -ENOSPC || result == -EAGAIN) {
    if (result == -ENOSPC) {
      certs_too_small = true;
      request.extended = false;
    } else if (sleeper_.now_ms() - started > kBusyLimitMs) {
      result = -ETIMEDOUT;
      break;
    } else {
      sleeper_.sleep_ms(kBusyRetryMs);
    }
    result = issue(request);
  }
  set_sequence(sequence() + 2);
  if (certs_too_small) {
    request.exit_info_2 = exit_info(VmmError::invalid_len);
    if (result == 0) result = -EIO;
  }
  return result;
}

/// One VMGEXIT. -ENOSPC: certificate buffer too small; -EAGAIN: busy; -EIO: anything else that is not success.
int SevGuestDevice::issue(Request& request) {
  request.exit_info_2 = kExitInfo2NoFirmwareCall;
  const GuestRequestExit exit = request.extended
                                    ? transport_.extended_guest_request(request_page_, response_page_, request.certs)
                                    : transport_.guest_request(request_page_, response_page_);
  request.exit_info_2 = exit.exit_info_2();
  if (request.exit_info_2 == 0) return 0;
  if (request.exit_info_2 == exit_info(VmmError::busy)) return -EAGAIN;
  if (request.exit_info_2 == exit_info(VmmError::invalid_len) && request.extended) {
    request.certs_pages = exit.certs_pages_needed;
    return -ENOSPC;
  }
  return -EIO;
}

}  // namespace swtee::guest::snp
