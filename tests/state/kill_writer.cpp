// SPDX-License-Identifier: Apache-2.0
/// The victim and the judge of kill_test.py.
///
///   kill_writer FILE          stores records 1, 2, 3 ... for ever; prints each number when its store was acknowledged
///   kill_writer --check FILE  loads as a machine does at power-on; prints the record's number, "none", or what is wrong (exit 1)
#include "firmware/snp/permanent_state.h"
#include "sim/embedded/file_nv_store.h"

#include <cstdio>
#include <cstring>
#include <string>

namespace swtee {
namespace {

std::vector<std::uint8_t> record_of(std::uint64_t number) {
  snp::PermanentState state{{1, 55, 29}, {.boot_loader = 1, .tee = 0, .snp = 8, .microcode = 115}};
  // Of many sizes, so that no record hides in the place of another.
  state.sev_owner.assign(8 + number * 977 % 20000, static_cast<std::uint8_t>(number));
  std::memcpy(state.sev_owner.data(), &number, sizeof number);
  return snp::encode(state);
}

int check(embedded::FileNvStore& store) {
  const auto record = store.load();
  if (!record.ok()) return std::printf("%s\n", record.error().what().c_str()), 1;
  if (!record.value().has_value()) return std::puts("none"), 0;
  const auto state = snp::decode_permanent_state(*record.value());
  if (!state.ok()) return std::printf("%s\n", state.error().what().c_str()), 1;
  std::uint64_t number = 0;  // of a record that another program stored
  if (state.value().sev_owner.size() >= sizeof number) std::memcpy(&number, state.value().sev_owner.data(), sizeof number);
  std::printf("%llu\n", static_cast<unsigned long long>(number));
  return 0;
}

int run(int argc, char** argv) {
  const bool checking = argc == 3 && std::strcmp(argv[1], "--check") == 0;
  if (!checking && argc != 2) return std::fputs("usage: kill_writer [--check] FILE\n", stderr), 2;
  auto store = embedded::FileNvStore::open(argv[argc - 1]);
  if (!store.ok()) return std::printf("%s\n", store.error().what().c_str()), 3;
  if (checking) return check(store.value());
  for (std::uint64_t number = 1;; ++number) {
    if (!store.value().store(record_of(number)).ok()) return 1;
    std::printf("%llu\n", static_cast<unsigned long long>(number));
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace swtee

int main(int argc, char** argv) { return swtee::run(argc, argv); }
