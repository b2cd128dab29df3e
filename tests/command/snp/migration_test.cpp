// SPDX-License-Identifier: Apache-2.0
/// MSG_EXPORT_REQ, MSG_IMPORT_REQ, MSG_ABSORB_REQ, MSG_ABSORB_NOMA_REQ: a guest moves between two platforms, and who may move it.
#include "tests/support/snp_owner.h"
#include "tests/support/snp_guest.h"
#include "tests/support/snp_state_hash.h"
#include "tests/support/snp_swap.h"

#include <swtee/abi/snp/migration.h>

namespace swtee::test {
namespace {

using snp::ExportedContext;
using snp::MessageType;
using snp::Status;

constexpr std::uint64_t kMigratable = snp::policy::kDefault | snp::policy::MigrateMa::mask;
constexpr std::uint64_t kSecretsGpa = 0x2000;

std::uint32_t code(Status status) { return static_cast<std::uint32_t>(status); }

config::PlatformConfig chip(std::uint64_t number) {
  auto config = small_platform();
  config.chip = number;
  return config;
}

/// A platform with an agent, ASID 1. Platforms draw the same random numbers, so each begins with other guests.
struct Platform {
  explicit Platform(std::uint64_t number) : machine(chip(number)) {
    machine.init();
    for (std::uint64_t i = 0; i < 7 * number; ++i) EXPECT_EQ(machine.launch_start(machine.gctx_create()), Status::success);
    agent = std::make_unique<SnpGuest>(machine);
  }
  LaunchOptions bound() const {
    LaunchOptions options;
    options.asid = {2};
    options.policy = kMigratable;
    options.start_flags = 1;
    options.agent = agent->gctx;
    return options;
  }
  SnpMachine machine;
  std::unique_ptr<SnpGuest> agent;
};

snp::ExportRsp export_from(SnpGuest& sender, Spa target, std::uint32_t flags = 0) {
  snp::ExportReq request{};
  request.gctx_paddr = target.value;
  request.flags = flags;
  const Reply reply = sender.send(MessageType::export_req, request);
  EXPECT_EQ(reply.command, Status::success);
  EXPECT_EQ(reply.payload.size(), sizeof(snp::ExportRsp));
  const auto response = reply.as<snp::ExportRsp>();
  if (response.status != 0) {
    EXPECT_TRUE(all_zero(bytes_of(response).subspan(4))) << "a refused export holds something";
  }
  return response;
}

snp::ImportReq import_of(Spa target, const ExportedContext& context) {
  snp::ImportReq request{};
  request.gctx_paddr = target.value;
  request.gctx_size = sizeof(ExportedContext);
  request.gctx_version = 2u;
  request.gctx = context;
  return request;
}

std::uint32_t ask(SnpGuest& sender, MessageType type, const snp::ImportReq& request) {
  const Reply reply = sender.send(type, request);
  EXPECT_EQ(reply.command, Status::success);
  EXPECT_EQ(reply.payload.size(), sizeof(snp::StatusRsp));
  return reply.as<snp::StatusRsp>().status;
}

/// A guest on platform A that has used its channel, and platform B with an empty context.
struct Migration {
  Migration() {
    LaunchOptions options = source.bound();
    options.with_id_block = options.with_author_key = true;
    options.host_data.fill(0x77);
    options.gosvw.fill(0x66);
    guest = std::make_unique<SnpGuest>(source.machine, options);
    guest->report();
    guest->report(1, 2);
    target = destination.machine.gctx_create();
    exported = export_from(*source.agent, guest->gctx).gctx;
  }
  std::uint32_t import() { return ask(*destination.agent, MessageType::import_req, import_of(target, exported)); }
  /// The guest's software on the other platform, with what it knew.
  SnpGuest arrived() { return SnpGuest::arrived(destination.machine, target, guest->vmpck, guest->next_seqno); }
  Platform source{0};
  Platform destination{1};
  std::unique_ptr<SnpGuest> guest;
  Spa target;
  ExportedContext exported{};
};

TEST(Migration, ExportsEachFieldWhereTheLayoutHasIt) {
  Migration m;
  const ByteView bytes = bytes_of(m.exported);
  const auto has = [&](std::size_t at, ByteView value) {
    return value.size() + at <= bytes.size() && std::memcmp(bytes.data() + at, value.data(), value.size()) == 0;
  };
  const snp::GuestContext& guest = m.guest->context();
  EXPECT_TRUE(has(0x0, m.guest->measurement));
  EXPECT_TRUE(has(0x30, guest.oek.expose()));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_TRUE(has(0x50 + 0x20 * i, m.guest->vmpck[i])) << i;
  EXPECT_TRUE(has(0xd0, guest.vmrk.expose()));
  EXPECT_TRUE(has(0xf0, std::vector<std::uint8_t>(32, 0x77)));
  const auto report = m.guest->report();
  EXPECT_TRUE(has(0x110, report.id_key_digest));
  EXPECT_TRUE(has(0x140, report.author_key_digest));
  EXPECT_TRUE(has(0x170, report.report_id));
  EXPECT_EQ(m.exported.msg_count[0], 4u) << "two reports, before this test's";
  EXPECT_EQ(m.exported.msg_count[1], 0u);
  EXPECT_EQ(bytes[0x220], 3) << "author key and ID block";
  EXPECT_EQ(bytes[0x22a], 0x07) << "policy bits 16 to 18";
  EXPECT_EQ(bytes[0x230], 2) << "RUNNING";
  EXPECT_TRUE(has(0x240, m.guest->measurement)) << "the ID block's LD";
  EXPECT_TRUE(has(0x2a0, std::vector<std::uint8_t>(16, 0x66)));
  EXPECT_TRUE(all_zero(bytes.subspan(0x2b0)));
}

TEST(Migration, TakesIdentityKeysAndCountersToTheOtherPlatform) {
  Migration m;
  const auto before = m.guest->report(5);
  ASSERT_EQ(export_from(*m.source.agent, m.guest->gctx).status, 0u);
  m.exported = export_from(*m.source.agent, m.guest->gctx).gctx;
  ASSERT_EQ(m.import(), 0u);
  SnpGuest there = m.arrived();
  const auto after = there.report(5);
  EXPECT_EQ(after.report_id, before.report_id);
  EXPECT_EQ(after.measurement, before.measurement);
  EXPECT_EQ(after.policy, before.policy);
  EXPECT_EQ(after.host_data, before.host_data);
  EXPECT_EQ(after.guest_svn, before.guest_svn);
  EXPECT_EQ(after.family_id, before.family_id);
  EXPECT_EQ(after.id_key_digest, before.id_key_digest);
  EXPECT_EQ(after.author_key_digest, before.author_key_digest);
  EXPECT_EQ(after.key_info, before.key_info);
  EXPECT_NE(after.chip_id, before.chip_id);
  EXPECT_EQ(before.report_id_ma, m.source.agent->report().report_id);
  EXPECT_EQ(after.report_id_ma, m.destination.agent->report().report_id);
  EXPECT_NE(after.report_id_ma, before.report_id_ma);
  const keys::Chip& chip = m.destination.machine.machine().chip();
  const auto vcek = keys::EndorsementStick::from_secret(chip.secret.expose(), m.destination.machine.world().reported_tcb).key();
  EXPECT_TRUE(signature_fits(vcek.public_key(), bytes_of(after).first(0x2a0), after.signature));
}

TEST(Migration, KeepsKeysThatComeFromTheVmrk) {
  Migration m;
  snp::KeyReq request{};
  request.flags = 1u;
  const auto before = m.guest->send(MessageType::key_req, request).as<snp::KeyRsp>();
  m.exported = export_from(*m.source.agent, m.guest->gctx).gctx;
  ASSERT_EQ(m.import(), 0u);
  const auto after = m.arrived().send(MessageType::key_req, request).as<snp::KeyRsp>();
  EXPECT_EQ(after.status, 0u);
  EXPECT_EQ(after.derived_key, before.derived_key);
}

/// A page travels encrypted under the OEK, its entry as the context's root entry.
TEST(Migration, BringsASwappedPageAlong) {
  Migration m;
  const auto secrets = m.source.machine.read_as_guest({2}, m.guest->secrets_page, kPageSize);
  ASSERT_EQ(m.source.machine.rmpupdate(m.guest->secrets_page, true, {2}, kSecretsGpa, /*immutable=*/true), SWTEE_RMP_OK);
  const auto stored = swapped_out(m.source.machine, m.guest->gctx, m.guest->secrets_page, kRootEntry);
  m.exported = export_from(*m.source.agent, m.guest->gctx).gctx;
  EXPECT_EQ(m.exported.oek_iv_count, 1u);
  ASSERT_EQ(m.import(), 0u);
  SnpMachine& there = m.destination.machine;
  ASSERT_EQ(there.activate(m.target, {2}), Status::success);
  const Spa carried = there.take_page();
  there.write(carried, stored);
  const Spa page = there.pre_guest_page({2}, kSecretsGpa);
  ASSERT_EQ(there.command(id::kPageSwapIn, swap_in_buffer(m.target, carried, page, kRootEntry)), Status::success);
  EXPECT_EQ(there.read_as_guest({2}, page, kPageSize), secrets);
}

TEST(MsgExportReq, RefusesEveryoneButTheGuestsAgent) {
  Migration m;
  LaunchOptions options;
  options.asid = {3};
  SnpGuest stranger(m.source.machine, options);
  const std::uint32_t refused = code(Status::invalid_param);
  EXPECT_EQ(export_from(stranger, m.guest->gctx).status, refused) << "a stranger";
  EXPECT_EQ(export_from(*m.guest, m.guest->gctx).status, refused) << "the guest itself";
  EXPECT_EQ(export_from(*m.source.agent, stranger.gctx).status, refused) << "a guest without agent";
  EXPECT_EQ(export_from(*m.source.agent, m.source.agent->gctx).status, refused) << "the agent itself";
  EXPECT_EQ(export_from(*m.source.agent, {kNoMemory}).status, refused) << "no memory";
  EXPECT_EQ(export_from(*m.source.agent, m.guest->gctx, 2).status, refused) << "a reserved flag";
  EXPECT_EQ(export_from(*m.source.agent, m.guest->gctx, 1).status, refused) << "IMI_EN without an IMI";
  snp::ExportReq reserved{};
  reserved.gctx_paddr = m.guest->gctx.value;
  reserved.reserved_ch = 1u;
  EXPECT_EQ(m.source.agent->send(MessageType::export_req, reserved).as<snp::ExportRsp>().status, refused) << "a reserved field";
  EXPECT_EQ(export_from(*m.source.agent, m.guest->gctx).status, 0u);
}

TEST(MsgExportReq, RefusesAGuestThatDoesNotRunYet) {
  Migration m;
  const Spa launching = m.source.machine.gctx_create();
  ASSERT_EQ(m.source.machine.launch_start(launching, kMigratable, 1, m.source.agent->gctx), Status::success);
  EXPECT_EQ(export_from(*m.source.agent, launching).status, code(Status::invalid_guest_state));
}

/// The host gives the agent's context page to another guest.
TEST(MsgExportReq, RefusesANewGuestAtTheAddressOfTheOldAgent) {
  Migration m;
  const Spa old_gctx = m.source.agent->gctx;
  m.source.agent->destroy();
  while (m.source.machine.take_page() != old_gctx) {
  }
  m.source.machine.give_back(old_gctx);
  LaunchOptions options;
  options.asid = {10};
  SnpGuest usurper(m.source.machine, options);
  ASSERT_EQ(usurper.gctx, old_gctx);
  EXPECT_EQ(export_from(usurper, m.guest->gctx).status, code(Status::invalid_param));
}

TEST(MigrationMessages, RefuseAnotherVersionOrSizeAndDoNotCount) {
  Migration m;
  const auto request = import_of(m.target, m.exported);
  const ByteView bytes = bytes_of(request);
  SnpGuest& agent = *m.destination.agent;
  for (const MessageType type : {MessageType::import_req, MessageType::absorb_req, MessageType::absorb_noma_req}) {
    EXPECT_EQ(agent.send(type, bytes, 0, 2).command, Status::invalid_param);
    EXPECT_EQ(agent.send(type, bytes.first(bytes.size() - 1)).command, Status::invalid_param);
  }
  const snp::ExportReq export_request{};
  EXPECT_EQ(agent.send(MessageType::export_req, bytes_of(export_request), 0, 2).command, Status::invalid_param);
  EXPECT_EQ(agent.send(MessageType::export_req, bytes_of(export_request).first(15)).command, Status::invalid_param);
  EXPECT_EQ(agent.context().message_count[0], 0u);
  EXPECT_EQ(m.import(), 0u);
}

struct Spoiled {
  const char* what;
  Status status;
  std::function<void(snp::ImportReq&)> spoil;
};
const std::vector<Spoiled> kSpoiled{
    {"size 2ffh", Status::invalid_param, [](auto& r) { r.gctx_size = 0x2ffu; }},
    {"version 1", Status::invalid_param, [](auto& r) { r.gctx_version = 1u; }},
    {"version 3", Status::invalid_param, [](auto& r) { r.gctx_version = 3u; }},
    {"reserved byte of the message", Status::invalid_param, [](auto& r) { r.reserved_10h[15] = 1; }},
    {"flag 2 of the context", Status::invalid_param, [](auto& r) { r.gctx.flags = r.gctx.flags | 4u; }},
    {"reserved byte 231h", Status::invalid_param, [](auto& r) { r.gctx.reserved_231h[0] = 1; }},
    {"reserved byte 2ffh", Status::invalid_param, [](auto& r) { r.gctx.reserved_2b0h[79] = 1; }},
    {"state LAUNCH", Status::invalid_param, [](auto& r) { r.gctx.state = 1; }},
    {"another digest than the ID block's", Status::invalid_param, [](auto& r) { r.gctx.ld[0] ^= 1; }},
    {"another policy than the ID block's", Status::invalid_param, [](auto& r) { r.gctx.policy = r.gctx.policy | 0x80000u; }},
    {"an author key digest without the flag", Status::invalid_param, [](auto& r) { r.gctx.flags = 2u; }},
    {"an ID block without the flag", Status::invalid_param, [](auto& r) { r.gctx.flags = 0u; }},
    {"policy without MIGRATE_MA", Status::policy_failure,
     [](auto& r) { r.gctx.policy = r.gctx.id_block.policy = snp::policy::kDefault; }},
    {"policy that wants a newer firmware", Status::policy_failure,
     [](auto& r) { r.gctx.policy = r.gctx.id_block.policy = kMigratable | 0x0200u; }},
    {"policy that forbids SMT", Status::policy_failure,
     [](auto& r) { r.gctx.policy = r.gctx.id_block.policy = kMigratable & ~std::uint64_t{0x10000}; }},
};

TEST(MsgImportReq, RefusesWhatIsNoContextOfAMigratableGuest) {
  Migration m;
  for (const Spoiled& spoiled : kSpoiled) {
    auto request = import_of(m.target, m.exported);
    spoiled.spoil(request);
    EXPECT_EQ(ask(*m.destination.agent, MessageType::import_req, request), code(spoiled.status)) << spoiled.what;
    EXPECT_EQ(m.destination.machine.context(m.target).state(), snp::GuestState::init) << spoiled.what;
    EXPECT_FALSE(m.destination.machine.context(m.target).migration_agent.has_value()) << spoiled.what;
  }
  EXPECT_EQ(m.import(), 0u);
}

TEST(MsgImportReq, FillsEmptyContextsOnlyAndFromUnboundAgents) {
  Migration m;
  SnpGuest& agent = *m.destination.agent;
  EXPECT_EQ(ask(agent, MessageType::import_req, import_of({kNoMemory}, m.exported)), code(Status::invalid_param));
  EXPECT_EQ(ask(agent, MessageType::import_req, import_of(agent.gctx, m.exported)), code(Status::invalid_guest_state)) << "itself";
  SnpGuest bound(m.destination.machine, m.destination.bound());
  EXPECT_EQ(ask(bound, MessageType::import_req, import_of(m.target, m.exported)), code(Status::invalid_param)) << "has an agent";
  ASSERT_EQ(m.import(), 0u);
  EXPECT_EQ(m.import(), code(Status::invalid_guest_state)) << "a second time";
}

/// An altered message does not open, whatever it holds.
TEST(MsgImportReq, RefusesAMessageThatWasAlteredOnItsWay) {
  Migration m;
  auto page = m.destination.agent->seal(MessageType::import_req, bytes_of(import_of(m.target, m.exported)));
  page[0x60 + 0x20 + 0x170] ^= 1;
  EXPECT_EQ(m.destination.agent->request(page), Status::invalid_param);
  EXPECT_EQ(m.destination.machine.context(m.target).state(), snp::GuestState::init);
}

/// Guests on A and B that were launched from the same initial migration image.
struct Absorption {
  static LaunchOptions with_imi(LaunchOptions options) {
    options.start_flags |= 2;
    return options;
  }
  static LaunchOptions alone() {
    LaunchOptions options;
    options.asid = {4};
    options.policy = kMigratable;
    return with_imi(options);
  }
  /// In LAUNCH on B, with one page of the image.
  Spa waiting(std::uint8_t content = 0x1a, std::uint64_t policy = kMigratable) {
    SnpMachine& machine = destination.machine;
    const Spa gctx = machine.gctx_create();
    EXPECT_EQ(machine.launch_start(gctx, policy, 3, destination.agent->gctx), Status::success);
    EXPECT_EQ(machine.activate(gctx, {next_asid++}), Status::success);
    const Asid asid = *machine.context(gctx).asid;
    const Spa page = machine.pre_guest_page(asid, 0x1000, std::vector<std::uint8_t>(kPageSize, content));
    EXPECT_EQ(machine.launch_update(gctx, page, snp::PageType::normal, false, {}, /*imi=*/true), Status::success);
    return gctx;
  }
  Absorption() {
    LaunchOptions options = with_imi(source.bound());
    options.imi_content = 0x1a;
    guest = std::make_unique<SnpGuest>(source.machine, options);
    exported = export_from(*source.agent, guest->gctx, 1).gctx;
  }
  std::uint32_t absorb(Spa target) { return ask(*destination.agent, MessageType::absorb_req, import_of(target, exported)); }
  Platform source{0};
  Platform destination{1};
  std::uint32_t next_asid = 20;
  std::unique_ptr<SnpGuest> guest;
  ExportedContext exported{};
};

TEST(MsgAbsorbReq, MakesAGuestOfTheSameImageTheOneThatTravelled) {
  Absorption a;
  EXPECT_FALSE(all_zero(a.exported.imd));
  EXPECT_TRUE(all_zero(export_from(*a.source.agent, a.guest->gctx, 0).gctx.imd)) << "not asked for";
  const Spa target = a.waiting();
  const Asid asid = *a.destination.machine.context(target).asid;
  ASSERT_EQ(a.absorb(target), 0u);
  const auto& context = a.destination.machine.context(target);
  EXPECT_EQ(context.state(), snp::GuestState::running);
  EXPECT_EQ(context.asid, asid);
  SnpGuest there = SnpGuest::arrived(a.destination.machine, target, a.guest->vmpck, a.guest->next_seqno);
  const auto report = there.report();
  EXPECT_EQ(report.report_id, a.guest->report().report_id);
  EXPECT_EQ(report.measurement, a.guest->measurement);
  EXPECT_EQ(report.report_id_ma, a.destination.agent->report().report_id);
}

TEST(MsgAbsorbReq, RefusesOtherImagesPoliciesStatesAndGuests) {
  Absorption a;
  EXPECT_EQ(a.absorb(a.waiting(0x1b)), code(Status::bad_measurement)) << "another image";
  EXPECT_EQ(a.absorb(a.waiting(0x1a, kMigratable | snp::policy::Debug::mask)), code(Status::policy_failure)) << "another policy";
  SnpMachine& machine = a.destination.machine;
  const Spa plain = machine.gctx_create();
  ASSERT_EQ(machine.launch_start(plain, kMigratable, 1, a.destination.agent->gctx), Status::success);
  EXPECT_EQ(a.absorb(plain), code(Status::invalid_param)) << "no IMI";
  const Spa unbound = machine.gctx_create();
  ASSERT_EQ(machine.launch_start(unbound, kMigratable, 2), Status::success);
  EXPECT_EQ(a.absorb(unbound), code(Status::invalid_param)) << "not bound to this agent";
  const Spa target = a.waiting();
  for (const Spoiled& spoiled : {kSpoiled[0], kSpoiled[2], kSpoiled[3], kSpoiled[6], kSpoiled[12]}) {
    auto request = import_of(target, a.exported);
    spoiled.spoil(request);
    request.gctx.id_block = {};
    EXPECT_EQ(ask(*a.destination.agent, MessageType::absorb_req, request), code(spoiled.status)) << spoiled.what;
  }
  EXPECT_EQ(machine.context(target).state(), snp::GuestState::launch);
  ASSERT_EQ(a.absorb(target), 0u);
  EXPECT_EQ(a.absorb(target), code(Status::invalid_guest_state)) << "it runs now";
}

TEST(MsgAbsorbNomaReq, ReplacesTheSenderAndAnswersUnderTheKeyThatAsked) {
  Absorption a;
  LaunchOptions options = Absorption::alone();
  options.imi_content = 0x1a;
  SnpGuest waiting(a.destination.machine, options);
  auto wrong = import_of(waiting.gctx, a.exported);
  EXPECT_EQ(ask(waiting, MessageType::absorb_noma_req, wrong), code(Status::invalid_param)) << "an address";
  ASSERT_EQ(ask(waiting, MessageType::absorb_noma_req, import_of({0}, a.exported)), 0u);
  SnpGuest there = SnpGuest::arrived(a.destination.machine, waiting.gctx, a.guest->vmpck, a.guest->next_seqno);
  const auto report = there.report();
  EXPECT_EQ(report.report_id, a.guest->report().report_id);
  Bytes<32> nobody;
  nobody.fill(0xff);
  EXPECT_EQ(report.report_id_ma, nobody);
  waiting.next_seqno = there.next_seqno;
  EXPECT_EQ(waiting.request(waiting.seal(MessageType::report_req, bytes_of(snp::ReportReq{}))), Status::invalid_param) << "the old key";
}

TEST(MsgAbsorbNomaReq, RefusesGuestsWithAnAgentOrWithoutTheImage) {
  Absorption a;
  LaunchOptions options = Absorption::with_imi(a.destination.bound());
  options.imi_content = 0x1a;
  SnpGuest bound(a.destination.machine, options);
  EXPECT_EQ(ask(bound, MessageType::absorb_noma_req, import_of({0}, a.exported)), code(Status::invalid_param)) << "has an agent";
  EXPECT_EQ(ask(*a.destination.agent, MessageType::absorb_noma_req, import_of({0}, a.exported)), code(Status::invalid_param)) << "no IMI";
  LaunchOptions other = Absorption::alone();
  other.imi_content = 0x1b;
  SnpGuest stranger(a.destination.machine, other);
  EXPECT_EQ(ask(stranger, MessageType::absorb_noma_req, import_of({0}, a.exported)), code(Status::bad_measurement));
}

}  // namespace
}  // namespace swtee::test
