// SPDX-License-Identifier: Apache-2.0
/// Threads for calls that may take long, so that the receive loop answers everyone else meanwhile.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace swtee::sandbox {

/// A job runs at once as long as fewer than kMostThreads jobs run; the threads are made when needed.
class WorkerPool {
 public:
  WorkerPool() = default;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// Waits for the jobs that have begun; those that have not are dropped.
  ~WorkerPool();

  void run(std::function<void()> job);

 private:
  static constexpr std::size_t kMostThreads = 64;
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool ending_ = false;
};

}  // namespace swtee::sandbox
