// SPDX-License-Identifier: Apache-2.0
#include "sim/capi/border.h"

namespace swtee::capi {
namespace {

constexpr std::uint32_t kAccessBits = SWTEE_VCPU_SHARED | SWTEE_VCPU_EXECUTE | SWTEE_VCPU_USER;

// The header's numbers are those of the rules.
static_assert(static_cast<int>(SWTEE_VCPU_DONE) == static_cast<int>(SWTEE_GUEST_DONE));
static_assert(static_cast<int>(SWTEE_VCPU_NPF) == static_cast<int>(SWTEE_GUEST_NPF));
static_assert(static_cast<int>(SWTEE_VCPU_VC) == static_cast<int>(SWTEE_GUEST_VC));
static_assert(static_cast<int>(SWTEE_VCPU_GP) == static_cast<int>(SWTEE_GUEST_GP));

struct Core {
  Asid asid;
  std::uint8_t vmpl;
};

Result<Core, CallError> core_of(const swtee_vcpu* given) {
  const auto vcpu = SWTEE_TRY(take_struct(given, sizeof(swtee_vcpu), "vcpu"));
  if (vcpu.vmpl > 3) return refuse(SWTEE_E_ARGUMENT, "vcpu.vmpl is " + std::to_string(vcpu.vmpl) + "; VMPLs are 0 to 3");
  if ((vcpu.reserved[0] | vcpu.reserved[1] | vcpu.reserved[2]) != 0) return refuse(SWTEE_E_ARGUMENT, "vcpu.reserved is not 0");
  return Core{{vcpu.asid}, vcpu.vmpl};
}

Result<cpu::GuestAccess, CallError> access_of(std::uint32_t access, std::size_t len) {
  if ((access & ~kAccessBits) != 0) return refuse(SWTEE_E_ARGUMENT, "access has bits that this library does not know");
  if (len > SWTEE_ACCESS_MAX) return refuse(SWTEE_E_ARGUMENT, std::to_string(len) + " bytes are more than SWTEE_ACCESS_MAX");
  return cpu::GuestAccess{(access & SWTEE_VCPU_SHARED) == 0, (access & SWTEE_VCPU_EXECUTE) != 0, (access & SWTEE_VCPU_USER) != 0};
}

swtee_vcpu_outcome as_c(const swtee_guest_outcome& outcome) {
  swtee_vcpu_outcome told{};
  told.event = static_cast<std::uint32_t>(outcome.event);
  told.eax = static_cast<std::uint32_t>(outcome.eax);
  told.error = outcome.error;
  told.carry = outcome.carry ? 1 : 0;
  return told;
}

/// One access or instruction of a guest's core: checks what all of them take, and tells the outcome.
template <class Work>
swtee_error on_core(swtee_machine* machine, const swtee_vcpu* vcpu, swtee_vcpu_outcome* outcome, const Work& work) noexcept {
  return on_machine(machine, [&](machine::Machine& on) -> CallResult {
    const Core core = SWTEE_TRY(core_of(vcpu));
    SWTEE_TRY(check_room(outcome, sizeof(swtee_vcpu_outcome), "outcome"));
    const Result<swtee_vcpu_outcome, CallError> done = work(on, core);
    if (!done.ok()) return Failure<CallError>(done.error());
    give_struct(done.value(), outcome);
    return {};
  });
}

using OutcomeResult = Result<swtee_vcpu_outcome, CallError>;

}  // namespace
}  // namespace swtee::capi

using namespace swtee::capi;
using swtee::machine::Machine;

swtee_error swtee_npt_map(swtee_machine* machine, std::uint32_t asid, std::uint64_t gpa, std::uint64_t paddr, bool large) {
  return on_machine(machine, [&](Machine& on) -> CallResult {
    on.map_guest_page({asid}, {gpa}, {paddr}, large);
    return {};
  });
}

swtee_error swtee_npt_unmap(swtee_machine* machine, std::uint32_t asid, std::uint64_t gpa, bool large) {
  return on_machine(machine, [&](Machine& on) -> CallResult {
    on.unmap_guest_page({asid}, {gpa}, large);
    return {};
  });
}

swtee_error swtee_vcpu_read(swtee_machine* machine, const swtee_vcpu* vcpu, std::uint64_t gpa, void* out, std::size_t len,
                            std::uint32_t access, swtee_vcpu_outcome* outcome) {
  return on_core(machine, vcpu, outcome, [&](Machine& on, const Core& core) -> OutcomeResult {
    const auto how = SWTEE_TRY(access_of(access, len));
    if (len != 0) SWTEE_TRY(need(out, "out"));
    // A fault on a later page must not leave the earlier ones in the caller's hands.
    std::vector<std::uint8_t> bytes(len);
    const auto told = as_c(on.guest_read(core.asid, core.vmpl, {gpa}, bytes, how));
    if (told.event == SWTEE_VCPU_DONE) std::copy(bytes.begin(), bytes.end(), static_cast<std::uint8_t*>(out));
    return told;
  });
}

swtee_error swtee_vcpu_write(swtee_machine* machine, const swtee_vcpu* vcpu, std::uint64_t gpa, const void* data, std::size_t len,
                             std::uint32_t access, swtee_vcpu_outcome* outcome) {
  return on_core(machine, vcpu, outcome, [&](Machine& on, const Core& core) -> OutcomeResult {
    const auto how = SWTEE_TRY(access_of(access, len));
    if (how.execute) return refuse(SWTEE_E_ARGUMENT, "access: SWTEE_VCPU_EXECUTE is for reads");
    if (len != 0) SWTEE_TRY(need(data, "data"));
    return as_c(on.guest_write(core.asid, core.vmpl, {gpa}, {static_cast<const std::uint8_t*>(data), len}, how));
  });
}

swtee_error swtee_vcpu_pvalidate(swtee_machine* machine, const swtee_vcpu* vcpu, std::uint64_t gpa, std::uint32_t page_size,
                                 bool validate, swtee_vcpu_outcome* outcome) {
  return on_core(machine, vcpu, outcome, [&](Machine& on, const Core& core) -> OutcomeResult {
    return as_c(on.pvalidate(core.asid, core.vmpl, {gpa}, page_size, validate));
  });
}

swtee_error swtee_vcpu_rmpadjust(swtee_machine* machine, const swtee_vcpu* vcpu, std::uint64_t gpa, std::uint32_t page_size,
                                 std::uint64_t rdx, swtee_vcpu_outcome* outcome) {
  return on_core(machine, vcpu, outcome, [&](Machine& on, const Core& core) -> OutcomeResult {
    return as_c(on.rmpadjust(core.asid, core.vmpl, {gpa}, page_size, rdx));
  });
}

swtee_error swtee_vcpu_rmpquery(swtee_machine* machine, const swtee_vcpu* vcpu, std::uint64_t gpa, std::uint32_t target_vmpl,
                                swtee_vcpu_outcome* outcome) {
  return on_core(machine, vcpu, outcome, [&](Machine& on, const Core& core) -> OutcomeResult {
    swtee::cpu::RmpAttributes attributes;
    auto told = as_c(on.rmpquery(core.asid, core.vmpl, {gpa}, target_vmpl, attributes));
    told.rdx = attributes.rdx;
    told.page_size = static_cast<std::uint8_t>(attributes.size);
    return told;
  });
}

swtee_error swtee_vcpu_run_vmsa(swtee_machine* machine, std::uint64_t paddr, bool running) {
  return on_machine(machine, [&](Machine& on) -> CallResult {
    on.run_vmsa({paddr}, running);
    return {};
  });
}
