// SPDX-License-Identifier: Apache-2.0
#include "sim/embedded/embedded_host.h"

#include "firmware/contract/require.h"
#include "sim/embedded/guest_launch.h"

namespace swtee::embedded {
namespace {

/// SYSCFG and its bits.  [APM2 r3.42 §SYSCFG]
constexpr std::uint32_t kSyscfg = 0xc0010010;
constexpr std::uint64_t kMfdm = 1u << 19, kMemoryEncryption = 1u << 23, kSnpEn = 1u << 24, kVmplEn = 1u << 25;

Failure<Error> refused(const host::HostFailure& failure, const std::string& step) { return fail(step + ": " + failure.what); }

}  // namespace

Result<std::unique_ptr<EmbeddedHost>> EmbeddedHost::start(const config::PlatformConfig& platform, const config::GuestConfig& guest,
                                                          std::uint32_t guests, NvStore* nv, machine::CallSink* calls) {
  auto made = std::unique_ptr<EmbeddedHost>(new EmbeddedHost());
  made->entropy_ = entropy_of(platform.entropy);
  made->machine_ = SWTEE_TRY(machine::Machine::power_on(
      platform, {*made->entropy_, nv != nullptr ? *nv : made->forgetful_, made->faults_, nullptr, calls}));
  made->hypervisor_ = std::make_unique<host::Hypervisor>(*made->machine_);
  if (const auto up = made->hypervisor_->bring_up(); !up.ok()) return refused(up.error(), "bringing the platform up");
  auto sev = host::SevDevice::load(*made->hypervisor_);
  if (!sev.ok()) return refused(sev.error(), "loading the host's driver");
  made->sev_ = std::move(sev).value();
  SWTEE_TRY(made->launch_guests(guest, guests));
  if (platform.tcb.launch.has_value()) {
    const snp::Status status = made->machine_->update_firmware();
    if (status != snp::Status::success) return fail("updating the firmware: " + std::string(snp::name_of(status)));
  }
  return made;
}

Result<void> EmbeddedHost::launch_guests(const config::GuestConfig& guest, std::uint32_t guests) {
  if (guests == 0) return {};
  const host::LaunchPlan plan = SWTEE_TRY(plan_launch(guest));
  const host::GuestOptions options = SWTEE_TRY(guest_options(guest, plan));
  for (std::uint32_t i = 0; i < guests; ++i)
    if (const auto launched = hypervisor_->launch(plan, options); !launched.ok())
      return refused(launched.error(), "launching guest " + std::to_string(i + 1));
  return {};
}

std::optional<std::uint64_t> EmbeddedHost::read_msr(std::uint32_t core, std::uint32_t number) const {
  if (core >= cores() || number != kSyscfg) return std::nullopt;
  return kMemoryEncryption | (machine_->cores().ready_for_snp() ? kMfdm | kSnpEn | kVmplEn : 0);
}

}  // namespace swtee::embedded
