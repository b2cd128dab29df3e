// SPDX-License-Identifier: Apache-2.0
/// What every command answers in every state of platform and guest, when nothing else is wrong with it.
///
/// Written down from the specification's tables, never from the code's: a row and the command table of the firmware are two
/// opinions, and admission_test.cpp compares them cell by cell. To add a command: replace its `kNotModelled` by the row that
/// the specification gives, and add how it is called with valid arguments to state_scene.cpp.
#pragma once

#include <swtee/abi/snp/status.h>

#include <array>
#include <cstdint>

namespace swtee::test {

/// The columns. A command that names no guest sees the guest of the column standing by.
enum class Column : std::uint8_t {
  uninit,      ///< SNP platform UNINIT since power-on
  shut_down,   ///< SNP platform UNINIT again, after SNP_SHUTDOWN_EX ended a guest in state RUNNING
  no_guest,    ///< SNP platform INIT; the context page named is in state Firmware, its guest decommissioned
  init,        ///< SNP platform INIT, guest INIT
  launch,      ///< SNP platform INIT, guest LAUNCH
  running,     ///< SNP platform INIT, guest RUNNING
};
inline constexpr std::array kColumns{Column::uninit, Column::shut_down, Column::no_guest, Column::init, Column::launch, Column::running};
inline constexpr std::array kColumnNames{"platform UNINIT",    "platform UNINIT after shutdown",
                                         "no guest",           "guest INIT",
                                         "guest LAUNCH",       "guest RUNNING"};

struct MatrixRow {
  std::uint32_t id;
  const char* name;
  std::array<snp::Status, kColumns.size()> answers;

  snp::Status answer(Column column) const { return answers[static_cast<std::size_t>(column)]; }
};

/// Columns of the legacy commands. WORKING: the platform has a legacy guest.
enum class LegacyColumn : std::uint8_t { uninit, init, working };
inline constexpr std::array kLegacyColumns{LegacyColumn::uninit, LegacyColumn::init, LegacyColumn::working};
inline constexpr std::array kLegacyColumnNames{"legacy UNINIT", "legacy INIT", "legacy WORKING"};

struct LegacyRow {
  std::uint32_t id;
  const char* name;
  std::array<snp::Status, kLegacyColumns.size()> answers;

  snp::Status answer(LegacyColumn column) const { return answers[static_cast<std::size_t>(column)]; }
};

/// Columns of the legacy commands about one guest: a handle that is nobody's, then the guest's states.
enum class LegacyGuestColumn : std::uint8_t { no_guest, lupdate, lsecret, running };
inline constexpr std::array kLegacyGuestColumns{LegacyGuestColumn::no_guest, LegacyGuestColumn::lupdate, LegacyGuestColumn::lsecret,
                                                LegacyGuestColumn::running};
inline constexpr std::array kLegacyGuestColumnNames{"no guest", "LUPDATE", "LSECRET", "RUNNING"};

struct LegacyGuestRow {
  std::uint32_t id;
  const char* name;
  std::array<snp::Status, kLegacyGuestColumns.size()> answers;
};

namespace state_matrix {

using snp::Status;
inline constexpr Status kOk = Status::success;
inline constexpr Status kPlatf = Status::invalid_platform_state;
inline constexpr Status kState = Status::invalid_guest_state;
inline constexpr Status kGuest = Status::invalid_guest;
inline constexpr Status kUnsup = Status::unsupported;
/// The id is known, the command is not modelled: no state matters.
inline constexpr std::array<Status, kColumns.size()> kNotModelled{kUnsup, kUnsup, kUnsup, kUnsup, kUnsup, kUnsup};
inline constexpr std::array<Status, kLegacyColumns.size()> kLegacyNotModelled{kUnsup, kUnsup, kUnsup};

// clang-format off
// [SNP-ABI r1.58 §COMMANDS]. SNP_COMMIT in UNINIT: the Linux driver's change of 2026 that stopped initialising for it says
// that firmware admits it. SNP_HV_REPORT_REQ: a report exists of running guests only. Page commands: AMD's sev-tool lists them for
// LAUNCH and RUNNING; SNP_PAGE_MD_INIT and SNP_DBG_*, which it does not list, are taken to be the same.
inline constexpr MatrixRow kSnp[] = {
    //                                    UNINIT  again   no guest INIT    LAUNCH  RUNNING
    {0x81, "SNP_INIT",                  {{kOk,    kOk,    kPlatf,  kPlatf, kPlatf, kPlatf}}},
    {0x82, "SNP_SHUTDOWN",              {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0x83, "SNP_PLATFORM_STATUS",       {{kOk,    kOk,    kOk,     kOk,    kOk,    kOk}}},
    {0x84, "SNP_DF_FLUSH",              {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0x85, "SNP_INIT_EX",               {{kOk,    kOk,    kPlatf,  kPlatf, kPlatf, kPlatf}}},
    {0x86, "SNP_SHUTDOWN_EX",           {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0x90, "SNP_DECOMMISSION",          {{kPlatf, kPlatf, kGuest,  kOk,    kOk,    kOk}}},
    {0x91, "SNP_ACTIVATE",              {{kPlatf, kPlatf, kGuest,  kState, kOk,    kOk}}},
    {0x92, "SNP_GUEST_STATUS",          {{kPlatf, kPlatf, kGuest,  kOk,    kOk,    kOk}}},
    {0x93, "SNP_GCTX_CREATE",           {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0x94, "SNP_GUEST_REQUEST",         {{kPlatf, kPlatf, kGuest,  kState, kState, kOk}}},
    {0x95, "SNP_ACTIVATE_EX",           {{kPlatf, kPlatf, kGuest,  kState, kOk,    kOk}}},
    {0x96, "SNP_HV_REPORT_REQ",         {{kPlatf, kPlatf, kGuest,  kState, kState, kOk}}},
    {0xa0, "SNP_LAUNCH_START",          {{kPlatf, kPlatf, kGuest,  kOk,    kState, kState}}},
    {0xa1, "SNP_LAUNCH_UPDATE",         {{kPlatf, kPlatf, kGuest,  kState, kOk,    kState}}},
    {0xa2, "SNP_LAUNCH_FINISH",         {{kPlatf, kPlatf, kGuest,  kState, kOk,    kState}}},
    {0xb0, "SNP_DBG_DECRYPT",           {{kPlatf, kPlatf, kGuest,  kState, kOk,    kOk}}},
    {0xb1, "SNP_DBG_ENCRYPT",           {{kPlatf, kPlatf, kGuest,  kState, kOk,    kOk}}},
    {0xb2, "SNP_VERIFY_MITIGATION",     kNotModelled},
    {0xc0, "SNP_PAGE_SWAP_OUT",         {{kPlatf, kPlatf, kGuest,  kState, kOk,    kOk}}},
    {0xc1, "SNP_PAGE_SWAP_IN",          {{kPlatf, kPlatf, kGuest,  kState, kOk,    kOk}}},
    {0xc2, "SNP_PAGE_MOVE",             {{kPlatf, kPlatf, kGuest,  kState, kOk,    kOk}}},
    {0xc3, "SNP_PAGE_MD_INIT",          {{kPlatf, kPlatf, kGuest,  kState, kOk,    kOk}}},
    {0xc6, "SNP_PAGE_SET_STATE",        kNotModelled},
    {0xc7, "SNP_PAGE_RECLAIM",          {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0xc8, "SNP_PAGE_UNSMASH",          {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0xc9, "SNP_CONFIG",                {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0xca, "SNP_DOWNLOAD_FIRMWARE_EX",  {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0xcb, "SNP_COMMIT",                {{kOk,    kOk,    kOk,     kOk,    kOk,    kOk}}},
    {0xcd, "SNP_VLEK_LOAD",             {{kPlatf, kPlatf, kOk,     kOk,    kOk,    kOk}}},
    {0xce, "SNP_FEATURE_INFO",          {{kOk,    kOk,    kOk,     kOk,    kOk,    kOk}}},
    {0xd0, "TIO_STATUS",                kNotModelled},
    {0xd1, "TIO_INIT",                  kNotModelled},
    {0xd2, "TIO_DEV_CREATE",            kNotModelled},
    {0xd3, "TIO_DEV_RECLAIM",           kNotModelled},
    {0xd4, "TIO_DEV_CONNECT",           kNotModelled},
    {0xd5, "TIO_DEV_DISCONNECT",        kNotModelled},
};

// The platform of legacy SEV has a state of its own, whatever that of SNP is.  [SEV-API r0.24 §PLATFORM STATES]
inline constexpr LegacyRow kLegacy[] = {
    //                                    UNINIT  INIT    WORKING
    {0x01, "INIT",                      {{kOk,    kPlatf, kPlatf}}},
    {0x02, "SHUTDOWN",                  {{kPlatf, kOk,    kOk}}},
    {0x03, "FACTORY_RESET",             {{kOk,    kPlatf, kPlatf}}},
    {0x04, "PLATFORM_STATUS",           {{kOk,    kOk,    kOk}}},
    {0x05, "PEK_GEN",                   {{kPlatf, kOk,    kPlatf}}},
    {0x06, "PEK_CSR",                   {{kPlatf, kOk,    kPlatf}}},
    {0x07, "PEK_CERT_IMPORT",           {{kPlatf, kOk,    kPlatf}}},
    {0x08, "PDH_CERT_EXPORT",           {{kPlatf, kOk,    kOk}}},
    {0x09, "PDH_GEN",                   {{kPlatf, kOk,    kOk}}},
    {0x0a, "DF_FLUSH",                  {{kPlatf, kOk,    kOk}}},
    {0x0b, "DOWNLOAD_FIRMWARE",         kLegacyNotModelled},
    {0x0c, "GET_ID",                    {{kOk,    kOk,    kOk}}},
    {0x0d, "INIT_EX",                   {{kOk,    kPlatf, kPlatf}}},
    {0x0e, "NOP",                       {{kOk,    kOk,    kOk}}},
    {0x0f, "RING_BUFFER",               kLegacyNotModelled},
    {0x20, "DECOMMISSION",              {{kPlatf, kPlatf, kOk}}},
    {0x21, "ACTIVATE",                  {{kPlatf, kPlatf, kOk}}},
    {0x22, "DEACTIVATE",                {{kPlatf, kPlatf, kOk}}},
    {0x23, "GUEST_STATUS",              {{kPlatf, kPlatf, kOk}}},
    {0x24, "COPY",                      kLegacyNotModelled},
    {0x25, "ACTIVATE_EX",               {{kPlatf, kPlatf, kOk}}},
    {0x30, "LAUNCH_START",              {{kPlatf, kOk,    kOk}}},
    {0x31, "LAUNCH_UPDATE_DATA",        {{kPlatf, kPlatf, kOk}}},
    {0x32, "LAUNCH_UPDATE_VMSA",        {{kPlatf, kPlatf, kOk}}},
    {0x33, "LAUNCH_MEASURE",            {{kPlatf, kPlatf, kOk}}},
    {0x34, "LAUNCH_SECRET",             {{kPlatf, kPlatf, kOk}}},
    {0x35, "LAUNCH_FINISH",             {{kPlatf, kPlatf, kOk}}},
    {0x36, "ATTESTATION_REPORT",        {{kPlatf, kPlatf, kOk}}},
    {0x40, "SEND_START",                kLegacyNotModelled},
    {0x41, "SEND_UPDATE_DATA",          kLegacyNotModelled},
    {0x42, "SEND_UPDATE_VMSA",          kLegacyNotModelled},
    {0x43, "SEND_FINISH",               kLegacyNotModelled},
    {0x44, "SEND_CANCEL",               kLegacyNotModelled},
    {0x50, "RECEIVE_START",             kLegacyNotModelled},
    {0x51, "RECEIVE_UPDATE_DATA",       kLegacyNotModelled},
    {0x52, "RECEIVE_UPDATE_VMSA",       kLegacyNotModelled},
    {0x53, "RECEIVE_FINISH",            kLegacyNotModelled},
    {0x60, "DBG_DECRYPT",               {{kPlatf, kPlatf, kOk}}},
    {0x61, "DBG_ENCRYPT",               {{kPlatf, kPlatf, kOk}}},
    {0x70, "SWAP_OUT",                  kLegacyNotModelled},
    {0x71, "SWAP_IN",                   kLegacyNotModelled},
};
// A legacy guest goes LUPDATE, LSECRET, RUNNING; migration is not modelled.  [SEV-API r0.24 §GUEST STATES]
inline constexpr LegacyGuestRow kLegacyGuest[] = {
    //                                    no guest LUPDATE LSECRET RUNNING
    {0x20, "DECOMMISSION",              {{kGuest,  kOk,    kOk,    kOk}}},
    {0x21, "ACTIVATE",                  {{kGuest,  kOk,    kOk,    kOk}}},
    {0x22, "DEACTIVATE",                {{kGuest,  kOk,    kOk,    kOk}}},
    {0x23, "GUEST_STATUS",              {{kGuest,  kOk,    kOk,    kOk}}},
    {0x25, "ACTIVATE_EX",               {{kGuest,  kOk,    kOk,    kOk}}},
    {0x31, "LAUNCH_UPDATE_DATA",        {{kGuest,  kOk,    kState, kState}}},
    {0x32, "LAUNCH_UPDATE_VMSA",        {{kGuest,  kOk,    kState, kState}}},
    {0x33, "LAUNCH_MEASURE",            {{kGuest,  kOk,    kState, kState}}},
    {0x34, "LAUNCH_SECRET",             {{kGuest,  kState, kOk,    kState}}},
    {0x35, "LAUNCH_FINISH",             {{kGuest,  kState, kOk,    kState}}},
    {0x36, "ATTESTATION_REPORT",        {{kGuest,  kOk,    kOk,    kOk}}},
    {0x60, "DBG_DECRYPT",               {{kGuest,  kOk,    kOk,    kOk}}},
    {0x61, "DBG_ENCRYPT",               {{kGuest,  kOk,    kOk,    kOk}}},
};
// clang-format on

}  // namespace state_matrix
}  // namespace swtee::test
