// SPDX-License-Identifier: Apache-2.0
/// Decides what a path of a stopped call names: something of the host, of the overlay, or a descriptor of ours.
///
/// The walk follows the program's root, working directory, directory descriptors and the host's symbolic links, because a
/// link such as /tmp/dev -> /dev must lead to /dev/sev-guest too. What is not ours is left to the kernel to resolve again.
#pragma once

#include "sim/sandbox/descriptors.h"
#include "sim/sandbox/overlay.h"
#include "sim/sandbox/task.h"
#include "sim/sandbox/working_directories.h"

#include <set>
#include <string>

namespace swtee::sandbox {

enum class Where {
  host,             ///< the host's file system; may not exist
  overlay,          ///< covered by virtual files, or a directory that only leads to them; may not exist
  descriptor_link,  ///< the link /proc/PID/fd/N of a virtual descriptor itself
};

struct Resolved {
  Where where = Where::host;
  std::string path;  ///< absolute, normalised, as the program's root sees it
  /// Host only: the kernel gets there with the call as it was made. Not so where the way led through virtual directories.
  bool kernel_finds_it = true;
  bool must_be_directory = false;  ///< the text ended with a slash or a dot
};

enum class Follow { all, not_last };

/// How far to go. The receive loop stops at the border of the overlay, since asking the virtual files may take long.
enum class Reach { border, everything };

class PathResolver {
 public:
  PathResolver(const Overlay& overlay, const Descriptions& descriptions, WorkingDirectories& directories)
      : overlay_(overlay), descriptions_(descriptions), directories_(directories) {}

  /// `directory` is a descriptor or AT_FDCWD. ENOENT, ENOTDIR, ELOOP, EBADF as the kernel would say.
  SysResult<Resolved> resolve(const Task& task, int directory, const std::string& text, Follow follow, Reach reach) const;

  /// Where on the supervisor's own file system the program's absolute path lies.
  static std::string host_path(const Task& task, const std::string& path) { return task.proc_path("root") + path; }

 private:
  struct Base {
    std::string path;
    bool is_virtual;
  };
  SysResult<Base> base_of(const Task& task, int directory) const;

  const Overlay& overlay_;
  const Descriptions& descriptions_;
  WorkingDirectories& directories_;
};

}  // namespace swtee::sandbox
