// SPDX-License-Identifier: Apache-2.0
// Derivations are a format: evidence of this release must verify with the services of the next. tests/state/README.md
// says what the stored values are, and what they are not.
#include "firmware/crypto/digest.h"
#include "firmware/keys/vlek.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace swtee::keys {
namespace {

using nlohmann::json;

std::string hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::string digest(ByteView bytes) { return hex(crypto::sha256(bytes)); }

/// Fixed here, so that a new default TCB in the product table is no change of the format.
snp::Tcb stored_tcb(snp::TcbLayout layout) {
  return snp::decode_tcb(layout == snp::TcbLayout::turin ? 0x5100000004010101 : 0x7308000000000003, layout);
}

json derive(const Universe& universe) {
  json all;
  for (const ProductRow& row : products()) {
    const snp::Tcb tcb = stored_tcb(row.tcb_layout);
    json& of_product = all[std::string(row.platform)];
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000000}}) {
      const Chip chip = make_chip(universe, row, number);
      const EndorsementStick stick = EndorsementStick::from_secret(chip.secret.expose(), tcb);
      of_product["chips"][std::to_string(number)] = {
          {"chip_id", hex(chip.hardware_id())},
          {"secret_sha256", digest(chip.secret.expose())},
          {"vcek_links_sha256", digest(stick.links().expose())},
          {"vcek_x", hex(stick.key().public_key().x())},
          {"guest_key_root_sha256", digest(stick.guest_key_root().expose())},
      };
    }
    const Chip chip = make_chip(universe, row, 0);
    const EndorsementStick vlek = vlek_stick(universe, row, "CN=state.example.com", tcb);
    of_product["vlek_x"] = hex(vlek.key().public_key().x());
    of_product["vlek_wrapped_for_chip_0_sha256"] = digest(bytes_of(wrap_vlek(chip, vlek)));
    const std::string message = "message";
    const auto signature = EndorsementStick::from_secret(chip.secret.expose(), tcb)
                               .key()
                               .sign(crypto::sha384({reinterpret_cast<const std::uint8_t*>(message.data()), message.size()}));
    of_product["signature_by_chip_0"] = hex(signature.r) + hex(signature.s);
  }
  return all;
}

TEST(Derivations, AreThoseOfTheStoredRelease) {
  std::ifstream file(SWTEE_STATE_DIR "/derivations.json");
  ASSERT_TRUE(file.good()) << SWTEE_STATE_DIR "/derivations.json is missing";
  const json stored = json::parse(file, nullptr, false);
  ASSERT_FALSE(stored.is_discarded());
  const json computed = derive(Universe::test_default());
  ASSERT_EQ(stored.at("format"), 1);
  EXPECT_EQ(stored.at("default_universe"), computed) << json::diff(stored.at("default_universe"), computed).dump(1) << "\ncomputed:\n"
                                                     << computed.dump(1);
}

}  // namespace
}  // namespace swtee::keys
