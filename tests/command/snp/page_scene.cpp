// SPDX-License-Identifier: Apache-2.0
/// How the commands about a guest's pages of state_matrix.h are called.
#include "tests/command/snp/state_scene.h"
#include "tests/support/snp_swap.h"

#include <gtest/gtest.h>

namespace swtee::test {
namespace {

using snp::Status;

constexpr std::uint64_t kGpa = 0x7000;

/// A page with content of the guest, whatever the guest is.
Spa guests_page(Scene& scene, RmpState state) {
  return scene.machine.guest_page(Scene::kAsid, kGpa, std::vector<std::uint8_t>(kPageSize, 0x5a), state);
}
Status page_md_init(Scene& scene, std::uint32_t id) {
  return scene.send<snp::SnpPageMdInitBuffer>(id, [&](auto& b) { b.gctx_paddr = scene.gctx.value, b.page_paddr = scene.firmware.value; });
}
Status page_move(Scene& scene, std::uint32_t id) {
  const Spa src = guests_page(scene, SWTEE_RMP_PRE_SWAP);
  const Spa dst = scene.machine.pre_guest_page(Scene::kAsid, kGpa);
  return scene.send<snp::SnpPageMoveBuffer>(id, [&](auto& b) {
    b.gctx_paddr = scene.gctx.value;
    b.src_paddr = src.value;
    b.dst_paddr = dst.value;
  });
}
Status page_swap_out(Scene& scene, std::uint32_t id) {
  return scene.machine.command(id, swap_out_buffer(scene.gctx, guests_page(scene, SWTEE_RMP_PRE_SWAP), scene.firmware, kRootEntry));
}
Status page_swap_in(Scene& scene, std::uint32_t id) {
  page_swap_out(scene, id::kPageSwapOut);  // refused where this one is
  const Spa dst = scene.machine.pre_guest_page(Scene::kAsid, kGpa);
  return scene.machine.command(id, swap_in_buffer(scene.gctx, scene.firmware, dst, kRootEntry));
}
Status page_unsmash(Scene& scene, std::uint32_t id) {
  const Spa page = scene.machine.take_large_page();
  for (std::uint64_t offset = 0; offset < kLargePageSize; offset += kPageSize)
    EXPECT_EQ(scene.machine.rmpupdate(page + offset, true, Scene::kAsid, 0x200000 + offset, true), SWTEE_RMP_OK);
  return scene.send<snp::SnpPageUnsmashBuffer>(id, [&](auto& b) { b.page_paddr = page.value; });
}
Status debug(Scene& scene, std::uint32_t id, Spa src, Spa dst) {
  return scene.send<snp::SnpDbgBuffer>(id, [&](auto& b) {
    b.gctx_paddr = scene.gctx.value;
    b.src_paddr = src.value;
    b.dst_paddr = dst.value;
  });
}
Status dbg_decrypt(Scene& scene, std::uint32_t id) { return debug(scene, id, guests_page(scene, SWTEE_RMP_GUEST_VALID), scene.firmware); }
Status dbg_encrypt(Scene& scene, std::uint32_t id) { return debug(scene, id, scene.firmware, guests_page(scene, SWTEE_RMP_GUEST_VALID)); }

constexpr Call kCalls[] = {
    {0xb0, dbg_decrypt}, {0xb1, dbg_encrypt},  {0xc0, page_swap_out}, {0xc1, page_swap_in},
    {0xc2, page_move},   {0xc3, page_md_init}, {0xc8, page_unsmash},
};

}  // namespace

std::span<const Call> page_calls() { return kCalls; }

}  // namespace swtee::test
