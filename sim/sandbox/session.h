// SPDX-License-Identifier: Apache-2.0
/// What the call handlers share during one run, and how a handler answers.
#pragma once

#include "sim/sandbox/descriptors.h"
#include "sim/sandbox/host_views.h"
#include "sim/sandbox/merged_directories.h"
#include "sim/sandbox/name_table.h"
#include "sim/sandbox/notifier.h"
#include "sim/sandbox/overlay.h"
#include "sim/sandbox/path_resolver.h"
#include "sim/sandbox/seccomp_filter.h"
#include "sim/sandbox/task.h"
#include "sim/sandbox/working_directories.h"

#include <linux/seccomp.h>

#include <deque>
#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace swtee::sandbox {

enum class Network {
  host,  ///< the program's own network, with our names added
  none,  ///< only our names; everything else answers ENETUNREACH
};

/// One stopped call.
struct Call {
  explicit Call(const seccomp_notif& n)
      : id(n.id), number(n.data.nr), task(static_cast<pid_t>(n.pid)) {
    for (std::size_t i = 0; i < 6; ++i) arguments[i] = n.data.args[i];
  }
  std::uint64_t id;
  int number;
  Task task;
  std::uint64_t arguments[6];

  std::uint64_t arg(std::size_t i) const { return arguments[i]; }
  /// An int argument; the kernel ignores the upper half too.
  int int_arg(std::size_t i) const { return static_cast<int>(arguments[i]); }
};

/// What becomes of a call.
struct Answer {
  enum class Kind {
    proceed,  ///< the kernel carries it out as it was made
    value,    ///< it returns `number`
    error,    ///< it fails with errno `number`
    done,     ///< it has been answered already
    later,    ///< `work` decides, in a worker thread
  };
  Kind kind;
  std::int64_t number = 0;
  std::function<Answer()> work = {};
};
inline Answer proceed() { return {Answer::Kind::proceed}; }
inline Answer value(std::int64_t number) { return {Answer::Kind::value, number}; }
inline Answer error(int code) { return {Answer::Kind::error, code}; }
inline Answer error(Errno code) { return {Answer::Kind::error, code.code}; }
inline Answer done() { return {Answer::Kind::done}; }
inline Answer later(std::function<Answer()> work) { return {Answer::Kind::later, 0, std::move(work)}; }

/// Sockets that a program has connected to a name server, by inode. Thread-safe and bounded: the oldest are forgotten.
class NameServerSockets {
 public:
  void add(ino_t socket) {
    std::lock_guard guard(mutex_);
    if (order_.size() >= kMost) {
      known_.erase(order_.front());
      order_.pop_front();
    }
    if (known_.insert(socket).second) order_.push_back(socket);
  }
  bool empty() const {
    std::lock_guard guard(mutex_);
    return known_.empty();
  }
  bool has(ino_t socket) const {
    std::lock_guard guard(mutex_);
    return known_.count(socket) != 0;
  }

 private:
  static constexpr std::size_t kMost = 1024;
  mutable std::mutex mutex_;
  std::set<ino_t> known_;
  std::deque<ino_t> order_;
};

class Session {
 public:
  Session(Notifier& notifier_in, VirtualFiles& files, HostViews& views_in, const NameTable& names_in, Network network_in,
          DescriptorWindow window_in)
      : notifier(notifier_in), overlay(files), views(views_in), names(names_in), network(network_in), window(window_in),
        paths(overlay, descriptions, directories) {}

  Notifier& notifier;
  Overlay overlay;
  HostViews& views;
  const NameTable& names;
  Network network;
  DescriptorWindow window;
  bool borrow_sockets = true;  ///< connect() may work on the program's own socket
  Descriptions descriptions;
  WorkingDirectories directories;
  PathResolver paths;
  NameServerSockets name_server_sockets;
  MergedDirectories merged_directories;

  /// Ends an open or dup call with `fd` placed at a free number of the window (the lowest free number where the program
  /// has lowered its limit below the window). Our own copy is closed before the program goes on: as long as we held it, a
  /// close by the program would not be the last.
  Answer place_in_window(Call& call, UniqueFd fd, bool close_on_exec, int at_least = 0);
  /// Ends an open call with an ordinary descriptor.
  Answer place(Call& call, const UniqueFd& fd, bool close_on_exec);

 private:
  /// The number that the program's descriptor got.
  SysResult<int> add_in_window(Call& call, const UniqueFd& fd, bool close_on_exec, int at_least);

  std::mutex placing_;
  std::uint32_t next_slot_ = 0;
};

/// One handler for each system call of the filter; see call_table.cpp. Runs in the receive loop and must not wait: what may
/// take long goes into later().
using Handler = Answer (*)(Session&, Call&);
Handler handler_of(int call_number);

}  // namespace swtee::sandbox
