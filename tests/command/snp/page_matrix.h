// SPDX-License-Identifier: Apache-2.0
/// What becomes of a page of each state when the host or the firmware is asked to use it, rightly or wrongly.
///
/// Written down from the specification's page states and transitions, never from the code; page_state_test.cpp brings a page
/// to each state and does each thing. A new command that names a page gets a row here and an entry in page_state_test.cpp.
#pragma once

#include "firmware/platform/rmp_view.h"

#include <swtee/abi/snp/status.h>

#include <array>
#include <cstdint>

namespace swtee::test {

inline constexpr std::array kPageStates{SWTEE_RMP_HYPERVISOR, SWTEE_RMP_HV_FIXED,  SWTEE_RMP_RECLAIM,  SWTEE_RMP_FIRMWARE,      SWTEE_RMP_CONTEXT,
                                        SWTEE_RMP_METADATA,   SWTEE_RMP_PRE_GUEST, SWTEE_RMP_PRE_SWAP, SWTEE_RMP_GUEST_INVALID, SWTEE_RMP_GUEST_VALID};
inline constexpr std::array kPageStateNames{"Hypervisor", "HV-Fixed",  "Reclaim",  "Firmware",      "Context",
                                            "Metadata",   "Pre-Guest", "Pre-Swap", "Guest-Invalid", "Guest-Valid"};

/// Done, with the state that the page is in then; or refused, and then the page is as it was.
struct PageOutcome {
  std::uint32_t code = 0;  ///< a command's status, or EAX of an instruction
  RmpState becomes = SWTEE_RMP_UNDEFINED;
};

struct PageRow {
  const char* what;
  std::array<PageOutcome, kPageStates.size()> outcomes;
};

struct WriteRow {
  const char* who;
  std::array<bool, kPageStates.size()> may;
};

namespace page_matrix {

constexpr PageOutcome to(RmpState state) { return {0, state}; }
constexpr PageOutcome refused(snp::Status status) { return {static_cast<std::uint32_t>(status), SWTEE_RMP_UNDEFINED}; }

inline constexpr PageOutcome toHv = to(SWTEE_RMP_HYPERVISOR), toRecl = to(SWTEE_RMP_RECLAIM), toFw = to(SWTEE_RMP_FIRMWARE),
                             toCtx = to(SWTEE_RMP_CONTEXT), toPreG = to(SWTEE_RMP_PRE_GUEST), toPreS = to(SWTEE_RMP_PRE_SWAP),
                             toGInv = to(SWTEE_RMP_GUEST_INVALID), toGVal = to(SWTEE_RMP_GUEST_VALID),
                             toMeta = to(SWTEE_RMP_METADATA), toFix = to(SWTEE_RMP_HV_FIXED);
/// FAIL_PERMISSION of RMPUPDATE.
inline constexpr PageOutcome perm{SWTEE_RMP_FAIL_PERMISSION};
/// INVALID_PAGE_STATE, INVALID_GUEST, BAD_MEASUREMENT.
inline constexpr PageOutcome state = refused(snp::Status::invalid_page_state), guest = refused(snp::Status::invalid_guest),
                             measur = refused(snp::Status::bad_measurement);

// clang-format off
// The host's instruction. The request names the page's owner and GPA where it has them.  [APM3 §RMPUPDATE]
inline constexpr PageRow kRmpupdate[] = {
    //                                   Hyperv. HVFixed Reclaim Firmw.  Context Metad.  PreGst  PreSwp  GInv.   GValid
    {"RMPUPDATE to Hypervisor",        {{toHv,   perm,   toHv,   perm,   perm,   perm,   perm,   perm,   toHv,   toHv}}},
    {"RMPUPDATE to Firmware",          {{toFw,   perm,   toFw,   perm,   perm,   perm,   perm,   perm,   toFw,   toFw}}},
    {"RMPUPDATE to an immutable page", {{toPreG, perm,   toPreG, perm,   perm,   perm,   perm,   perm,   toPreG, toPreS}}},
    {"RMPUPDATE to a guest's page",    {{toGInv, perm,   toGInv, perm,   perm,   perm,   perm,   perm,   toGInv, toGVal}}},
};

// The firmware's commands; the page is the one that the command is about.  [SNP-ABI r1.58 §PAGE STATES]
inline constexpr PageRow kCommands[] = {
    //                                   Hyperv. HVFixed Reclaim Firmw.  Context Metad.  PreGst  PreSwp  GInv.   GValid
    {"SNP_GCTX_CREATE",                {{state,  state,  state,  toCtx,  state,  state,  state,  state,  state,  state}}},
    {"SNP_PAGE_RECLAIM",               {{state,  state,  toRecl, toRecl, state,  toRecl, toGInv, toGVal, state,  state}}},
    {"SNP_LAUNCH_UPDATE",              {{state,  state,  state,  state,  state,  state,  toGVal, state,  state,  state}}},
    {"SNP_PLATFORM_STATUS to it",      {{state,  state,  state,  toRecl, state,  state,  state,  state,  state,  state}}},
    {"SNP_FEATURE_INFO to it",         {{state,  state,  state,  toFw,   state,  state,  state,  state,  state,  state}}},
    {"SNP_GUEST_STATUS to it",         {{state,  state,  state,  toFw,   state,  state,  state,  state,  state,  state}}},
    {"SNP_GUEST_REQUEST answered in it", {{state, state, state,  toFw,   state,  state,  state,  state,  state,  state}}},
    {"SNP_HV_REPORT_REQ to it",        {{state,  state,  state,  toFw,   state,  state,  state,  state,  state,  state}}},
    {"SNP_GUEST_STATUS of it",         {{guest,  guest,  guest,  guest,  toCtx,  guest,  guest,  guest,  guest,  guest}}},
    {"SNP_DECOMMISSION of it",         {{guest,  guest,  guest,  guest,  toFw,   guest,  guest,  guest,  guest,  guest}}},
    {"SNP_PAGE_MD_INIT",               {{state,  state,  state,  toMeta, state,  state,  state,  state,  state,  state}}},
    {"SNP_PAGE_MOVE from it",          {{state,  state,  state,  state,  state,  state,  state,  toPreG, state,  state}}},
    {"SNP_PAGE_MOVE to it",            {{state,  state,  state,  state,  state,  state,  toGVal, state,  state,  state}}},
    {"SNP_PAGE_SWAP_OUT of it",        {{state,  state,  state,  state,  state,  state,  state,  toPreG, state,  state}}},
    {"SNP_PAGE_SWAP_OUT of it as metadata", {{state, state, state, state, state, toRecl, state,  state,  state,  state}}},
    {"SNP_PAGE_SWAP_OUT to it",        {{state,  state,  state,  toFw,   state,  state,  state,  state,  state,  state}}},
    {"SNP_PAGE_SWAP_OUT described in it", {{state, state, state, state,  state,  toMeta, state,  state,  state,  state}}},
    // A page that the host can fill is read and found not to be what left: BAD_MEASUREMENT.
    {"SNP_PAGE_SWAP_IN from it",       {{measur, measur, measur, measur, state,  state,  state,  state,  state,  state}}},
    {"SNP_PAGE_SWAP_IN to it",         {{state,  state,  state,  state,  state,  state,  toGVal, state,  state,  state}}},
    {"SNP_DBG_DECRYPT from it",        {{state,  state,  state,  state,  state,  state,  state,  toPreS, toGInv, toGVal}}},
    {"SNP_DBG_DECRYPT to it",          {{state,  state,  state,  toFw,   state,  state,  state,  state,  state,  state}}},
    {"SNP_DBG_ENCRYPT from it",        {{toHv,   toFix,  toRecl, toFw,   state,  state,  state,  state,  state,  state}}},
    {"SNP_DBG_ENCRYPT to it",          {{state,  state,  state,  state,  state,  state,  state,  toPreS, toGInv, toGVal}}},
    // Once SNP is INIT the firmware writes to Firmware pages only, so legacy commands too want their buffers and outputs there.
    {"PLATFORM_STATUS in it",          {{state,  state,  state,  toFw,   state,  state,  state,  state,  state,  state}}},
    {"GET_ID to it",                   {{state,  state,  state,  toFw,   state,  state,  state,  state,  state,  state}}},
};
// Who may write to it. A guest's own write goes through the C-bit. That the owner of a page in Pre-Swap may not is ours: no
// public source says what hardware does with an immutable, validated page.  [APM2 r3.42 §RMP AND VMPL CHECKS]
inline constexpr WriteRow kWrites[] = {
    //                                   Hyperv. HVFixed Reclaim Firmw.  Context Metad.  PreGst  PreSwp  GInv.   GValid
    {"the host",                       {{true,   true,   false,  false,  false,  false,  false,  false,  false,  false}}},
    {"a device",                       {{true,   true,   false,  false,  false,  false,  false,  false,  false,  false}}},
    {"the owner, C-bit set",           {{false,  false,  false,  false,  false,  false,  false,  false,  false,  true}}},
    {"the owner's VMPL1, C-bit set",   {{false,  false,  false,  false,  false,  false,  false,  false,  false,  false}}},
    {"the owner, C-bit clear",         {{true,   true,   false,  false,  false,  false,  false,  false,  false,  false}}},
    {"another guest, C-bit set",       {{false,  false,  false,  false,  false,  false,  false,  false,  false,  false}}},
    {"another guest, C-bit clear",     {{true,   true,   false,  false,  false,  false,  false,  false,  false,  false}}},
};
// clang-format on

}  // namespace page_matrix
}  // namespace swtee::test
