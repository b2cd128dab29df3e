// SPDX-License-Identifier: Apache-2.0
#include "tests/command/snp/state_scene.h"

#include "firmware/keys/vlek.h"
#include "guest/snp/guest_message.h"
#include "tests/support/firmware_update.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

Status without_buffer(Scene& scene, std::uint32_t id) { return scene.machine.command(id); }
Status with_gctx(Scene& scene, std::uint32_t id) { return scene.machine.gctx_command(id, scene.gctx); }

Status init_ex(Scene& scene, std::uint32_t id) {
  return scene.send<snp::SnpInitExBuffer>(id, [](auto& b) { b.flags = 1u; });
}
Status platform_status(Scene& scene, std::uint32_t id) {
  return scene.send<snp::SnpPlatformStatusBuffer>(id, [&](auto& b) { b.status_paddr = scene.firmware.value; });
}
Status feature_info(Scene& scene, std::uint32_t id) {
  return scene.send<snp::SnpFeatureInfoBuffer>(id, [&](auto& b) { b.length = 16u, b.feature_info_paddr = scene.firmware.value; });
}
Status shutdown_ex(Scene& scene, std::uint32_t) { return scene.machine.shutdown(); }
Status configure(Scene& scene, std::uint32_t) { return scene.machine.configure(0); }
Status commit(Scene& scene, std::uint32_t) { return scene.machine.commit(); }

Status vlek_load(Scene& scene, std::uint32_t id) {
  const Spa page = scene.machine.take_page();
  machine::Machine& machine = scene.machine.machine();
  const keys::EndorsementStick stick =
      keys::vlek_stick(keys::Universe::test_default(), *machine.config().product, "csp", scene.machine.world().reported_tcb);
  scene.machine.write(page, bytes_of(keys::wrap_vlek(machine.chip(), stick)));
  return scene.send<snp::SnpVlekLoadBuffer>(id, [&](auto& b) { b.length = 16u, b.vlek_wrapped_paddr = page.value; });
}

Status download_firmware(Scene& scene, std::uint32_t) { return download(scene.machine, running_image(scene.machine)); }
Status gctx_create(Scene& scene, std::uint32_t id) { return scene.machine.gctx_command(id, scene.firmware); }
Status activate(Scene& scene, std::uint32_t) { return scene.machine.activate(scene.gctx, Scene::kAsid); }
Status activate_ex(Scene& scene, std::uint32_t id) {
  return scene.send<snp::SnpActivateExBuffer>(id, [&](auto& b) {
    b.length = 32u;
    b.gctx_paddr = scene.gctx.value;
    b.asid = Scene::kAsid.value;
    b.num_ids = 1u;
    b.ids_paddr = scene.machine.take_page().value;
  });
}
Status guest_status(Scene& scene, std::uint32_t id) {
  return scene.send<snp::SnpGuestStatusBuffer>(id, [&](auto& b) {
    b.gctx_paddr = scene.gctx.value;
    b.status_paddr = scene.firmware.value;
  });
}

Status guest_request(Scene& scene, std::uint32_t id) {
  const Spa request = scene.machine.take_page();
  Bytes<32> key{};
  if (const auto* guest = scene.machine.world().guest(scene.gctx); guest != nullptr)
    std::copy(guest->vmpck[0].expose().begin(), guest->vmpck[0].expose().end(), key.begin());
  std::vector<std::uint8_t> page(kPageSize);
  guest::snp::seal_message(crypto::GcmKey(key), {1, snp::MessageType::report_req, 1, 0}, bytes_of(snp::ReportReq{}),
                           guest::snp::MutablePage(page.data(), kPageSize));
  scene.machine.write(request, page);
  return scene.send<snp::SnpGuestRequestBuffer>(id, [&](auto& b) {
    b.gctx_paddr = scene.gctx.value;
    b.request_paddr = request.value;
    b.response_paddr = scene.firmware.value;
  });
}
Status hv_report(Scene& scene, std::uint32_t id) {
  return scene.send<snp::SnpHvReportReqBuffer>(id, [&](auto& b) {
    b.length = 24u;
    b.gctx_paddr = scene.gctx.value;
    b.report_paddr = scene.firmware.value;
  });
}

Status launch_start(Scene& scene, std::uint32_t) { return scene.machine.launch_start(scene.gctx); }
Status launch_update(Scene& scene, std::uint32_t) {
  return scene.machine.launch_update(scene.gctx, scene.machine.pre_guest_page(Scene::kAsid, 0x1000));
}
Status launch_finish(Scene& scene, std::uint32_t) { return scene.machine.launch_finish(scene.gctx); }
Status page_reclaim(Scene& scene, std::uint32_t) { return scene.machine.reclaim(scene.firmware); }

constexpr Call kCalls[] = {
    {0x81, without_buffer}, {0x82, without_buffer}, {0x83, platform_status}, {0x84, without_buffer}, {0x85, init_ex},
    {0x86, shutdown_ex},    {0x90, with_gctx},      {0x91, activate},        {0x92, guest_status},   {0x93, gctx_create},
    {0x94, guest_request},  {0x95, activate_ex},    {0x96, hv_report},       {0xa0, launch_start},   {0xa1, launch_update},
    {0xa2, launch_finish},  {0xc7, page_reclaim},   {0xc9, configure},       {0xcb, commit},         {0xcd, vlek_load},
    {0xca, download_firmware}, {0xce, feature_info},
};

}  // namespace

Scene::Scene(Column column, bool activated) {
  if (column == Column::uninit) {
    gctx = machine.take_page();
    firmware = machine.take_page();
    machine.machine().wbinvd_all();
    return;
  }
  machine.init();
  firmware = machine.firmware_page();
  gctx = machine.gctx_create();
  const auto must = [](Status status) { EXPECT_EQ(status, Status::success); };
  if (column == Column::no_guest) must(machine.gctx_command(id::kDecommission, gctx));
  if (column == Column::no_guest || column == Column::init) return;
  must(machine.launch_start(gctx, kPolicy));
  if (activated) must(machine.activate(gctx, kAsid));
  if (column == Column::launch) return;
  must(machine.launch_finish(gctx));
  if (column == Column::running) return;
  must(machine.shutdown());
}

bool Scene::bring_legacy_to(LegacyColumn column) {
  constexpr std::uint32_t kInit = 0x01, kLaunchStart = 0x30;
  if (column == LegacyColumn::uninit) return true;
  if (call(kInit) != Status::success) return false;
  return column == LegacyColumn::init || call(kLaunchStart) == Status::success;
}

Status Scene::call(std::uint32_t id) {
  for (const std::span<const Call> calls : {legacy_calls(), page_calls(), std::span<const Call>(kCalls)})
    for (const Call& call : calls)
      if (call.id == id) return call.call(*this, id);
  return machine.command(id);
}

std::set<std::uint32_t> callable_commands() {
  std::set<std::uint32_t> ids;
  for (const std::span<const Call> calls : {legacy_calls(), page_calls(), std::span<const Call>(kCalls)})
    for (const Call& call : calls) ids.insert(call.id);
  return ids;
}

}  // namespace swtee::test
