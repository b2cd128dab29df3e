// SPDX-License-Identifier: Apache-2.0
/// The frame of every call that takes a path: read it once, see whose it is, and hand over to what the call does there.
#pragma once

#include "sim/sandbox/session.h"

#include <functional>
#include <string>

namespace swtee::sandbox {

/// What a call does, by where its path leads. A missing function means: the host's own answer, or EXDEV where the kernel
/// cannot find the way because it led through virtual directories.
struct PathActions {
  /// In a worker, after everything that was closed before has been committed.
  std::function<Answer(Session&, Call&, const Resolved&)> on_overlay;
  /// A host file with a view; the path is the view's. In the receive loop.
  std::function<Answer(Session&, Call&, const std::string&)> on_view;
  /// A host directory that leads to virtual files, reached by the kernel too. In the receive loop.
  std::function<Answer(Session&, Call&, const std::string&)> on_merged_directory;
  /// A host path that the kernel would not find, so that we act for the program. In a worker.
  std::function<Answer(Session&, Call&, const std::string&)> on_redirected_host;
  /// The link of a virtual descriptor in /proc itself.
  std::function<Answer(Session&, Call&, const Resolved&)> on_descriptor_link;
};

/// Unreadable or overlong paths are left to the kernel, which says EFAULT or ENAMETOOLONG by itself.
Answer path_call(Session& session, Call& call, int directory, std::uint64_t path_address, Follow follow,
                 PathActions actions);

}  // namespace swtee::sandbox
