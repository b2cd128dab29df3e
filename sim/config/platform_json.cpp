// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "sim/config/json_members.h"
#include "sim/config/platform_config.h"

#include <charconv>

namespace swtee::config {
namespace {

Result<FirmwareVersion> firmware_version(const Json& value) {
  if (!value.is_string()) return fail("a text such as \"1.55.40\" is wanted");
  const auto& text = value.get_ref<const std::string&>();
  unsigned parts[3] = {};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    const auto [next, error] = std::from_chars(at, end, parts[i]);
    const bool last = i == 2;
    if (error != std::errc{} || parts[i] > 255 || (last ? next != end : (next == end || *next != '.')))
      return fail("\"" + text + "\" is not MAJOR.MINOR.BUILD with numbers up to 255");
    at = next + 1;
  }
  return FirmwareVersion{static_cast<std::uint8_t>(parts[0]), static_cast<std::uint8_t>(parts[1]), static_cast<std::uint8_t>(parts[2])};
}

template <class T>
Setter version_into(T& target) {
  return [&target](const Json& value) -> Result<void> {
    target = SWTEE_TRY(firmware_version(value));
    return {};
  };
}

/// A TCB is the product's default with members changed: {"snp": 23}, or text as on the command line.
Result<snp::Tcb> tcb_value(const Json& value, const std::string& path, const ProductRow& product, const snp::Tcb& base) {
  if (value.is_string()) {
    auto parsed = parse_tcb(value.get_ref<const std::string&>(), product, base);
    if (!parsed.ok()) return Failure(parsed.error().in(path));
    return parsed;
  }
  snp::Tcb tcb = base;
  Setters setters{{"bl", number_into(tcb.boot_loader, 255)},
                  {"tee", number_into(tcb.tee, 255)},
                  {"snp", number_into(tcb.snp, 255)},
                  {"ucode", number_into(tcb.microcode, 255)}};
  if (product.tcb_layout == snp::TcbLayout::turin) setters["fmc"] = number_into(tcb.fmc, 255);
  SWTEE_TRY(apply(value, setters, path));
  return tcb;
}

Result<void> tcb_members(const Json& value, const std::string& path, PlatformConfig& config) {
  if (!value.is_object()) return fail(path + ": an object with current, committed, reported and launch is wanted");
  const ProductRow& product = *config.product;
  // `current` first: the others begin from it.
  if (value.contains("current"))
    config.tcb.current = SWTEE_TRY(tcb_value(value["current"], path + ".current", product, config.tcb.current));
  const auto follow = [&](std::optional<snp::Tcb>& target) {
    return [&config, &product, &target](const Json& v, const std::string& member) -> Result<void> {
      target = SWTEE_TRY(tcb_value(v, member, product, config.tcb.current));
      return {};
    };
  };
  return apply(value, {{"current", [](const Json&) -> Result<void> { return {}; }},
                       {"committed", follow(config.tcb.committed)},
                       {"reported", follow(config.tcb.reported)},
                       {"launch", follow(config.tcb.launch)}},
               path);
}

Setter status_into(snp::Status& target) {
  return [&target](const Json& value) -> Result<void> {
    if (value.is_string())
      for (const snp::StatusName& row : snp::kStatusNames)
        if (row.name == value.get_ref<const std::string&>() && row.status != snp::Status::success) {
          target = row.status;
          return {};
        }
    return fail("the name of a failure status, such as \"INVALID_PARAM\", is wanted");
  };
}

Setters members_of(PlatformConfig& config) {
  snp::Knobs& knobs = config.knobs;
  const Setters knob_setters{{"message_bad_header", status_into(knobs.message_bad_header)},
                             {"message_bad_tag", status_into(knobs.message_bad_tag)},
                             {"message_bad_seqno", status_into(knobs.message_bad_seqno)},
                             {"reserved_policy_bits", status_into(knobs.reserved_policy_bits)}};
  return {
      {"platform", [](const Json&) -> Result<void> { return {}; }},
      {"guest", [](const Json&) -> Result<void> { return {}; }},  // parse_guest reads it
      {"universe", [&config](const Json& v, const std::string& path) -> Result<void> {
         Bytes<32> seed{};
         SWTEE_TRY(hex_into(seed)(v, path));
         config.universe = seed;
         return {};
       }},
      {"chip", number_into(config.chip, ~std::uint64_t{0})},
      {"firmware", version_into(config.firmware)},
      {"committed_firmware", version_into(config.committed_firmware)},
      {"report_version", number_into(config.report_version, 255)},
      {"mit_vector", number_into(config.mit_vector, ~std::uint64_t{0})},
      {"tcb", [&config](const Json& v, const std::string& path) { return tcb_members(v, path, config); }},
      {"smt", flag_into(config.smt)},
      {"sockets", number_into(config.sockets, 8)},
      {"cores", number_into(config.cores, 4096)},
      {"tsme", flag_into(config.tsme)},
      {"ecc", flag_into(config.ecc)},
      {"rapl_disable", flag_into(config.rapl_disable)},
      {"ciphertext_hiding", flag_into(config.ciphertext_hiding)},
      {"aes_256_xts", flag_into(config.aes_256_xts)},
      {"segmented_rmp", flag_into(config.segmented_rmp)},
      {"mask_chip_id", flag_into(config.mask_chip_id)},
      {"mask_chip_key", flag_into(config.mask_chip_key)},
      {"vlek", text_into(config.vlek)},
      {"memory", number_into(config.memory, ~std::uint64_t{0})},
      {"entropy", text_into(config.entropy)},
      {"clock", [&config](const Json& v) -> Result<void> {
         config.clock = static_cast<std::int64_t>(SWTEE_TRY(unsigned_number(v, 253402300799)));
         return {};
       }},
      {"knobs", [knob_setters](const Json& v, const std::string& path) { return apply(v, knob_setters, path); }},
  };
}

}  // namespace

Result<PlatformConfig> parse_platform(std::string_view text) {
  const Json json = SWTEE_TRY(parse_document(text));
  if (!json.contains("platform") || !json["platform"].is_string())
    return fail("\"platform\" is missing: the name of a platform, such as \"snp:milan\"");
  PlatformConfig config = SWTEE_TRY(default_platform(json["platform"].get_ref<const std::string&>()));
  SWTEE_TRY(apply(json, members_of(config), ""));
  SWTEE_TRY(validate(config));
  return config;
}

}  // namespace swtee::config
