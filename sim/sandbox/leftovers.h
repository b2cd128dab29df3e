// SPDX-License-Identifier: Apache-2.0
/// Processes of a sandboxed program that outlived it.
#pragma once

#include <cstddef>

namespace swtee::sandbox {

/// Makes orphans of our descendants our children while it lives, so that they can be found.
class OrphanKeeper {
 public:
  OrphanKeeper();
  ~OrphanKeeper();
  OrphanKeeper(const OrphanKeeper&) = delete;
  OrphanKeeper& operator=(const OrphanKeeper&) = delete;

 private:
  int before_ = 0;
};

/// Sends `signal` to every descendant of this process that carries more seccomp filters than this process does, and returns
/// how many there were. Other children of this process are left alone.
std::size_t signal_leftovers(int signal);

}  // namespace swtee::sandbox
