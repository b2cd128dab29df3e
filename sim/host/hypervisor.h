// SPDX-License-Identifier: Apache-2.0
/// The model hypervisor: the command sequences by which a host brings a platform up, launches a guest, carries its
/// messages and takes it down, as Linux and QEMU do it.
#pragma once

#include "guest/snp/guest_request_transport.h"
#include "sim/host/launch_plan.h"
#include "sim/host/page_allocator.h"
#include "sim/machine/machine.h"

#include <swtee/abi/snp/id_block.h>
#include <swtee/abi/snp/policy.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace swtee::host {

/// A command that the firmware refused, or something that the host ran out of.
struct HostFailure {
  std::string what;                              ///< in words, with the command's name
  std::optional<snp::Status> status;             ///< the firmware's, when it was a command
};

/// What the guest's owner and the host say at launch.
struct GuestOptions {
  std::uint64_t policy = snp::policy::kDefault;
  Bytes<32> host_data{};
  Bytes<16> gosvw{};
  std::uint32_t desired_tsc_khz = 0;
  std::optional<snp::IdBlock> id_block;
  std::optional<snp::IdAuthInfo> id_auth;  ///< with id_block
  bool author_key_enabled = false;
  bool vcek_disabled = false;
};

/// A launched guest. Names its pages; the hypervisor frees them at destroy().
struct Guest {
  Spa gctx;
  Asid asid;
  Spa response_page;                       ///< Firmware page, used for every request
  Spa request_page;                        ///< ordinary page that the guest shares
  std::map<std::uint64_t, Spa> private_pages;  ///< by GPA
  std::vector<Spa> vmsa_pages;
  std::optional<Gpa> secrets_gpa;
};

/// Thread-safe: one command at a time, as the mailbox wants it.
class Hypervisor {
 public:
  explicit Hypervisor(machine::Machine& machine);

  /// Prepares the cores, SNP_INIT_EX, WBINVD, SNP_DF_FLUSH; then what the machine's configuration says of reported TCB,
  /// masks and VLEK, by SNP_CONFIG and SNP_VLEK_LOAD.
  Result<void, HostFailure> bring_up();

  /// SNP_GCTX_CREATE, LAUNCH_START, ACTIVATE, one LAUNCH_UPDATE for each page of the plan, LAUNCH_FINISH. When a step is
  /// refused everything that was taken is given back.
  Result<Guest, HostFailure> launch(const LaunchPlan& plan, const GuestOptions& options);

  /// SNP_DECOMMISSION, reclaims all pages, WBINVD and SNP_DF_FLUSH so that the ASID can serve again.
  void destroy(const Guest& guest);

  /// Reads or writes memory as the guest's software at this VMPL, through the C-bit. False when the GPA is not the guest's.
  bool read_guest(const Guest& guest, Gpa at, std::uint8_t vmpl, MutableBytes out);

  /// SNP_GUEST_REQUEST with the guest's two shared pages.
  snp::Status guest_request(const Guest& guest, ByteView request, MutableBytes response);
  /// SNP_HV_REPORT_REQ.
  Result<snp::AttestationReport, snp::Status> host_report(const Guest& guest, snp::KeySelect key);

  machine::Machine& machine() { return machine_; }

  // For the drivers of the host's kernel.

  /// WBINVD, SNP_INIT_EX, WBINVD, SNP_DF_FLUSH: what the driver does at bring_up() and whenever it wants SNP back.
  Result<void, HostFailure> snp_init();
  /// SNP_SHUTDOWN_EX, with SNP_DF_FLUSH before it where the firmware wants one.
  snp::Status snp_shutdown();
  /// Pages in a row for good; the driver keeps what it takes.
  Result<Spa, HostFailure> take_run(std::uint64_t pages, std::uint64_t alignment = kPageSize);
  /// Hypervisor pages become Firmware pages, and come back by SNP_PAGE_RECLAIM and RMPUPDATE.
  void give_to_firmware(Spa first, std::uint64_t pages);
  void reclaim(Spa first, std::uint64_t pages);
  void write(Spa at, ByteView data);
  void read(Spa at, MutableBytes out);
  /// A command to the mailbox; `buffer` 0 for none.
  snp::Status mailbox(std::uint32_t id, Spa buffer = {});

 private:
  struct Attempt;

  template <class Buffer>
  snp::Status command(std::uint32_t id, const Buffer& buffer);
  Result<Spa, HostFailure> take_page();
  Result<Spa, HostFailure> take_firmware_page();
  void free_page(Spa page);
  void free_firmware_page(Spa page);
  void host_write(Spa at, ByteView data);

  Result<void, HostFailure> snp_init_locked();
  Result<void, HostFailure> configure();
  Result<void, HostFailure> load_vlek();
  Result<void, HostFailure> launch_steps(const LaunchPlan& plan, const GuestOptions& options, Guest& guest);
  Result<void, HostFailure> add_page(const LaunchRegion& region, std::uint64_t index, Guest& guest);
  Result<void, HostFailure> finish(const GuestOptions& options, const Guest& guest);
  void destroy_locked(const Guest& guest);

  machine::Machine& machine_;
  PageAllocator pages_;
  Spa command_buffer_;
  std::uint32_t next_asid_ = 1;
  std::vector<std::uint32_t> free_asids_;
  std::mutex mutex_;
};

/// Where the host gets the certificate table from: the same bytes at each call, none when it has no table. Called at a
/// guest's extended requests only, so a table may be made at the first of them.
using CertificateSource = std::function<const std::vector<std::uint8_t>&()>;

/// The host's end of a guest's requests: hands them to the firmware and adds the certificate table.
class HostTransport final : public guest::snp::GuestRequestTransport {
 public:
  /// Both, and what the source refers to, outlive the transport.
  HostTransport(Hypervisor& hypervisor, const Guest& guest, CertificateSource certificates)
      : hypervisor_(hypervisor), guest_(guest), certificates_(std::move(certificates)) {}

  /// The next `count` requests are answered with VMM error BUSY, as a host does that throttles.
  void answer_busy(std::uint32_t count) { busy_ = count; }

  guest::snp::GuestRequestExit guest_request(guest::snp::PageView request, guest::snp::MutablePage response) override;
  guest::snp::GuestRequestExit extended_guest_request(guest::snp::PageView request, guest::snp::MutablePage response,
                                                      MutableBytes certs) override;

 private:
  bool take_busy();

  Hypervisor& hypervisor_;
  const Guest& guest_;
  CertificateSource certificates_;
  std::uint32_t busy_ = 0;
};

}  // namespace swtee::host
