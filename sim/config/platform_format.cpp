// SPDX-License-Identifier: Apache-2.0
#include "sim/config/platform_config.h"

#include <nlohmann/json.hpp>

namespace swtee::config {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const FirmwareVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.build);
}

std::string text_of(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Json json_of(const snp::Tcb& tcb, const ProductRow& product) {
  Json json;
  if (product.tcb_layout == snp::TcbLayout::turin) json["fmc"] = tcb.fmc;
  json["bl"] = tcb.boot_loader;
  json["tee"] = tcb.tee;
  json["snp"] = tcb.snp;
  json["ucode"] = tcb.microcode;
  return json;
}

Json json_of(const TcbSettings& tcb, const ProductRow& product) {
  Json json{{"current", json_of(tcb.current, product)}};
  if (tcb.committed.has_value()) json["committed"] = json_of(*tcb.committed, product);
  if (tcb.reported.has_value()) json["reported"] = json_of(*tcb.reported, product);
  if (tcb.launch.has_value()) json["launch"] = json_of(*tcb.launch, product);
  return json;
}

Json json_of(const snp::Knobs& knobs) {
  return {{"message_bad_header", snp::name_of(knobs.message_bad_header)},
          {"message_bad_tag", snp::name_of(knobs.message_bad_tag)},
          {"message_bad_seqno", snp::name_of(knobs.message_bad_seqno)},
          {"reserved_policy_bits", snp::name_of(knobs.reserved_policy_bits)}};
}

}  // namespace

std::string format_platform(const PlatformConfig& config) {
  Json json{{"platform", config.product->platform}};
  if (config.universe.has_value()) json["universe"] = text_of(*config.universe);
  json["chip"] = config.chip;
  json["firmware"] = text_of(config.firmware);
  if (config.committed_firmware.has_value()) json["committed_firmware"] = text_of(*config.committed_firmware);
  if (config.report_version.has_value()) json["report_version"] = *config.report_version;
  json["mit_vector"] = config.mit_vector;
  json["tcb"] = json_of(config.tcb, *config.product);
  json["smt"] = config.smt;
  json["sockets"] = config.sockets;
  json["cores"] = config.cores;
  json["tsme"] = config.tsme;
  json["ecc"] = config.ecc;
  json["rapl_disable"] = config.rapl_disable;
  json["ciphertext_hiding"] = config.ciphertext_hiding;
  json["segmented_rmp"] = config.segmented_rmp;
  json["aes_256_xts"] = config.aes_256_xts;
  json["mask_chip_id"] = config.mask_chip_id;
  json["mask_chip_key"] = config.mask_chip_key;
  json["vlek"] = config.vlek;
  json["memory"] = config.memory;
  json["entropy"] = config.entropy;
  if (config.clock.has_value()) json["clock"] = *config.clock;
  json["knobs"] = json_of(config.knobs);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace swtee::config
