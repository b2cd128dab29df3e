// SPDX-License-Identifier: Apache-2.0
/// The border between C and C++: what every exported function does before and after its work.
#pragma once

#include "firmware/contract/require.h"
#include "sim/capi/include/swtee/swtee.h"
#include "sim/capi/ports.h"
#include "sim/machine/machine.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>

/// What the C handle stands for.
struct swtee_machine {
  explicit swtee_machine(const swtee_machine_options& options) : nv(options), faults(options) {}

  std::unique_ptr<swtee::Entropy> entropy;
  swtee::capi::CallbackNvStore nv;
  swtee::capi::CallbackFaults faults;
  std::unique_ptr<swtee::capi::CallbackTrace> trace;  ///< null when nobody asked for it
  std::unique_ptr<swtee::machine::Machine> machine;  ///< after the ports, which outlive it
  std::string error;
  bool busy = false;  ///< a call is under way
};

namespace swtee::capi {

/// How a call failed, before it is split into a code and the text of the handle.
struct CallError {
  swtee_error code;
  std::string text;
};
using CallResult = Result<void, CallError>;

inline Failure<CallError> refuse(swtee_error code, std::string text) {
  return Failure<CallError>(CallError{code, std::move(text)});
}

/// Runs `work`, which returns a CallResult, and lets nothing but the code out. `report` takes the text.
template <class Work, class Report>
swtee_error guarded(const Work& work, const Report& report) noexcept {
  try {
    try {
      const CallResult done = work();
      report(done.ok() ? std::string() : done.error().text);
      return done.ok() ? SWTEE_OK : done.error().code;
    } catch (const std::bad_alloc&) {
      report(std::string("no memory"));  // fits into the string itself
      return SWTEE_E_NO_MEMORY;
    } catch (const std::exception& thrown) {
      report(std::string("a mistake in the library: ") + thrown.what());
      return SWTEE_E_INTERNAL;
    }
  } catch (...) {
    return SWTEE_E_INTERNAL;
  }
}

/// One call on a machine: null, calls from inside a callback, exceptions. `work` takes the machine::Machine.
template <class Work>
swtee_error on_machine(swtee_machine* handle, const Work& work) noexcept {
  if (handle == nullptr) return SWTEE_E_ARGUMENT;
  if (handle->busy) return SWTEE_E_BUSY;
  handle->busy = true;
  const swtee_error code =
      guarded([&] { return work(*handle->machine); }, [handle](std::string text) { handle->error = std::move(text); });
  handle->busy = false;
  return code;
}

/// Largest structure that a caller may claim to have.
inline constexpr std::size_t kMaxStructSize = 4096;

inline CallResult check_size(std::size_t size, std::size_t first_size, std::size_t known_size, const char* name) {
  if (size >= first_size && size <= kMaxStructSize) return {};
  return refuse(SWTEE_E_ARGUMENT, std::string(name) + ".size is " + std::to_string(size) + "; this library knows " +
                                      std::to_string(first_size) + " to " + std::to_string(known_size));
}

/// A size-first structure of the caller as this library knows it: what an older caller lacks is zero, what a newer one has
/// more must be zero. `first_size` is that of the structure's first published form.
template <class T>
Result<T, CallError> take_struct(const T* from, std::size_t first_size, const char* name) {
  if (from == nullptr) return refuse(SWTEE_E_ARGUMENT, std::string(name) + " is null");
  const std::size_t size = from->size;
  SWTEE_TRY(check_size(size, first_size, sizeof(T), name));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from);
  for (std::size_t at = sizeof(T); at < size; ++at)
    if (bytes[at] != 0)
      return refuse(SWTEE_E_ARGUMENT, std::string(name) + " has a member at byte " + std::to_string(at) + " that this library does not know");
  T taken{};
  std::memcpy(&taken, from, std::min(size, sizeof(T)));
  return taken;
}

/// Whether give_struct() may fill this structure of the caller.
template <class T>
CallResult check_room(const T* to, std::size_t first_size, const char* name) {
  if (to == nullptr) return refuse(SWTEE_E_ARGUMENT, std::string(name) + " is null");
  return check_size(to->size, first_size, sizeof(T), name);
}

/// Fills a size-first structure of the caller with as much of `value` as it has room for; what it has more is zeroed.
template <class T>
void give_struct(T value, T* to) {
  const std::size_t size = to->size;
  value.size = size;
  std::memcpy(to, &value, std::min(size, sizeof(T)));
  if (size > sizeof(T)) std::memset(reinterpret_cast<std::uint8_t*>(to) + sizeof(T), 0, size - sizeof(T));
}

/// A pointer of the caller that must not be null.
inline CallResult need(const void* pointer, const char* name) {
  if (pointer == nullptr) return refuse(SWTEE_E_ARGUMENT, std::string(name) + " is null");
  return {};
}

}  // namespace swtee::capi
