// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/host_door.h"

namespace swtee::cli {
namespace {

/// The sandbox's view of a program's memory in the form that the driver asks for.
class DriverMemory final : public guest::snp::UserMemory {
 public:
  explicit DriverMemory(sandbox::UserMemory& memory) : memory_(memory) {}
  bool copy_in(std::uint64_t address, MutableBytes to) override { return memory_.copy_in(address, std::as_writable_bytes(to)).ok(); }
  bool copy_out(std::uint64_t address, ByteView from) override { return memory_.copy_out(address, std::as_bytes(from)).ok(); }

 private:
  sandbox::UserMemory& memory_;
};

}  // namespace

sandbox::SysResult<std::int64_t> HostDoor::sev_ioctl(std::uint32_t request, std::uint64_t argument, bool writable,
                                                     sandbox::UserMemory& memory) {
  DriverMemory adapted(memory);
  const int result = host_.sev().ioctl(request, argument, writable, adapted);
  if (result < 0) return sandbox::sys_error(-result);
  return std::int64_t{result};
}

}  // namespace swtee::cli
