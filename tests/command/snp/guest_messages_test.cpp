// SPDX-License-Identifier: Apache-2.0
/// MSG_REPORT_REQ's refusals, MSG_CPUID_REQ, MSG_TSC_INFO_REQ and MSG_VMRK_REQ. Refusals of content are statuses inside a
/// response, and the message counts.
#include "tests/support/snp_guest.h"
#include "tests/support/snp_state_hash.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

using snp::MessageType;
using snp::Status;

std::uint32_t code(Status status) { return static_cast<std::uint32_t>(status); }

struct Channel {
  explicit Channel(const config::PlatformConfig& config = small_platform(), const LaunchOptions& options = {}) : machine(config) {
    machine.init();
    guest = std::make_unique<SnpGuest>(machine, options);
  }
  SnpMachine machine;
  std::unique_ptr<SnpGuest> guest;

  /// The report response, and a check that refusals are complete.
  snp::ReportRsp report(const snp::ReportReq& request, std::uint8_t key = 0) {
    const std::uint64_t count = guest->context().message_count[key];
    const Reply reply = guest->send(MessageType::report_req, request, key);
    EXPECT_EQ(reply.command, Status::success);
    EXPECT_EQ(guest->context().message_count[key], count + 2);
    const auto response = reply.as<snp::ReportRsp>();
    if (response.status != 0) {
      EXPECT_TRUE(all_zero(bytes_of(response).subspan(4))) << "a refused report holds something";
    }
    return response;
  }
};

TEST(MsgReportReq, RefusesReservedBytesAndFlags) {
  Channel c;
  for (const std::size_t byte : {std::size_t{0}, std::size_t{23}}) {
    snp::ReportReq request{};
    request.reserved_48h[byte] = 1;
    EXPECT_EQ(c.report(request).status, code(Status::invalid_param)) << byte;
  }
  for (unsigned bit = 2; bit < 32; ++bit) {
    snp::ReportReq request{};
    request.flags = 1u << bit;
    EXPECT_EQ(c.report(request).status, code(Status::invalid_param)) << bit;
  }
}

TEST(MsgReportReq, LetsAKeySpeakForItsVmplAndLessPrivilegedOnes) {
  Channel c;
  for (std::uint8_t key = 0; key < 4; ++key)
    for (const std::uint32_t vmpl : {0u, 1u, 2u, 3u, 4u, 0x100u, 0xffffffffu}) {
      snp::ReportReq request{};
      request.vmpl = vmpl;
      const bool allowed = vmpl >= key && vmpl <= 3;
      const auto response = c.report(request, key);
      EXPECT_EQ(response.status, allowed ? 0u : code(Status::invalid_param)) << "VMPCK" << int{key} << " VMPL" << vmpl;
      if (allowed) {
        EXPECT_EQ(response.report.vmpl, vmpl);
      }
    }
}

TEST(MsgReportReq, RefusesKeysThatCannotBeUsed) {
  Channel c;
  snp::ReportReq request{};
  request.flags = 3u;
  EXPECT_EQ(c.report(request).status, code(Status::invalid_param));
  request.flags = 2u;
  EXPECT_EQ(c.report(request).status, code(Status::invalid_key)) << "no VLEK is loaded";
  LaunchOptions options;
  options.vcek_disabled = true;
  Channel disabled(small_platform(), options);
  request.flags = 1u;
  EXPECT_EQ(disabled.report(request).status, code(Status::invalid_key));
  request.flags = 0u;
  EXPECT_EQ(disabled.report(request).status, code(Status::invalid_key));
  request.flags = 1u;
  request.vmpl = 9u;
  EXPECT_EQ(disabled.report(request).status, code(Status::invalid_param)) << "the parameter comes before the key";
}

struct CpuidChannel : Channel {
  snp::CpuidTable table{};
  snp::CpuidRsp ask() {
    const Reply reply = guest->send(MessageType::cpuid_req, table);
    EXPECT_EQ(reply.command, Status::success);
    EXPECT_EQ(reply.payload.size(), sizeof(snp::CpuidRsp));
    return reply.as<snp::CpuidRsp>();
  }
};

TEST(MsgCpuidReq, ConfirmsWhatTheCpuCanHave) {
  CpuidChannel c;
  c.table.count = 2u;
  c.table.functions[0].eax_in = 0u;
  c.table.functions[0].eax = 0x10u;
  c.table.functions[1].eax_in = 0xdu;
  c.table.functions[1].xcr0_in = std::uint64_t{3};
  c.table.functions[1].ebx = 0x240u;
  const auto response = c.ask();
  EXPECT_EQ(response.status, 0u);
  EXPECT_EQ(response.count, 2u);
  EXPECT_EQ(std::memcmp(&response.functions, &c.table.functions, sizeof(response.functions)), 0);
}

TEST(MsgCpuidReq, CorrectsWhatTheCpuCannotHave) {
  CpuidChannel c;
  c.table.count = 1u;
  c.table.functions[0].eax_in = 0x8000001du;
  c.table.functions[0].ecx_in = 3u;
  c.table.functions[0].edx = 6u;
  const auto response = c.ask();
  EXPECT_EQ(response.status, code(Status::invalid_param));
  EXPECT_EQ(response.functions[0].edx, 2u);
}

TEST(MsgCpuidReq, RefusesTooManyFunctionsAndReservedFields) {
  CpuidChannel c;
  c.table.count = 65u;
  auto response = c.ask();
  EXPECT_EQ(response.status, code(Status::invalid_param));
  EXPECT_TRUE(all_zero(bytes_of(response).subspan(4)));
  c.table.count = 64u;
  EXPECT_EQ(c.ask().status, 0u);
  c.table.reserved_4h = 1u;
  EXPECT_EQ(c.ask().status, code(Status::invalid_param));
  c.table.reserved_4h = 0u;
  c.table.reserved_8h = std::uint64_t{1};
  EXPECT_EQ(c.ask().status, code(Status::invalid_param));
  c.table.reserved_8h = std::uint64_t{0};
  c.table.functions[63].reserved_28h = std::uint64_t{1};
  EXPECT_EQ(c.ask().status, code(Status::invalid_param));
}

snp::TscInfoRsp tsc(Channel& c, std::uint8_t last_byte = 0) {
  std::vector<std::uint8_t> payload(snp::kTscInfoReqSize);
  payload.back() = last_byte;
  const Reply reply = c.guest->send(MessageType::tsc_info_req, payload);
  EXPECT_EQ(reply.command, Status::success);
  EXPECT_EQ(reply.payload.size(), sizeof(snp::TscInfoRsp));
  return reply.as<snp::TscInfoRsp>();
}

TEST(MsgTscInfoReq, TellsTheRatioThatTheHostAskedFor) {
  Channel same;
  EXPECT_EQ(tsc(same).guest_tsc_scale, std::uint64_t{1} << 32);
  LaunchOptions options;
  options.tsc_khz = 3'000'000;  // the platform runs at 2 GHz
  Channel faster(small_platform(), options);
  const auto response = tsc(faster);
  EXPECT_EQ(response.status, 0u);
  EXPECT_EQ(response.guest_tsc_scale, std::uint64_t{3} << 31);
  EXPECT_EQ(response.guest_tsc_offset, 0u);
  EXPECT_TRUE(response.reserved_4h == 0 && all_zero(response.reserved_1ch));
}

TEST(MsgTscInfoReq, RefusesBytesThatAreNotZeroAndProductsWithoutSecureTsc) {
  Channel c;
  EXPECT_EQ(tsc(c, 1).status, code(Status::invalid_param));
  Channel milan(small_platform("snp:milan"));
  const auto response = tsc(milan);
  EXPECT_EQ(response.status, code(Status::unsupported));
  EXPECT_TRUE(all_zero(bytes_of(response).subspan(4)));
}

constexpr std::uint64_t kMigratable = snp::policy::kDefault | snp::policy::MigrateMa::mask;

/// An agent with ASID 1 and a guest bound to it with ASID 2.
struct Agent : Channel {
  std::unique_ptr<SnpGuest> bound;
  Agent() {
    LaunchOptions options;
    options.asid = {2};
    options.policy = kMigratable;
    options.start_flags = 1;
    options.agent = guest->gctx;
    bound = std::make_unique<SnpGuest>(machine, options);
  }
  static snp::VmrkReq request(Spa target, std::uint8_t key = 0x4d) {
    snp::VmrkReq r{};
    r.gctx_paddr = target.value;
    r.vmrk.fill(key);
    return r;
  }
  std::uint32_t ask(SnpGuest& sender, const snp::VmrkReq& r) {
    const Reply reply = sender.send(MessageType::vmrk_req, r);
    EXPECT_EQ(reply.command, Status::success);
    EXPECT_EQ(reply.payload.size(), sizeof(snp::StatusRsp));
    return reply.as<snp::StatusRsp>().status;
  }
  Bytes<32> vmrk_key(SnpGuest& of) {
    snp::KeyReq r{};
    r.flags = 1u;
    const auto response = of.send(MessageType::key_req, r).as<snp::KeyRsp>();
    EXPECT_EQ(response.status, 0u);
    return response.derived_key;
  }
};

TEST(MsgVmrkReq, ReplacesTheRootKeyOfABoundGuest) {
  Agent a;
  const Bytes<32> before = a.vmrk_key(*a.bound);
  ASSERT_EQ(a.ask(*a.guest, Agent::request(a.bound->gctx)), 0u);
  const Bytes<32> first = a.vmrk_key(*a.bound);
  EXPECT_NE(first, before);
  ASSERT_EQ(a.ask(*a.guest, Agent::request(a.bound->gctx, 0x4e)), 0u);
  EXPECT_NE(a.vmrk_key(*a.bound), first);
  ASSERT_EQ(a.ask(*a.guest, Agent::request(a.bound->gctx)), 0u);
  EXPECT_EQ(a.vmrk_key(*a.bound), first) << "the key follows from the VMRK alone";
}

TEST(MsgVmrkReq, RefusesEveryoneButTheGuestsAgent) {
  Agent a;
  const Bytes<32> before = a.vmrk_key(*a.bound);
  LaunchOptions options;
  options.asid = {3};
  SnpGuest stranger(a.machine, options);
  const std::uint32_t refused = code(Status::invalid_param);
  EXPECT_EQ(a.ask(stranger, Agent::request(a.bound->gctx)), refused) << "a stranger";
  EXPECT_EQ(a.ask(*a.bound, Agent::request(a.bound->gctx)), refused) << "the guest itself";
  EXPECT_EQ(a.ask(*a.guest, Agent::request(stranger.gctx)), refused) << "a guest without agent";
  EXPECT_EQ(a.ask(*a.guest, Agent::request(a.guest->gctx)), refused) << "the agent itself";
  EXPECT_EQ(a.ask(*a.guest, Agent::request({kNoMemory})), refused) << "no memory";
  EXPECT_EQ(a.ask(*a.guest, Agent::request(a.bound->request_page)), refused) << "no context";
  auto reserved = Agent::request(a.bound->gctx);
  reserved.reserved_8h[23] = 1;
  EXPECT_EQ(a.ask(*a.guest, reserved), refused) << "reserved byte";
  EXPECT_EQ(a.vmrk_key(*a.bound), before);
}

/// The binding is to the agent, not to the address of its context page, which the host can give to another guest.
TEST(MsgVmrkReq, RefusesANewGuestAtTheAddressOfTheOldAgent) {
  Agent a;
  const Bytes<32> before = a.vmrk_key(*a.bound);
  const Spa old_gctx = a.guest->gctx;
  const Bytes<32> report_id_ma = a.bound->report().report_id_ma;
  a.guest->destroy();
  while (a.machine.take_page() != old_gctx) {
  }
  a.machine.give_back(old_gctx);
  LaunchOptions options;
  options.asid = {10};
  SnpGuest usurper(a.machine, options);
  ASSERT_EQ(usurper.gctx, old_gctx);
  EXPECT_EQ(a.ask(usurper, Agent::request(a.bound->gctx)), code(Status::invalid_param));
  EXPECT_EQ(a.vmrk_key(*a.bound), before);
  EXPECT_EQ(a.bound->report().report_id_ma, report_id_ma);
}

TEST(MsgVmrkReq, WorksWhileTheGuestIsBeingLaunchedAndNotBefore) {
  Agent a;
  const Spa target = a.machine.gctx_create();
  EXPECT_EQ(a.ask(*a.guest, Agent::request(target)), code(Status::invalid_param)) << "not bound yet";
  ASSERT_EQ(a.machine.launch_start(target, kMigratable, 1, a.guest->gctx), Status::success);
  EXPECT_EQ(a.ask(*a.guest, Agent::request(target)), 0u);
}

}  // namespace
}  // namespace swtee::test
