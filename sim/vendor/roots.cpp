// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/roots.h"

#include "firmware/contract/require.h"
#include "sim/vendor/roots_directory.h"

#include <array>
#include <mutex>
#include <optional>

namespace swtee::vendor {
namespace {

constexpr std::size_t kLineCount = 3;

}  // namespace

struct RootKeys::State {
  struct Slot {
    std::once_flag once;
    std::optional<crypto::RsaPrivateKey> key;
  };
  std::array<std::array<Slot, kCaCount>, kLineCount> slots;

  Slot& slot(const ProductLine& line, Ca ca) { return slots[index_of(line)][static_cast<std::size_t>(ca)]; }
};

std::string root_file_name(const ProductLine& line, Ca ca) {
  std::string name(line.name);
  name[0] = static_cast<char>(name[0] | 0x20);
  return name + "-" + std::string(name_of(ca)) + ".pem";
}

RootKeys RootKeys::embedded() { return RootKeys(std::make_shared<State>()); }

Result<RootKeys> RootKeys::from_directory(const std::string& path) {
  SWTEE_ASSERT(product_lines().size() == kLineCount);
  auto state = std::make_shared<State>();
  for (const ProductLine& line : product_lines())
    for (const Ca ca : {Ca::ark, Ca::ask, Ca::asvk}) {
      State::Slot& slot = state->slot(line, ca);
      slot.key = SWTEE_TRY(read_root(path + "/" + root_file_name(line, ca)));
      std::call_once(slot.once, [] {});
    }
  return RootKeys(std::move(state));
}

const crypto::RsaPrivateKey& RootKeys::key(const ProductLine& line, Ca ca) const {
  State::Slot& slot = state_->slot(line, ca);
  std::call_once(slot.once, [&] {
    const std::string file_name = root_file_name(line, ca);
    for (const EmbeddedRoot& root : embedded_roots()) {
      if (root.file_name != file_name) continue;
      auto key = crypto::RsaPrivateKey::from_pem(root.text);
      SWTEE_ASSERT(key.ok());
      slot.key = std::move(key).value();
    }
    SWTEE_ASSERT(slot.key.has_value());
  });
  return *slot.key;
}

}  // namespace swtee::vendor
