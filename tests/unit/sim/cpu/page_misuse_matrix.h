// SPDX-License-Identifier: Apache-2.0
/// What a guest meets in a page of each state, written down from the architecture's tables of misuse and the order of checks
/// that guests rely on, never from the code.  [APM2 r3.42 §RMP AND VMPL CHECKS; APM3 §PVALIDATE, §RMPADJUST, §RMPQUERY]
#pragma once

#include <swtee/rules/rmp_guest.h>

#include <array>
#include <cstdint>

namespace swtee::cpu::misuse {

inline constexpr std::array kStates{SWTEE_RMP_HYPERVISOR, SWTEE_RMP_HV_FIXED,  SWTEE_RMP_RECLAIM,  SWTEE_RMP_FIRMWARE,      SWTEE_RMP_CONTEXT,
                                    SWTEE_RMP_METADATA,   SWTEE_RMP_PRE_GUEST, SWTEE_RMP_PRE_SWAP, SWTEE_RMP_GUEST_INVALID, SWTEE_RMP_GUEST_VALID};
inline constexpr std::array kStateNames{"Hypervisor", "HV-Fixed",  "Reclaim",  "Firmware",      "Context",
                                        "Metadata",   "Pre-Guest", "Pre-Swap", "Guest-Invalid", "Guest-Valid"};

struct Expected {
  swtee_guest_event event = SWTEE_GUEST_DONE;
  std::uint64_t error = 0;  ///< without the bits that only repeat what kind of access it was
  unsigned eax = 0;
  bool carry = false;
  swtee_rmp_state becomes = SWTEE_RMP_UNDEFINED;  ///< UNDEFINED: the state is kept
};

inline constexpr std::uint64_t kRmpFault = SWTEE_NPF_RMP | SWTEE_NPF_FINAL_GPA;
/// The access is as it should be.
inline constexpr Expected done{};
/// Nested page fault for the host, through the C-bit or not.
inline constexpr Expected npfE{SWTEE_GUEST_NPF, kRmpFault | SWTEE_NPF_ENC}, npf{SWTEE_GUEST_NPF, kRmpFault};
/// ... because the VMPL may not.
inline constexpr Expected vmpl{SWTEE_GUEST_NPF, kRmpFault | SWTEE_NPF_ENC | SWTEE_NPF_VMPL};
/// #VC 0x404 and #GP in the guest.
inline constexpr Expected vc{SWTEE_GUEST_VC, 0x404}, gp{SWTEE_GUEST_GP};
/// PVALIDATE: done, or carry because it was so already. FAIL_PERMISSION.
inline constexpr Expected toVal{SWTEE_GUEST_DONE, 0, 0, false, SWTEE_RMP_GUEST_VALID}, toInv{SWTEE_GUEST_DONE, 0, 0, false, SWTEE_RMP_GUEST_INVALID},
    carry{SWTEE_GUEST_DONE, 0, 0, true}, perm{SWTEE_GUEST_DONE, 0, 2};

struct Row {
  const char* what;
  std::array<Expected, kStates.size()> outcomes;
};

// clang-format off
// By the owner at its GPA, 4 KiB, at VMPL0 where no other is named.
inline constexpr Row kRows[] = {
    //                               Hyper HVFix Recl  Firmw Ctx   Metad PreG  PreS  GInv  GVal
    {"read, C-bit",                {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, vc,   done}}},
    {"write, C-bit",               {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, vc,   done}}},
    {"execute, C-bit",             {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, vc,   done}}},
    {"read, no C-bit",             {{done, done, npf,  npf,  npf,  npf,  npf,  npf,  npf,  npf}}},
    {"write, no C-bit",            {{done, done, npf,  npf,  npf,  npf,  npf,  npf,  npf,  npf}}},
    {"read at VMPL1",              {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, vc,   vmpl}}},
    {"write at VMPL3",             {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, vc,   vmpl}}},
    {"another guest reads, C-bit", {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE}}},
    {"another guest reads, no C-bit", {{done, done, npf, npf, npf, npf,  npf,  npf,  npf,  npf}}},
    {"PVALIDATE 1",                {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, toVal, carry}}},
    {"PVALIDATE 0",                {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, carry, toInv}}},
    {"PVALIDATE 1 at VMPL1",       {{gp,   gp,   gp,   gp,   gp,   gp,   gp,   gp,   gp,   gp}}},
    {"another guest's PVALIDATE 1", {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE}}},
    {"RMPADJUST of VMPL1",         {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, vc,   done}}},
    {"RMPADJUST of VMPL1 at VMPL1", {{perm, perm, perm, perm, perm, perm, perm, perm, perm, perm}}},
    {"RMPQUERY of VMPL1",          {{npfE, npfE, npfE, npfE, npfE, npfE, npfE, npfE, vc,   done}}},
};
// clang-format on

}  // namespace swtee::cpu::misuse
