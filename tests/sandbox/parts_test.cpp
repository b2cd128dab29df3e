// SPDX-License-Identifier: Apache-2.0
/// The parts that need no child process.
#include "sim/sandbox/directory_records.h"
#include "sim/sandbox/doctor.h"
#include "sim/sandbox/name_table.h"
#include "sim/sandbox/overlay.h"
#include "sim/sandbox/seccomp_filter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

namespace swtee::sandbox {
namespace {

sockaddr_storage inet(int family, const char* text, std::uint16_t port) {
  sockaddr_storage storage{};
  storage.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET) {
    auto* address = reinterpret_cast<sockaddr_in*>(&storage);
    address->sin_port = htons(port);
    EXPECT_EQ(::inet_pton(AF_INET, text, &address->sin_addr), 1);
  } else {
    auto* address = reinterpret_cast<sockaddr_in6*>(&storage);
    address->sin6_port = htons(port);
    EXPECT_EQ(::inet_pton(AF_INET6, text, &address->sin6_addr), 1);
  }
  return storage;
}

std::vector<std::byte> query(std::initializer_list<std::string> labels) {
  std::vector<std::byte> message(12);
  for (const std::string& label : labels) {
    message.push_back(static_cast<std::byte>(label.size()));
    for (char c : label) message.push_back(static_cast<std::byte>(c));
  }
  message.resize(message.size() + 5);
  return message;
}

NameTable two_hosts() { return NameTable({{"kdsintf.amd.com", {}}, {"api.example", {}}}); }

TEST(SandboxNameTable, FindsItsHostsByEveryFormOfTheirAddress) {
  const NameTable names = two_hosts();
  EXPECT_EQ(names.find(inet(AF_INET, "127.83.0.1", 443))->name, "kdsintf.amd.com");
  EXPECT_EQ(names.find(inet(AF_INET6, "::ffff:127.83.0.2", 443))->name, "api.example");
  EXPECT_EQ(names.find(inet(AF_INET6, "fd53:5745:4531::2", 443))->name, "api.example");
  for (const char* other : {"127.83.0.0", "127.83.0.3", "127.83.1.1", "127.0.0.1", "10.83.0.1"})
    EXPECT_EQ(names.find(inet(AF_INET, other, 443)), nullptr) << other;
  for (const char* other : {"fd53:5745:4531::", "fd53:5745:4531::3", "fd53:5745:4531:0:1::1", "::1"})
    EXPECT_EQ(names.find(inet(AF_INET6, other, 443)), nullptr) << other;
}

TEST(SandboxNameTable, KnowsWhichQueriesAreForItsHosts) {
  const NameTable names = two_hosts();
  EXPECT_TRUE(names.asks_for_ours(query({"kdsintf", "amd", "com"})));
  EXPECT_TRUE(names.asks_for_ours(query({"KDSINTF", "Amd", "com"})));
  EXPECT_TRUE(names.asks_for_ours(query({"x", "kdsintf", "amd", "com"})));
  EXPECT_FALSE(names.asks_for_ours(query({"xkdsintf", "amd", "com"})));
  EXPECT_FALSE(names.asks_for_ours(query({"amd", "com"})));
}

TEST(SandboxNameTable, TakesNoHarmFromBrokenQueries) {
  const NameTable names = two_hosts();
  const auto good = query({"kdsintf", "amd", "com"});
  for (std::size_t length = 0; length < 12 + 16; ++length)
    EXPECT_FALSE(names.asks_for_ours(std::span(good).first(length))) << length;
  std::vector<std::byte> pointer(14, std::byte{0xc0});
  EXPECT_FALSE(names.asks_for_ours(pointer));
}

TEST(SandboxWindow, LiesBelowTheLimitAndIsSmallForSmallLimits) {
  for (std::uint64_t limit : {64ull, 256ull, 1024ull, 20000ull, 1048576ull, ~0ull}) {
    const DescriptorWindow window = choose_window(limit);
    EXPECT_LE(window.last, std::min<std::uint64_t>(limit, 8192));
    EXPECT_GE(window.last - window.first, 16u) << limit;
    EXPECT_GE(window.first, 48u) << limit;
  }
}

TEST(SandboxFilter, StaysFarBelowTheKernelsLimit) {
  const auto filter = build_filter(choose_window(1024), {1, 2, 3});
  EXPECT_LT(filter.size(), 1024u);
}

TEST(SandboxRecords, FillARoomAndGoOn) {
  std::vector<DirectoryEntry> entries;
  for (int i = 0; i < 10; ++i) entries.push_back({"name" + std::to_string(i), NodeKind::regular, 5});
  std::uint64_t next = 0;
  std::size_t rounds = 0;
  while (next < entries.size()) {
    const auto records = directory_records(entries, next, 64, RecordForm::linux_dirent64);
    ASSERT_FALSE(records.empty());
    ASSERT_LE(records.size(), 64u);
    ++rounds;
  }
  EXPECT_EQ(rounds, 5u);
  next = 0;
  EXPECT_TRUE(directory_records(entries, next, 10, RecordForm::linux_dirent64).empty());
  EXPECT_EQ(next, 0u);
}

TEST(SandboxDoctor, FindsThisMachineFitAndSaysWhatEachFindingMeans) {
  const auto findings = examine_machine();
  EXPECT_GE(findings.size(), 8u);
  for (const Finding& finding : findings) {
    EXPECT_TRUE(finding.ok || !finding.needed) << finding.name << ": " << finding.why;
    EXPECT_EQ(finding.ok, finding.remedy.empty()) << finding.name;
  }
}

}  // namespace
}  // namespace swtee::sandbox
