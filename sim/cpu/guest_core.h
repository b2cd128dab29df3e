// SPDX-License-Identifier: Apache-2.0
/// A virtual CPU of an SNP guest, as far as memory and the RMP see it.
#pragma once

#include "sim/cpu/nested_page_table.h"
#include "sim/memory/memory_controller.h"

#include <set>

namespace swtee::cpu {

/// Pages that some core runs from as its VMSA right now.
using RunningVmsas = std::set<std::uint64_t>;

/// How an access of a guest's is made.
struct GuestAccess {
  bool c_bit = true;
  bool execute = false;
  bool user = false;
};

/// RMPQUERY's output registers.
struct RmpAttributes {
  std::uint64_t rdx = 0;  ///< RMPADJUST's layout
  unsigned size = 0;      ///< 1: 2 MiB
};

/// Runs nothing: executes single accesses and instructions as a guest at one VMPL would. An outcome other than
/// SWTEE_GUEST_DONE has changed nothing.
class GuestCore {
 public:
  /// All outlive the core.
  GuestCore(memory::MemoryController& memory, const NestedPageTable& table, const RunningVmsas& running, Asid asid, std::uint8_t vmpl)
      : memory_(memory), table_(table), running_(running), asid_(asid), vmpl_(vmpl) {}

  /// Reads or writes memory, which may cross pages. A GPA that is not mapped is a nested page fault without the RMP bit.
  swtee_guest_outcome read(Gpa at, MutableBytes out, const GuestAccess& how = {}) const;
  swtee_guest_outcome write(Gpa at, ByteView data, const GuestAccess& how = {});

  /// PVALIDATE. `size`: 0 for 4 KiB, 1 for 2 MiB.  [APM3 §PVALIDATE]
  swtee_guest_outcome pvalidate(Gpa page, unsigned size, bool validate);
  /// RMPADJUST. `rdx`: target VMPL, permissions, VMSA.  [APM3 §RMPADJUST]
  swtee_guest_outcome rmpadjust(Gpa page, unsigned size, std::uint64_t rdx);
  /// RMPQUERY of a VMPL's attributes.  [APM3 §RMPQUERY]
  swtee_guest_outcome rmpquery(Gpa page, unsigned target_vmpl, RmpAttributes& attributes) const;

 private:
  struct Target;
  swtee_guest_outcome locate(Gpa page, Target& target) const;
  template <class Step>
  swtee_guest_outcome each_page(Gpa at, std::size_t size, bool write, const GuestAccess& how, Step step) const;

  memory::MemoryController& memory_;
  const NestedPageTable& table_;
  const RunningVmsas& running_;
  Asid asid_;
  std::uint8_t vmpl_;
};

}  // namespace swtee::cpu
