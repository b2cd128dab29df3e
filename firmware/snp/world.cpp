// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/world.h"

#include "firmware/contract/require.h"
#include "firmware/snp/command.h"

namespace swtee::snp {

World::World(const PlatformSettings& platform_settings, keys::Chip chip_identity, const Ports& machine_ports)
    : settings(platform_settings),
      chip(std::move(chip_identity)),
      ports(machine_ports),
      asids(platform_settings.product->asids),
      current_(platform_settings.image),
      vcek_stick_(keys::EndorsementStick::from_secret(chip.secret.expose(), platform_settings.image.tcb)) {}

void World::transition(PlatformState from, PlatformState to) {
  SWTEE_ASSERT(state_ == from && from != to);
  state_ = to;
}

void World::set_reported_tcb(const Tcb& tcb) {
  SWTEE_ASSERT(permanent.committed_tcb.covers(tcb));
  if (tcb == reported_tcb && vcek_key_.has_value()) return;
  if (tcb != reported_tcb) vlek.reset();
  vlek_key_.reset();
  vcek_key_.reset();
  root_.reset();
  reported_tcb = tcb;
}

void World::run_image(const FirmwareImage& image) {
  SWTEE_ASSERT(image.tcb.covers(permanent.committed_tcb));
  current_ = image;
  vcek_stick_ = keys::EndorsementStick::from_secret(chip.secret.expose(), image.tcb);
}

void World::load_vlek(keys::EndorsementStick loaded) {
  vlek_key_.reset();
  root_.reset();
  vlek = std::move(loaded);
}

const keys::EndorsementStick& World::stick(EndorsementKey which) const {
  SWTEE_ASSERT(which == EndorsementKey::vcek || vlek.has_value());
  return which == EndorsementKey::vcek ? vcek_stick_ : *vlek;
}

const crypto::Secret<48>& World::derivation_root(EndorsementKey which, const std::optional<Tcb>& tcb) {
  // TCB 0 is what every stick can be lowered to, so its root does not follow the TCB.
  const Tcb target = tcb.value_or(Tcb{});
  if (!root_.has_value() || root_->which != which || root_->tcb != target) {
    auto lowered = stick(which).lower_to(target);
    SWTEE_ASSERT(lowered.ok());
    root_ = CachedRoot{which, target, lowered.value().guest_key_root()};
  }
  return root_->root;
}

const crypto::EcPrivateKey& World::signing_key(EndorsementKey which) {
  if (which == EndorsementKey::vlek) {
    SWTEE_ASSERT(vlek.has_value());
    if (!vlek_key_.has_value()) vlek_key_ = vlek->key();
    return *vlek_key_;
  }
  if (!vcek_key_.has_value()) {
    auto lowered = vcek_stick_.lower_to(reported_tcb);
    SWTEE_ASSERT(lowered.ok());
    vcek_key_ = lowered.value().key();
  }
  return *vcek_key_;
}

Status hardware_status(World& world, std::uint32_t command_id) {
  switch (world.ports.faults.on_command(command_id)) {
    case HardwareFault::platform: return Status::hwerror_platform;
    case HardwareFault::unsafe: return Status::hwerror_unsafe;
    case HardwareFault::none: break;
  }
  return Status::success;
}

}  // namespace swtee::snp
