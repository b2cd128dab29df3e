// SPDX-License-Identifier: Apache-2.0
#include "sim/embedded/embedded_guest.h"

#include "firmware/contract/require.h"
#include "sim/embedded/certificate_files.h"
#include "sim/embedded/guest_launch.h"
#include "sim/measure/input_file.h"

#include <swtee/abi/snp/certificate_table.h>

#include <cstring>
#include <mutex>

namespace swtee::embedded {
namespace {

Failure<Error> refused(const host::HostFailure& failure, const std::string& step) { return fail(step + ": " + failure.what); }

host::CertificateSource table_of_vendor(const config::PlatformConfig& platform, const vendor::VendorAuthority& authority) {
  struct Table {
    std::once_flag made;
    std::vector<std::uint8_t> bytes;
  };
  // Its CA signatures take longer than all else of a launch, and many programs never ask.
  return [table = std::make_shared<Table>(), platform, &authority]() -> const std::vector<std::uint8_t>& {
    std::call_once(table->made, [&] {
      auto bytes = certificate_table(authority, platform);
      SWTEE_ASSERT(bytes.ok());  // three certificates under keys of at most 8192 bits fit
      table->bytes = std::move(bytes).value();
    });
    return table->bytes;
  };
}

/// A file is read at once: whoever named a wrong one wants to know before the program runs.
Result<host::CertificateSource> certificates_of(const config::PlatformConfig& platform, const config::GuestConfig& guest,
                                                const vendor::VendorAuthority& authority) {
  if (guest.certificates == "vendor") return table_of_vendor(platform, authority);
  host::SharedBytes bytes = std::make_shared<const std::vector<std::uint8_t>>();
  if (guest.certificates != "none") {
    auto file = SWTEE_TRY(measure::InputFile::open(guest.certificates));
    bytes = SWTEE_TRY(file.read_all(snp::kCertificateTableMax * 64));
  }
  return host::CertificateSource([bytes]() -> const std::vector<std::uint8_t>& { return *bytes; });
}

}  // namespace

Result<std::unique_ptr<EmbeddedGuest>> EmbeddedGuest::launch(const config::PlatformConfig& platform, const config::GuestConfig& guest,
                                                             const vendor::VendorAuthority& authority, NvStore* nv,
                                                             machine::CallSink* calls) {
  auto embedded = std::unique_ptr<EmbeddedGuest>(new EmbeddedGuest());
  embedded->nv_ = nv != nullptr ? nv : &embedded->forgetful_;
  embedded->calls_ = calls;
  embedded->entropy_ = entropy_of(platform.entropy);
  embedded->certificates_ = SWTEE_TRY(certificates_of(platform, guest, authority));
  SWTEE_TRY(embedded->start(platform, guest));
  SWTEE_TRY(embedded->probe(guest));
  return embedded;
}

Result<void> EmbeddedGuest::start(const config::PlatformConfig& platform, const config::GuestConfig& guest) {
  const host::LaunchPlan plan = SWTEE_TRY(plan_launch(guest));
  const host::GuestOptions options = SWTEE_TRY(guest_options(guest, plan));
  machine_ = SWTEE_TRY(machine::Machine::power_on(platform, {*entropy_, *nv_, faults_, nullptr, calls_}));
  hypervisor_ = std::make_unique<host::Hypervisor>(*machine_);
  if (const auto up = hypervisor_->bring_up(); !up.ok()) return refused(up.error(), "bringing the platform up");
  auto launched = hypervisor_->launch(plan, options);
  if (!launched.ok()) return refused(launched.error(), "launching the guest");
  guest_ = std::move(launched).value();
  if (platform.tcb.launch.has_value()) {
    const snp::Status status = machine_->update_firmware();
    if (status != snp::Status::success) return fail("updating the firmware: " + std::string(snp::name_of(status)));
  }
  transport_ = std::make_unique<host::HostTransport>(*hypervisor_, guest_, certificates_);
  return {};
}

Result<void> EmbeddedGuest::probe(const config::GuestConfig& guest) {
  const guest::snp::GuestKernel* kernel = guest::snp::find_guest_kernel(guest.kernel);
  if (kernel == nullptr) return fail("guest.kernel: there is no guest kernel \"" + guest.kernel + "\"; there are 6.1, 6.12 and 6.16");
  SWTEE_ASSERT(guest_.secrets_gpa.has_value());
  // The kernel maps the page once, at VMPL0's permissions: lower VMPLs get a copy from their SVSM.
  if (!hypervisor_->read_guest(guest_, *guest_.secrets_gpa, 0, secrets_)) return fail("the guest cannot read its secrets page");
  auto device = guest::snp::SevGuestDevice::probe(secrets_, {*kernel, guest.vmpl, {}}, *transport_, sleeper_);
  if (!device.ok()) return fail("the guest's sev-guest driver refuses to load: " + std::string(std::strerror(-device.error())));
  device_ = std::move(device).value();
  if (kernel->configfs_tsm) {
    provider_ = std::make_unique<guest::snp::SevTsmProvider>(*device_);
    tsm_ = std::make_unique<guest::snp::ConfigfsTsm>(provider_.get());
  }
  return {};
}

}  // namespace swtee::embedded
