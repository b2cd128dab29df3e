// SPDX-License-Identifier: Apache-2.0
/// Launches a guest of one page as launch_guest.c does, with what C++ adds: a handle that frees itself, command buffers from
/// <swtee/abi/snp/commands.h>, the program's own random numbers, and permanent state that a second machine starts from.
#include <swtee/abi/snp/commands.h>
#include <swtee/abi/snp/guest_message.h>
#include <swtee/swtee.h>

#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace snp = swtee::snp;

namespace {

constexpr std::uint64_t kCommand = 0x1000, kGctx = 0x2000, kGuestPage = 0x3000, kReport = 0x4000, kGuestAddress = 0x1000;
constexpr std::uint32_t kAsid = 1;

/// What lies outside the platform: the source of its random numbers, and its flash memory.
struct Outside {
  std::random_device random;
  std::vector<std::uint8_t> flash;
};

void fill(void* context, const char*, void* out, std::size_t size) {
  auto& random = static_cast<Outside*>(context)->random;
  for (auto* byte = static_cast<std::uint8_t*>(out); size-- > 0; ++byte) *byte = static_cast<std::uint8_t>(random());
}

int store(void* context, const void* record, std::size_t size) {
  const auto* bytes = static_cast<const std::uint8_t*>(record);
  static_cast<Outside*>(context)->flash.assign(bytes, bytes + size);
  return 0;
}

class Host {
 public:
  explicit Host(Outside& outside) {
    swtee_machine_options options{};
    options.size = sizeof(options);
    options.config_json = R"({"platform": "snp:turin", "memory": "0x4000000"})";
    options.context = &outside;
    options.entropy = fill;
    options.nv_record = outside.flash.empty() ? nullptr : outside.flash.data();
    options.nv_record_len = outside.flash.size();
    options.nv_store = store;
    swtee_machine* machine = nullptr;
    char why[256];
    if (swtee_machine_new(&options, &machine, why, sizeof(why)) != SWTEE_OK) throw std::runtime_error(why);
    machine_.reset(machine);
  }

  void bring_up() {
    must(swtee_cpu_prepare_for_snp(machine_.get(), true));
    wbinvd();
    snp::SnpInitExBuffer init{};
    init.flags = static_cast<std::uint32_t>(snp::init_ex_bits::InitRmp::mask);
    command(0x85, init);
    wbinvd();
    finish(0x84, 0);
  }

  void launch() {
    assign(kGctx, 0, 0);
    snp::GctxBuffer create{};
    create.gctx_paddr = kGctx;
    command(0x93, create);
    snp::SnpLaunchStartBuffer start{};
    start.gctx_paddr = kGctx;
    start.policy = 0x30000;
    command(0xa0, start);
    snp::SnpActivateBuffer activate{};
    activate.gctx_paddr = kGctx;
    activate.asid = kAsid;
    command(0x91, activate);
    assign(kGuestPage, kAsid, kGuestAddress);
    snp::SnpLaunchUpdateBuffer update{};
    update.gctx_paddr = kGctx;
    update.page_paddr = kGuestPage;
    update.flags = static_cast<std::uint32_t>(
        snp::launch_update_bits::PageTypeField::set(static_cast<std::uint64_t>(snp::PageType::normal)));
    command(0xa1, update);
    snp::SnpLaunchFinishBuffer finish{};
    finish.gctx_paddr = kGctx;
    command(0xa2, finish);
  }

  snp::AttestationReport report() {
    assign(kReport, 0, 0);
    snp::SnpHvReportReqBuffer request{};
    request.length = sizeof(request);
    request.gctx_paddr = kGctx;
    request.report_paddr = kReport;
    command(0x96, request);
    snp::ReportRsp response{};
    must(swtee_memory_read(machine_.get(), SWTEE_AGENT_HOST, kReport, &response, sizeof(response)));
    return response.report;
  }

 private:
  void must(swtee_error error) const {
    if (error == SWTEE_OK) return;
    throw std::runtime_error(std::string(swtee_error_name(error)) + ": " + swtee_machine_error(machine_.get()));
  }

  template <swtee::WireStruct Buffer>
  void command(std::uint32_t id, const Buffer& buffer) {
    must(swtee_memory_write(machine_.get(), SWTEE_AGENT_HOST, kCommand, &buffer, sizeof(buffer)));
    finish(id, kCommand);
  }

  void finish(std::uint32_t id, std::uint64_t buffer) {
    std::uint32_t status = 0;
    must(swtee_snp_command(machine_.get(), id, buffer, &status));
    if (status != 0)
      throw std::runtime_error(std::string(swtee_snp_command_name(id)) + " answers " + swtee_snp_status_name(status));
  }

  void assign(std::uint64_t page, std::uint32_t asid, std::uint64_t gpa) {
    swtee_rmp_attributes attributes{};
    attributes.size = sizeof(attributes);
    attributes.gpa = gpa;
    attributes.asid = asid;
    attributes.assigned = attributes.immutable = 1;
    std::uint32_t eax = 0;
    must(swtee_cpu_rmpupdate(machine_.get(), page, &attributes, &eax));
    if (eax != 0) throw std::runtime_error("RMPUPDATE answers " + std::to_string(eax));
  }

  void wbinvd() { must(swtee_cpu_wbinvd(machine_.get(), SWTEE_ALL_CORES)); }

  struct Free {
    void operator()(swtee_machine* machine) const { swtee_machine_free(machine); }
  };
  std::unique_ptr<swtee_machine, Free> machine_;
};

}  // namespace

int main() {
  try {
    Outside outside;
    for (const char* boot : {"first", "second"}) {
      Host host(outside);
      host.bring_up();
      host.launch();
      const snp::AttestationReport report = host.report();
      std::printf("%s boot, report version %u, flash %zu bytes\nmeasurement ", boot, static_cast<unsigned>(report.version.get()),
                  outside.flash.size());
      for (const std::uint8_t byte : report.measurement) std::printf("%02x", byte);
      std::printf("\n");
    }
    return 0;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s\n", failure.what());
    return 1;
  }
}
