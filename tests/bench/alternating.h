// SPDX-License-Identifier: Apache-2.0
/// How a limit is measured: the work and what it is compared with run in turn, in one process, so that whatever slows the
/// machine down slows both.
#pragma once

#include <benchmark/benchmark.h>

#include <vector>

namespace swtee::bench {

/// What a second is. `thread`: processor time of the calling thread, which other programs on the machine do not use up.
/// `wall`: time on the clock, where several threads or processes take part.
enum class Timer { thread, wall };

double seconds(Timer timer);

/// Ends the program with exit status 1: a benchmark whose work fails measures nothing.
[[noreturn]] void broken(const char* what);
inline void require(bool holds, const char* what) {
  if (!holds) broken(what);
}

/// How the limit reads.
enum class Limit {
  ratio_at_most,       ///< subject / baseline
  speed_at_least,      ///< baseline / subject
  difference_at_most,  ///< subject - baseline: the limit in seconds, the counters in microseconds
};

/// Collects pairs of times. Each pair is taken close together, and who goes first changes from pair to pair.
class Alternating {
 public:
  explicit Alternating(Timer timer) : timer_(timer) {}

  /// One pair, each side doing `calls` calls. The subject's time is the iteration's time.
  template <class Subject, class Baseline>
  void pair(benchmark::State& state, std::size_t calls, const Subject& subject, const Baseline& baseline) {
    const bool subject_first = subject_.size() % 2 == 0;
    double of_subject = subject_first ? time(subject) : 0;
    const double of_baseline = time(baseline);
    if (!subject_first) of_subject = time(subject);
    add(state, calls, of_subject, of_baseline);
  }

  /// Counters: the median of both sides in microseconds for one call (`subject_us`, `baseline_us`), the value that is limited
  /// (`value`: the median over the pairs), the limit, and `of_limit`: how much of the limit is used up; above 1 it is missed.
  void report(benchmark::State& state, Limit kind, double limit) const;

 private:
  template <class Work>
  double time(const Work& work) const {
    const double begin = seconds(timer_);
    work();
    return seconds(timer_) - begin;
  }
  void add(benchmark::State& state, std::size_t calls, double subject, double baseline);

  Timer timer_;
  std::vector<double> subject_;   ///< seconds for one call
  std::vector<double> baseline_;  ///< of the same pair
};

/// Work whose limit is a time of its own.
class Sampled {
 public:
  explicit Sampled(Timer timer) : timer_(timer) {}

  /// One sample of `calls` calls.
  template <class Work>
  void sample(benchmark::State& state, std::size_t calls, const Work& work) {
    const double begin = seconds(timer_);
    work();
    const double taken = seconds(timer_) - begin;
    state.SetIterationTime(taken);
    samples_.push_back(taken / static_cast<double>(calls));
  }

  /// Counters as Alternating's; `value` is the median time of a call in microseconds.
  void report_time(benchmark::State& state, double most_seconds) const;
  /// `value` is the median of calls in a second.
  void report_rate(benchmark::State& state, double least_per_second) const;

 private:
  Timer timer_;
  std::vector<double> samples_;
};

}  // namespace swtee::bench
