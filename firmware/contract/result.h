// SPDX-License-Identifier: Apache-2.0
/// How functions promise and fail: three kinds of error, never mixed.
///
///   the caller's mistake    Result<T, snp::Status>   ends at the register or buffer
///   the environment failed  Result<T, Error>         ends at the program's or the C ABI's border
///   our own bug             SWTEE_ASSERT             ends the process, in release builds too
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace swtee {

/// The environment failed: what happened, in words for a person, and where in our source it was noticed.
class Error {
 public:
  explicit Error(std::string what, const char* file = __builtin_FILE(), int line = __builtin_LINE())
      : what_(std::move(what)), file_(file), line_(line) {}

  const std::string& what() const { return what_; }
  const char* file() const { return file_; }
  int line() const { return line_; }
  /// The same error with what the caller was doing put before it.
  Error in(const std::string& doing) const { return Error(doing + ": " + what_, file_, line_); }

 private:
  std::string what_;
  const char* file_;
  int line_;
};

/// Carries the reason of a failure to a Result of any value type: `return Failure(Status::invalid_param);`
template <class E>
class Failure {
 public:
  explicit Failure(E reason) : reason_(std::move(reason)) {}
  E take() && { return std::move(reason_); }

 private:
  E reason_;
};

/// A value or the reason why there is none. Asking for the wrong one of the two aborts.
template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  using Value = T;
  using Reason = E;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Failure<E> failure) : state_(std::in_place_index<1>, std::move(failure).take()) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  const T& value() const& { return std::get<0>(state_); }
  T& value() & { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  const E& error() const& { return std::get<1>(state_); }
  E&& error() && { return std::get<1>(std::move(state_)); }
  T value_or(T other) && { return ok() ? std::get<0>(std::move(state_)) : std::move(other); }

 private:
  std::variant<T, E> state_;
};

struct Unit {};

/// A call that yields nothing but may fail.
template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  using Value = void;
  using Reason = E;

  Result() = default;
  Result(Failure<E> failure) : reason_(std::move(failure).take()) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return !reason_.has_value(); }
  Unit value() const { return {}; }
  const E& error() const& { return reason_.value(); }
  E&& error() && { return std::move(reason_).value(); }

 private:
  std::optional<E> reason_;
};

inline Failure<Error> fail(std::string what, const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
  return Failure<Error>(Error(std::move(what), file, line));
}

}  // namespace swtee
