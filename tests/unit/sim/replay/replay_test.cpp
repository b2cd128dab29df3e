// SPDX-License-Identifier: Apache-2.0
/// What a machine did, recorded, is what a new machine does; and whatever is changed in a trace is found.
#include "sim/replay/replay.h"

#include "sim/replay/call_table.h"
#include "sim/replay/trace_writer.h"
#include "tests/support/snp_guest.h"
#include "tests/support/snp_walk.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace swtee::replay {
namespace {

using Json = nlohmann::ordered_json;
using test::SnpMachine;

Outcome replayed(const std::string& trace) {
  std::istringstream in(trace);
  auto outcome = replay(in);
  EXPECT_TRUE(outcome.ok()) << outcome.error().what();
  return outcome.ok() ? std::move(outcome).value() : Outcome{};
}

std::string said(const Outcome& outcome) {
  if (!outcome.difference.has_value()) return "identical";
  const Difference& d = *outcome.difference;
  return std::to_string(d.seq) + " " + d.op + " " + d.field + ": " + d.expected + " / " + d.got;
}

std::vector<std::string> lines_of(const std::string& trace) {
  std::vector<std::string> lines;
  std::istringstream in(trace);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string trace_of_a_walk(std::uint64_t seed, int steps) {
  std::ostringstream out;
  TraceWriter writer(out, "test");
  SnpMachine machine(test::small_platform("snp:milan"), &writer);
  test::SnpWalk walk(machine, seed);
  for (int n = 0; n < steps; ++n) {
    walk.choose();
    if (n % 50 == 49) machine.faults.script.push_back(n % 100 == 99 ? HardwareFault::platform : HardwareFault::unsafe);
    machine.nv.store_fails = n % 7 == 3;
    walk.make();
  }
  return out.str();
}

/// A guest that is launched and asks for a report and a key.
std::string trace_of_a_guest(const std::string& platform) {
  std::ostringstream out;
  TraceWriter writer(out, "test");
  SnpMachine machine(test::small_platform(platform), &writer);
  machine.init();
  test::SnpGuest guest(machine);
  guest.report(0x42);
  guest.send(snp::MessageType::key_req, snp::KeyReq{});
  machine.read(guest.response_page, kPageSize);
  return out.str();
}

TEST(Replay, DoesAGuestsLifeAgainOnEveryProduct) {
  for (const ProductRow& product : products()) {
    const std::string trace = trace_of_a_guest(std::string(product.platform));
    const Outcome outcome = replayed(trace);
    EXPECT_EQ(said(outcome), "identical") << product.platform;
    EXPECT_EQ(outcome.events + 1, lines_of(trace).size());
    EXPECT_EQ(outcome.program, "test");
  }
}

TEST(Replay, DoesRandomCallsAgainWithHardwareErrorsAndFailingStorage) {
  const std::uint64_t seed = test::property_seed(21);
  for (std::uint64_t n = 0; n < 4; ++n) {
    SCOPED_TRACE("SWTEE_SEED=" + std::to_string(seed + n));
    const std::string trace = trace_of_a_walk(seed + n, 800);
    EXPECT_NE(trace.find("\"op\":\"fault\""), std::string::npos);
    EXPECT_NE(trace.find("\"op\":\"entropy\""), std::string::npos);
    EXPECT_EQ(said(replayed(trace)), "identical");
  }
}

/// A guest that works on its memory under a host that maps and splits it, and a physical attacker.
TEST(Replay, DoesEveryKindOfCallAgain) {
  std::ostringstream out;
  TraceWriter writer(out, "test");
  SnpMachine owner(test::small_platform("snp:genoa"), &writer);
  owner.init();
  test::SnpGuest guest(owner);
  machine::Machine& machine = owner.machine();
  std::array<std::uint8_t, 64> bytes{1, 2, 3};
  const Gpa gpa{machine.rmp().entry(guest.secrets_page)->gpa};
  machine.map_guest_page(guest.asid, gpa, guest.secrets_page);
  machine.guest_read(guest.asid, 0, gpa, bytes);
  machine.guest_write(guest.asid, 0, gpa, bytes);
  cpu::RmpAttributes attributes;
  machine.rmpquery(guest.asid, 0, gpa, 1, attributes);
  machine.rmpadjust(guest.asid, 0, gpa, 0, 0x0101);
  machine.rmpquery(guest.asid, 0, gpa, 1, attributes);
  machine.pvalidate(guest.asid, 0, gpa, 0, false);
  machine.run_vmsa(guest.secrets_page, true);
  machine.unmap_guest_page(guest.asid, gpa);
  machine.guest_read(guest.asid, 0, gpa, bytes);
  const Spa large = owner.take_large_page();
  owner.rmpupdate(large, true, guest.asid, kLargePageSize, false, true);
  machine.psmash(large);
  swtee_rmp_state_record record{};
  machine.rmpread(large, record);
  machine.alias_addresses(large, guest.secrets_page, kPageSize);
  (void)machine.read({Access::Agent::bus, {}, 0, false}, large, bytes).ok();
  machine.remove_aliases();
  machine.update_firmware();
  machine.silence_a_core(true);
  machine.wbinvd(1);
  machine.configure_rmp(false);
  for (const std::string_view name : call_names())
    EXPECT_NE(out.str().find("\"op\":\"" + std::string(name) + "\""), std::string::npos) << "not in this trace: " << name;
  EXPECT_EQ(said(replayed(out.str())), "identical");
}

TEST(Replay, BeginsFromTheRecordThatTheStorageHeld) {
  std::ostringstream out;
  TraceWriter writer(out, "test");
  auto config = test::small_platform("snp:milan");
  {
    SnpMachine machine(config);
    const auto old = machine.nv.record;
    config.tcb.current.snp += 1;
    SnpMachine next(config, &writer);  // a new platform
    ASSERT_NE(next.nv.record, old);
  }
  std::string trace = out.str();
  ASSERT_NE(trace.find("\"nv\":null"), std::string::npos);
  EXPECT_EQ(said(replayed(trace)), "identical");
  // The same storage, in which the newer TCB is committed: the old image is refused, when recorded and when replayed.
  out.str("");
  SnpMachine again(config, &writer);
  const auto older = test::small_platform("snp:milan");
  EXPECT_FALSE(again.power_cycle(older).ok());
  const std::string second = out.str();
  const std::string refused = second.substr(second.find("{\"swtee_trace\"", 1));
  EXPECT_EQ(refused.find("\"nv\":null"), std::string::npos);
  const auto lines = lines_of(refused);
  // The numbers go on from the first power-on; a trace of its own begins with 1.
  std::vector<std::string> own{lines.front()};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    Json event = Json::parse(lines[i]);
    event["seq"] = i;
    own.push_back(event.dump());
  }
  EXPECT_NE(join(own).find("cannot be rolled back"), std::string::npos);
  EXPECT_EQ(said(replayed(join(own))), "identical");
  EXPECT_EQ(replayed(join(own)).events, own.size() - 1);
}

/// Changed one at a time, each is the difference that is found: nothing in a trace is decoration.
TEST(Replay, FindsEveryChangeOfAnyResultOrDigest) {
  const auto lines = lines_of(trace_of_a_guest("snp:genoa"));
  int changed = 0;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    for (const char* field : {"result", "sha256"}) {
      Json event = Json::parse(lines[i]);
      if (!event.contains(field) || event["op"] == "nv_store" || event["op"] == "entropy") continue;
      event[field] = "changed";
      auto other = lines;
      other[i] = event.dump();
      const Outcome outcome = replayed(join(other));
      ASSERT_TRUE(outcome.difference.has_value()) << lines[i];
      EXPECT_EQ(outcome.difference->seq, i);
      EXPECT_EQ(outcome.difference->line, i + 1);
      EXPECT_EQ(outcome.difference->field, field);
      EXPECT_EQ(outcome.difference->expected, "changed");
      EXPECT_EQ(outcome.difference->got, Json::parse(lines[i])[field]);
      EXPECT_EQ(outcome.events, i - 1);
      ++changed;
    }
  }
  EXPECT_GT(changed, 30);
}

TEST(Replay, FindsAChangeOfRandomNumbersInWhatTheGuestReads) {
  auto lines = lines_of(trace_of_a_guest("snp:genoa"));
  for (std::string& line : lines) {
    const auto at = line.find("\"stream\":\"report-id\",\"bytes\":\"");
    if (at == std::string::npos) continue;
    char& digit = line[at + 30];
    digit = digit == '0' ? '1' : '0';
    const Outcome outcome = replayed(join(lines));
    ASSERT_TRUE(outcome.difference.has_value());
    EXPECT_EQ(outcome.difference->op, "read");
    EXPECT_EQ(outcome.difference->field, "sha256");
    return;
  }
  FAIL() << "the trace has no report id";
}

TEST(Replay, FindsEventsThatAreLeftOutOrTooMany) {
  const auto lines = lines_of(trace_of_a_guest("snp:genoa"));
  std::size_t entropy = 0;  // the last draw of SNP_LAUNCH_START
  while (lines[entropy].find("\"stream\":\"report-id\"") == std::string::npos) ++entropy;
  const auto renumbered = [](std::vector<std::string> all) {
    for (std::size_t i = 1; i < all.size(); ++i) {
      Json event = Json::parse(all[i]);
      event["seq"] = i;
      all[i] = event.dump();
    }
    return join(all);
  };
  auto fewer = lines;
  fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(entropy));
  const Outcome missing = replayed(renumbered(fewer));
  ASSERT_TRUE(missing.difference.has_value());
  EXPECT_EQ(missing.difference->field, "op");
  EXPECT_EQ(missing.difference->got, "entropy");
  auto more = lines;
  more.insert(more.begin() + static_cast<std::ptrdiff_t>(entropy), lines[entropy]);
  const Outcome extra = replayed(renumbered(more));
  ASSERT_TRUE(extra.difference.has_value());
  EXPECT_EQ(extra.difference->op, "entropy");
  EXPECT_EQ(extra.difference->got, "command");
  auto cut = lines;
  cut.erase(cut.begin() + static_cast<std::ptrdiff_t>(entropy) + 1);
  EXPECT_EQ(replayed(renumbered(cut)).difference->expected, "entropy");
}

TEST(Replay, FindsAnInputThatTheCallDoesNotTake) {
  auto lines = lines_of(trace_of_a_guest("snp:genoa"));
  std::size_t at = 0;
  while (lines[at].find("prepare_cores_for_snp") == std::string::npos) ++at;
  Json event = Json::parse(lines[at]);
  event["inputs"]["colour"] = "red";
  lines[at] = event.dump();
  EXPECT_EQ(said(replayed(join(lines))), std::to_string(at) + " prepare_cores_for_snp colour: an input / nothing");
}

}  // namespace
}  // namespace swtee::replay
