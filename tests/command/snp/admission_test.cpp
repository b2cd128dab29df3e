// SPDX-License-Identifier: Apache-2.0
/// Which command is admitted in which state of platform and guest: the firmware against a table that was written down from
/// the specification's, not from the code's. Also: what ids without a handler answer, and where command buffers may lie.
#include "firmware/keys/vlek.h"
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"

#include <set>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::PlatformState;
using snp::Status;

/// `uninit`, `init`: the platform states that admit the command. `guest`: which guest states do, as letters I, L, R; empty
/// when the command names no guest.
struct Admission {
  std::uint32_t id;
  const char* name;
  bool uninit;
  bool init;
  const char* guest;
};

// [SNP-ABI r1.58 §COMMANDS]. SNP_COMMIT in UNINIT: the Linux driver's change of 2026 that stopped initialising for it
// says that firmware admits it. SNP_HV_REPORT_REQ: a report exists of running guests only.
constexpr Admission kAdmissions[] = {
    {0x81, "SNP_INIT", true, false, ""},
    {0x82, "SNP_SHUTDOWN", false, true, ""},
    {0x83, "SNP_PLATFORM_STATUS", true, true, ""},
    {0x84, "SNP_DF_FLUSH", false, true, ""},
    {0x85, "SNP_INIT_EX", true, false, ""},
    {0x86, "SNP_SHUTDOWN_EX", false, true, ""},
    {0x90, "SNP_DECOMMISSION", false, true, "ILR"},
    {0x91, "SNP_ACTIVATE", false, true, "LR"},
    {0x92, "SNP_GUEST_STATUS", false, true, "ILR"},
    {0x93, "SNP_GCTX_CREATE", false, true, ""},
    {0x94, "SNP_GUEST_REQUEST", false, true, "R"},
    {0x95, "SNP_ACTIVATE_EX", false, true, "LR"},
    {0x96, "SNP_HV_REPORT_REQ", false, true, "R"},
    {0xa0, "SNP_LAUNCH_START", false, true, "I"},
    {0xa1, "SNP_LAUNCH_UPDATE", false, true, "L"},
    {0xa2, "SNP_LAUNCH_FINISH", false, true, "L"},
    {0xc7, "SNP_PAGE_RECLAIM", false, true, ""},
    {0xc9, "SNP_CONFIG", false, true, ""},
    {0xcb, "SNP_COMMIT", true, true, ""},
    {0xcd, "SNP_VLEK_LOAD", false, true, ""},
    {0xce, "SNP_FEATURE_INFO", true, true, ""},
};

/// Ids of the specification whose commands answer UNSUPPORTED.
const std::set<std::uint32_t> kUnmodelled{
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x20, 0x21, 0x22, 0x23,
    0x24, 0x25, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x40, 0x41, 0x42, 0x43, 0x44, 0x50, 0x51, 0x52, 0x53, 0x60,
    0x61, 0x70, 0x71, 0xb0, 0xb1, 0xb2, 0xc0, 0xc1, 0xc2, 0xc3, 0xc6, 0xc8, 0xca, 0xd0, 0xd1, 0xd2, 0xd3, 0xd4, 0xd5};

/// A machine with a guest, activated or not, and a buffer for any command that lacks nothing but perhaps the right state.
class Scene {
 public:
  Scene(PlatformState platform, GuestState state, bool activate) {
    firmware_ = machine.firmware_page();
    machine.init();
    gctx = machine.gctx_create();
    if (state != GuestState::init) start(activate);
    if (state == GuestState::running) {
      EXPECT_EQ(machine.launch_finish(gctx), Status::success);
    }
    if (platform == PlatformState::uninit) {
      EXPECT_EQ(machine.shutdown(), Status::success);
    }
  }

  SnpMachine machine;
  Spa gctx;

  Status call(std::uint32_t command) {
    switch (command) {
      case id::kInit:
      case id::kShutdown:
      case id::kDfFlush: return machine.command(command);
      case id::kInitEx: return send<snp::SnpInitExBuffer>(command, [](auto& b) { b.flags = 1u; });
      case id::kPlatformStatus: return send<snp::SnpPlatformStatusBuffer>(command, [&](auto& b) { b.status_paddr = firmware_.value; });
      case id::kShutdownEx: return machine.shutdown();
      case id::kDecommission: return machine.gctx_command(command, gctx);
      case id::kGctxCreate: return machine.gctx_command(command, firmware_);
      case id::kActivate: return machine.activate(gctx, {2});
      case id::kActivateEx: return activate_ex();
      case id::kGuestStatus:
        return send<snp::SnpGuestStatusBuffer>(command, [&](auto& b) { b.gctx_paddr = gctx.value, b.status_paddr = firmware_.value; });
      case id::kGuestRequest: return guest_request();
      case id::kHvReportReq: return hv_report();
      case id::kLaunchStart: return machine.launch_start(gctx);
      case id::kLaunchUpdate: return machine.launch_update(gctx, machine.pre_guest_page({2}, 0x1000));
      case id::kLaunchFinish: return machine.launch_finish(gctx);
      case id::kPageReclaim: return machine.reclaim(firmware_);
      case id::kConfig: return machine.configure(0);
      case id::kCommit: return machine.commit();
      case id::kVlekLoad: return vlek_load();
      case id::kFeatureInfo:
        return send<snp::SnpFeatureInfoBuffer>(command, [&](auto& b) { b.length = 16u, b.feature_info_paddr = firmware_.value; });
      default: ADD_FAILURE() << "no buffer for " << command; return Status::invalid_command;
    }
  }

 private:
  template <class Buffer, class Fill>
  Status send(std::uint32_t command, Fill fill) {
    Buffer buffer{};
    fill(buffer);
    return machine.command(command, buffer);
  }
  void start(bool activate) {
    EXPECT_EQ(machine.launch_start(gctx), Status::success);
    if (activate) {
      EXPECT_EQ(machine.activate(gctx, {2}), Status::success);
    }
  }
  Status activate_ex() {
    return send<snp::SnpActivateExBuffer>(id::kActivateEx, [&](auto& b) {
      b.length = 32u;
      b.gctx_paddr = gctx.value;
      b.asid = 2u;
      b.num_ids = 1u;
      b.ids_paddr = machine.take_page().value;
    });
  }
  Status guest_request() {
    const Spa request = machine.take_page();
    Bytes<32> key{};
    if (const auto* guest = machine.world().guest(gctx); guest != nullptr)
      std::copy(guest->vmpck[0].expose().begin(), guest->vmpck[0].expose().end(), key.begin());
    std::vector<std::uint8_t> page(kPageSize);
    guest::snp::seal_message(crypto::GcmKey(key), {1, snp::MessageType::report_req, 1, 0}, bytes_of(snp::ReportReq{}),
                             guest::snp::MutablePage(page.data(), kPageSize));
    machine.write(request, page);
    return send<snp::SnpGuestRequestBuffer>(id::kGuestRequest, [&](auto& b) {
      b.gctx_paddr = gctx.value;
      b.request_paddr = request.value;
      b.response_paddr = firmware_.value;
    });
  }
  Status hv_report() {
    return send<snp::SnpHvReportReqBuffer>(id::kHvReportReq, [&](auto& b) {
      b.length = 24u;
      b.gctx_paddr = gctx.value;
      b.report_paddr = firmware_.value;
    });
  }
  Status vlek_load() {
    const Spa page = machine.take_page();
    const ProductRow& product = *machine.machine().config().product;
    machine.write(page, bytes_of(keys::wrap_vlek(machine.machine().chip(),
                                                 keys::vlek_stick(keys::Universe::test_default(), product, "csp",
                                                                  machine.world().reported_tcb))));
    return send<snp::SnpVlekLoadBuffer>(id::kVlekLoad, [&](auto& b) { b.length = 16u, b.vlek_wrapped_paddr = page.value; });
  }

  Spa firmware_;
};

Status expected(const Admission& row, PlatformState platform, GuestState state) {
  const bool admitted = platform == PlatformState::init ? row.init : row.uninit;
  if (!admitted) return Status::invalid_platform_state;
  const std::string guest = row.guest;
  if (guest.empty() || platform == PlatformState::uninit) return Status::success;
  const char letter = state == GuestState::init ? 'I' : state == GuestState::launch ? 'L' : 'R';
  return guest.find(letter) == std::string::npos ? Status::invalid_guest_state : Status::success;
}

TEST(Admission, IsAsTheSpecificationsTableSays) {
  for (const Admission& row : kAdmissions)
    for (const PlatformState platform : {PlatformState::uninit, PlatformState::init})
      for (const GuestState state : {GuestState::init, GuestState::launch, GuestState::running}) {
        const bool activates = row.id == id::kActivate || row.id == id::kActivateEx;
        Scene scene(platform, state, !activates);
        EXPECT_EQ(scene.call(row.id), expected(row, platform, state))
            << row.name << ", platform " << static_cast<int>(platform) << ", guest " << static_cast<int>(state);
      }
}

TEST(Admission, LeavesTheStateOfTheRefusedAlone) {
  for (const Admission& row : kAdmissions) {
    if (row.uninit) continue;
    Scene scene(PlatformState::uninit, GuestState::running, true);
    struct Refused {
      SnpMachine& machine;
      Scene& scene;
      std::uint32_t id;
      Status call() { return scene.call(id); }
    } refused{scene.machine, scene, row.id};
    scene.call(row.id);  // takes the pages that the buffer needs
    const std::size_t asked = scene.machine.faults.asked.size();
    EXPECT_EQ(refused.call(), Status::invalid_platform_state) << row.name;
    EXPECT_EQ(scene.machine.faults.asked.size(), asked) << row.name;
  }
}

TEST(Admission, AnswersEveryOtherIdWithUnsupportedOrInvalidCommand) {
  std::set<std::uint32_t> modelled;
  for (const Admission& row : kAdmissions) modelled.insert(row.id);
  for (const bool init : {false, true}) {
    SnpMachine machine;
    if (init) machine.init();
    const std::uint64_t before = state_hash(machine);
    for (std::uint32_t command = 0; command < 0x10000; ++command) {
      if (modelled.contains(command)) continue;
      const Status wanted = kUnmodelled.contains(command) ? Status::unsupported : Status::invalid_command;
      ASSERT_EQ(machine.machine().snp_command(command, machine.command_page().value), wanted) << std::hex << command;
      ASSERT_EQ(machine.machine().snp_command(command, kNoMemory), wanted) << std::hex << command;
    }
    EXPECT_EQ(state_hash(machine), before);
  }
  SnpMachine machine;
  EXPECT_EQ(machine.command(0x10081), Status::invalid_command);
  EXPECT_EQ(machine.command(0xffffffff), Status::invalid_command);
}

/// A command buffer may lie in any page that the firmware can read, as a whole.
TEST(CommandBuffer, MustLieAlignedInOnePageOfMemory) {
  SnpMachine machine;
  machine.init();
  const Spa gctx = machine.guest(GuestState::launch);
  const Spa page = machine.take_page();
  const Spa guests = machine.pre_guest_page({1}, 0x1000);
  ASSERT_EQ(machine.launch_update(gctx, guests), Status::success);
  const std::uint64_t end = machine.machine().memory().size();
  for (const Admission& row : kAdmissions) {
    if (!row.init || row.id == id::kShutdown || row.id == id::kDfFlush) continue;
    for (const std::uint64_t at : {page.value + 4, page.value + 1, page.value + 0xffc, end, end - 4, kNoMemory, ~std::uint64_t{7}, guests.value})
      EXPECT_EQ(machine.machine().snp_command(row.id, at), Status::invalid_address) << row.name << " at " << std::hex << at;
  }
}

TEST(CommandBuffer, MustNotCrossAPage) {
  SnpMachine machine;
  machine.init();
  const Spa page = machine.take_page();
  machine.take_page();
  for (const std::uint32_t command : {id::kActivate, id::kActivateEx, id::kConfig, id::kLaunchFinish, id::kLaunchStart, id::kLaunchUpdate,
                                      id::kGuestRequest, id::kGuestStatus, id::kVlekLoad, id::kFeatureInfo, id::kHvReportReq})
    EXPECT_EQ(machine.machine().snp_command(command, page.value + 0xff8), Status::invalid_address) << std::hex << command;
}

TEST(CommandBuffer, IsNotReadForCommandsWithoutOne) {
  SnpMachine machine;
  EXPECT_EQ(machine.machine().snp_command(id::kInit, kNoMemory), Status::success);
  EXPECT_EQ(machine.machine().snp_command(id::kDfFlush, 3), Status::success);
  EXPECT_EQ(machine.machine().snp_command(id::kShutdown, ~0ull), Status::success);
}

TEST(CommandBuffer, MayHaveTheCBitInItsAddress) {
  SnpMachine machine;
  machine.init();
  snp::SnpCommitBuffer buffer{};
  buffer.length = 4u;
  machine.write(machine.command_page(), bytes_of(buffer));
  EXPECT_EQ(machine.machine().snp_command(id::kCommit, machine.command_page().value | std::uint64_t{1} << 51), Status::success);
}

}  // namespace
}  // namespace swtee::test
