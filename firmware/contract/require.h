// SPDX-License-Identifier: Apache-2.0
/// The three macros by which functions check: TRY passes a failure up, REQUIRE is one line of a check list,
/// ASSERT is for states that only our own mistake can reach.
#pragma once

#include "firmware/contract/result.h"

#include <cstdio>
#include <cstdlib>
#include <type_traits>

namespace swtee {
[[noreturn]] inline void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "swtee: internal error: %s:%d: %s\n", file, line, condition);
  std::abort();
}
}  // namespace swtee

/// The value of a Result, or return its reason from the enclosing function.
#define SWTEE_TRY(expression)                                                              \
  __extension__({                                                                          \
    auto swtee_try = (expression);                                                         \
    using SwteeTry = std::remove_reference_t<decltype(swtee_try)>;                         \
    if (!swtee_try.ok()) return ::swtee::Failure<typename SwteeTry::Reason>(std::move(swtee_try).error()); \
    std::move(swtee_try).value();                                                          \
  })

/// One line of a check list: return `reason` unless `condition` holds.
#define SWTEE_REQUIRE(condition, reason)                              \
  do {                                                                \
    if (!(condition)) return ::swtee::Failure((reason));              \
  } while (false)

/// Our own bug. Stays on in release builds: a wrong state must not sign anything.
#define SWTEE_ASSERT(condition)                                                   \
  do {                                                                            \
    if (!(condition)) ::swtee::assertion_failed(#condition, __FILE__, __LINE__);  \
  } while (false)
