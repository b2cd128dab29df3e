// SPDX-License-Identifier: Apache-2.0
#include "sim/config/platform_config.h"

#include "firmware/contract/require.h"
#include "firmware/platform/address.h"

#include <algorithm>
#include <charconv>

namespace swtee::config {
namespace {

std::string product_names() {
  std::string names;
  for (const ProductRow& row : products()) names += (names.empty() ? "" : ", ") + std::string(row.platform);
  return names;
}

struct ComponentName {
  std::string_view name;
  std::uint8_t snp::Tcb::*member;
};
constexpr ComponentName kComponents[] = {
    {"fmc", &snp::Tcb::fmc}, {"bl", &snp::Tcb::boot_loader}, {"tee", &snp::Tcb::tee},
    {"snp", &snp::Tcb::snp}, {"ucode", &snp::Tcb::microcode},
};

Result<std::uint64_t> number(std::string_view text, std::uint64_t most) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  const std::string_view digits = hex ? text.substr(2) : text;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || value > most)
    return fail("\"" + std::string(text) + "\" is not a number from 0 to " + std::to_string(most));
  return value;
}

Result<void> set_component(snp::Tcb& tcb, std::string_view part, const ProductRow& product) {
  const std::size_t colon = part.find(':');
  if (colon == std::string_view::npos) return fail("\"" + std::string(part) + "\" is not COMPONENT:NUMBER");
  const std::string_view name = part.substr(0, colon);
  for (const ComponentName& component : kComponents) {
    if (component.name != name) continue;
    if (component.member == &snp::Tcb::fmc && product.tcb_layout != snp::TcbLayout::turin)
      return fail(std::string(product.platform) + " has no TCB component \"fmc\"");
    tcb.*component.member = static_cast<std::uint8_t>(SWTEE_TRY(number(part.substr(colon + 1), 255)));
    return {};
  }
  return fail("\"" + std::string(name) + "\" is no TCB component; there are fmc (Turin), bl, tee, snp and ucode");
}

}  // namespace

keys::Universe PlatformConfig::universe_keys() const {
  if (!universe.has_value()) return keys::Universe::test_default();
  auto made = keys::Universe::from_seed(*universe);
  SWTEE_ASSERT(made.ok());
  return std::move(made).value();
}

Result<PlatformConfig> default_platform(std::string_view name) {
  const ProductRow* row = find_product(name);
  if (row == nullptr) return fail("there is no platform \"" + std::string(name) + "\"; there are " + product_names());
  PlatformConfig config;
  config.product = row;
  config.firmware = row->firmware;
  config.tcb.current = row->tcb;
  return config;
}

Result<snp::Tcb> parse_tcb(std::string_view text, const ProductRow& product, const snp::Tcb& base) {
  if (text.starts_with("0x")) {
    const std::uint64_t value = SWTEE_TRY(number(text, ~std::uint64_t{0}));
    if ((value & snp::reserved_bits(product.tcb_layout)) != 0)
      return fail("TCB_VERSION " + std::string(text) + " has bits set that hold no component on " + std::string(product.platform));
    return snp::decode_tcb(value, product.tcb_layout);
  }
  snp::Tcb tcb = base;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    SWTEE_TRY(set_component(tcb, text.substr(0, comma), product));
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return tcb;
}

Result<void> validate(const PlatformConfig& config) {
  SWTEE_ASSERT(config.product != nullptr);
  const std::string product(config.product->platform);
  const TcbSettings& tcb = config.tcb;
  const snp::Tcb committed = tcb.committed.value_or(tcb.current);
  const snp::Tcb launch = tcb.launch.value_or(tcb.current);
  if (!tcb.current.covers(launch)) return fail("tcb.launch has a component above tcb.current");
  if (!launch.covers(committed)) return fail("tcb.committed has a component above tcb.launch");
  if (!committed.covers(tcb.reported.value_or(committed))) return fail("tcb.reported has a component above tcb.committed");
  if (config.firmware < config.committed_firmware.value_or(config.firmware))
    return fail("committed_firmware is newer than firmware");
  const std::uint32_t version = config.effective_report_version();
  if (version != 2 && version != 3 && version != 5)
    return fail("report_version " + std::to_string(version) + " does not exist; there are 2, 3 and 5");
  if (version == 2 && config.product->tcb_layout == snp::TcbLayout::turin)
    return fail("report_version 2 cannot name " + product + ": it has no CPUID fields; use 3 or 5");
  if (config.ciphertext_hiding && !config.product->ciphertext_hiding) return fail(product + " has no ciphertext hiding");
  if (config.segmented_rmp && !config.product->segmented_rmp) return fail(product + " has no segmented RMP");
  if (config.aes_256_xts && !config.product->aes_256_xts) return fail(product + " has no AES-256-XTS");
  if (config.cores == 0 || config.cores > 4096) return fail("cores must be from 1 to 4096");
  if (config.sockets == 0 || config.sockets > 8) return fail("sockets must be from 1 to 8");
  constexpr std::size_t kLongestProvider = 128;
  const bool printable = std::all_of(config.vlek.begin(), config.vlek.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable || config.vlek.size() > kLongestProvider) return fail("vlek must be printable ASCII, at most 128 characters");
  constexpr std::uint64_t kLeast = std::uint64_t{64} << 20;
  constexpr std::uint64_t kMost = std::uint64_t{16} << 40;
  if (config.memory < kLeast || config.memory > kMost || config.memory % kLargePageSize != 0)
    return fail("memory must be from 64 MiB to 16 TiB in steps of 2 MiB");
  return {};
}

}  // namespace swtee::config
