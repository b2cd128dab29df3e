// SPDX-License-Identifier: Apache-2.0
#include "sim/sandbox/virtual_files.h"

#include <cerrno>

namespace swtee::sandbox {

SysResult<std::size_t> OpenFile::read(std::span<std::byte>, std::uint64_t) { return sys_error(EINVAL); }
SysResult<std::size_t> OpenFile::write(std::span<const std::byte>, std::uint64_t) { return sys_error(EINVAL); }
SysResult<std::int64_t> OpenFile::ioctl(std::uint32_t, std::uint64_t, UserMemory&) { return sys_error(ENOTTY); }

SysResult<void> VirtualFiles::mkdir(std::string_view, std::uint32_t) { return sys_error(EPERM); }
SysResult<void> VirtualFiles::rmdir(std::string_view) { return sys_error(EPERM); }
SysResult<void> VirtualFiles::unlink(std::string_view) { return sys_error(EPERM); }
SysResult<std::string> VirtualFiles::readlink(std::string_view) { return sys_error(EINVAL); }

}  // namespace swtee::sandbox
