// SPDX-License-Identifier: Apache-2.0
#include "sim/cpu/guest_core.h"

#include <algorithm>

namespace swtee::cpu {

/// What an instruction works on.
struct GuestCore::Target {
  Spa page;
  RmpEntry entry;
  swtee_guest_access access;
};

namespace {

swtee_guest_outcome not_mapped(bool write) {
  swtee_guest_outcome outcome{SWTEE_GUEST_NPF, SWTEE_NPF_FINAL_GPA, SWTEE_RMP_OK, false};
  if (write) outcome.error |= SWTEE_NPF_WRITE;
  return outcome;
}

bool done(const swtee_guest_outcome& outcome) { return outcome.event == SWTEE_GUEST_DONE; }
bool changed(const swtee_guest_outcome& outcome) { return done(outcome) && outcome.eax == SWTEE_RMP_OK; }

}  // namespace

template <class Step>
swtee_guest_outcome GuestCore::each_page(Gpa at, std::size_t size, bool write, const GuestAccess& how, Step step) const {
  std::size_t done_bytes = 0;
  while (done_bytes < size) {
    const Gpa gpa{at.value + done_bytes};
    const std::size_t count = std::min<std::size_t>(kPageSize - gpa.value % kPageSize, size - done_bytes);
    const auto translation = table_.translate(gpa);
    if (!translation.has_value()) return not_mapped(write);
    const Spa page{translation->spa.value & ~(kPageSize - 1)};
    const swtee_guest_access access{gpa.value, asid_.value, vmpl_, how.c_bit, write, how.execute, how.user, translation->large};
    const auto entry = memory_.rmp().entry(page);
    if (entry.has_value()) {
      const swtee_guest_outcome outcome = swtee_guest_check(&*entry, &access);
      if (!done(outcome)) return outcome;
    }
    Access bus{Access::Agent::cpu, asid_, vmpl_, how.c_bit, how.execute, how.user, true, NestedMapping{gpa, translation->large}};
    if (!step(bus, translation->spa, done_bytes, count)) return swtee_guest_fault(&access, 0);
    done_bytes += count;
  }
  return swtee_guest_result(SWTEE_RMP_OK);
}

swtee_guest_outcome GuestCore::read(Gpa at, MutableBytes out, const GuestAccess& how) const {
  return each_page(at, out.size(), false, how, [&](const Access& access, Spa spa, std::size_t offset, std::size_t count) {
    return memory_.read(access, spa, out.subspan(offset, count)).ok();
  });
}

swtee_guest_outcome GuestCore::write(Gpa at, ByteView data, const GuestAccess& how) {
  const auto may = each_page(at, data.size(), true, how, [&](const Access&, Spa spa, std::size_t, std::size_t) {
    return spa.value < memory_.size();
  });
  if (!done(may)) return may;
  return each_page(at, data.size(), true, how, [&](const Access& access, Spa spa, std::size_t offset, std::size_t count) {
    return memory_.write(access, spa, data.subspan(offset, count)).ok();
  });
}

swtee_guest_outcome GuestCore::locate(Gpa page, Target& target) const {
  const auto translation = table_.translate(page);
  if (!translation.has_value()) return not_mapped(false);
  target.page = {translation->spa.value & ~(kPageSize - 1)};
  target.access = {page.value & ~(kPageSize - 1), asid_.value, vmpl_, true, false, false, false, translation->large};
  const auto entry = memory_.rmp().entry(target.page);
  if (!entry.has_value()) return swtee_guest_fault(&target.access, 0);
  target.entry = *entry;
  return swtee_guest_result(SWTEE_RMP_OK);
}

swtee_guest_outcome GuestCore::pvalidate(Gpa page, unsigned size, bool validate) {
  Target target;
  if (const auto found = locate(page, target); !done(found)) return found;
  const auto outcome = swtee_pvalidate(&target.entry, &target.access, size, validate);
  if (changed(outcome) && !outcome.carry) memory_.rmp().set_entry(target.page, target.entry);
  return outcome;
}

swtee_guest_outcome GuestCore::rmpadjust(Gpa page, unsigned size, std::uint64_t rdx) {
  Target target;
  if (const auto found = locate(page, target); !done(found)) return found;
  const bool in_use = running_.count(target.page.value) != 0;
  const auto outcome = swtee_rmpadjust(&target.entry, &target.access, size, swtee_rmpadjust_decode(rdx), in_use);
  if (changed(outcome)) memory_.rmp().set_entry(target.page, target.entry);
  return outcome;
}

swtee_guest_outcome GuestCore::rmpquery(Gpa page, unsigned target_vmpl, RmpAttributes& attributes) const {
  Target target;
  if (const auto found = locate(page, target); !done(found)) return found;
  return swtee_rmpquery(&target.entry, &target.access, target_vmpl, &attributes.rdx, &attributes.size);
}

}  // namespace swtee::cpu
