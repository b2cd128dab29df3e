// SPDX-License-Identifier: Apache-2.0
/// The handlers, one file for each family of calls. Each is named after its system call.
#pragma once

#include "sim/sandbox/session.h"

namespace swtee::sandbox::calls {

// calls_open.cpp
Answer open(Session&, Call&);
Answer openat(Session&, Call&);
Answer openat2(Session&, Call&);
Answer creat(Session&, Call&);

// calls_stat.cpp
Answer stat(Session&, Call&);
Answer lstat(Session&, Call&);
Answer fstat(Session&, Call&);
Answer newfstatat(Session&, Call&);
Answer statx(Session&, Call&);
Answer access(Session&, Call&);
Answer faccessat(Session&, Call&);
Answer faccessat2(Session&, Call&);
Answer readlink(Session&, Call&);
Answer readlinkat(Session&, Call&);
Answer statfs(Session&, Call&);
Answer fstatfs(Session&, Call&);

// calls_directory.cpp
Answer mkdir(Session&, Call&);
Answer mkdirat(Session&, Call&);
Answer rmdir(Session&, Call&);
Answer unlink(Session&, Call&);
Answer unlinkat(Session&, Call&);
Answer chdir(Session&, Call&);
Answer fchdir(Session&, Call&);
Answer getcwd(Session&, Call&);
Answer getdents(Session&, Call&);
Answer getdents64(Session&, Call&);

// calls_attributes.cpp: calls that have no effect on virtual files
Answer change_attribute(Session&, Call&);
Answer change_attribute_at(Session&, Call&);
Answer get_extended_attribute(Session&, Call&);
Answer list_extended_attributes(Session&, Call&);
Answer change_attribute_of_descriptor(Session&, Call&);
Answer get_extended_attribute_of_descriptor(Session&, Call&);
Answer list_extended_attributes_of_descriptor(Session&, Call&);

// calls_descriptor.cpp
Answer read(Session&, Call&);
Answer pread(Session&, Call&);
Answer readv(Session&, Call&);
Answer preadv(Session&, Call&);
Answer write(Session&, Call&);
Answer pwrite(Session&, Call&);
Answer writev(Session&, Call&);
Answer pwritev(Session&, Call&);
Answer lseek(Session&, Call&);
Answer ioctl(Session&, Call&);
Answer unsupported(Session&, Call&);
Answer no_device(Session&, Call&);
Answer not_between(Session&, Call&);

// calls_duplicate.cpp
Answer dup(Session&, Call&);
Answer dup2(Session&, Call&);
Answer fcntl(Session&, Call&);

// calls_network.cpp
Answer connect(Session&, Call&);
Answer sendto(Session&, Call&);
Answer sendmsg(Session&, Call&);
Answer sendmmsg(Session&, Call&);

}  // namespace swtee::sandbox::calls
