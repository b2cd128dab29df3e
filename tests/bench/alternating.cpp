// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/alternating.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace swtee::bench {
namespace {

double median(std::vector<double> values) {
  require(!values.empty(), "nothing was measured");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void set(benchmark::State& state, double value, double limit, double of_limit) {
  state.counters["value"] = value;
  state.counters["limit"] = limit;
  state.counters["of_limit"] = of_limit;
}

}  // namespace

double seconds(Timer timer) {
  timespec now{};
  clock_gettime(timer == Timer::thread ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void broken(const char* what) {
  std::fprintf(stderr, "the benchmark's work failed: %s\n", what);
  std::exit(1);
}

void Alternating::add(benchmark::State& state, std::size_t calls, double subject, double baseline) {
  state.SetIterationTime(subject);
  subject_.push_back(subject / static_cast<double>(calls));
  baseline_.push_back(baseline / static_cast<double>(calls));
}

void Alternating::report(benchmark::State& state, Limit kind, double limit) const {
  std::vector<double> values;
  for (std::size_t i = 0; i < subject_.size(); ++i) {
    switch (kind) {
      case Limit::ratio_at_most: values.push_back(subject_[i] / baseline_[i]); break;
      case Limit::speed_at_least: values.push_back(baseline_[i] / subject_[i]); break;
      case Limit::difference_at_most: values.push_back(subject_[i] - baseline_[i]); break;
    }
  }
  double value = median(std::move(values));
  if (kind == Limit::difference_at_most) {
    value *= 1e6;
    limit *= 1e6;
  }
  state.counters["subject_us"] = median(subject_) * 1e6;
  state.counters["baseline_us"] = median(baseline_) * 1e6;
  set(state, value, limit, kind == Limit::speed_at_least ? limit / value : value / limit);
}

void Sampled::report_time(benchmark::State& state, double most_seconds) const {
  const double value = median(samples_);
  set(state, value * 1e6, most_seconds * 1e6, value / most_seconds);
}

void Sampled::report_rate(benchmark::State& state, double least_per_second) const {
  const double value = 1 / median(samples_);
  set(state, value, least_per_second, least_per_second / value);
}

}  // namespace swtee::bench
