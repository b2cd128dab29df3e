// SPDX-License-Identifier: Apache-2.0
/// Members of a JSON object, each with what it is stored to. An error says where it is: "tcb.current.snp".
#pragma once

#include "firmware/contract/result.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace swtee::config {

using Json = nlohmann::json;

/// Sets one member. Made from a function that says what is wrong with the value; the path is added. A function that takes
/// the path as well, because the value has members of its own, names the place in its errors itself.
class Setter {
 public:
  Setter() = default;
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, Setter>)
  Setter(F set) {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_invocable_v<F&, const Json&, const std::string&>)
      set_ = std::move(set);
    else
      set_ = [leaf = std::move(set)](const Json& value, const std::string& path) -> Result<void> {
        const Result<void> done = leaf(value);
        if (!done.ok()) return Failure(done.error().in(path));
        return {};
      };
  }
  Result<void> operator()(const Json& value, const std::string& path) const { return set_(value, path); }

 private:
  std::function<Result<void>(const Json&, const std::string& path)> set_;
};
using Setters = std::map<std::string, Setter>;

/// Parses a document of bounded depth whose top is an object, and in which no object names a member twice.
Result<Json> parse_document(std::string_view text);
/// Fails for a member that has no setter.
Result<void> apply(const Json& object, const Setters& setters, const std::string& where);

/// A JSON number, or text: decimal, or hexadecimal after "0x".
Result<std::uint64_t> unsigned_number(const Json& value, std::uint64_t most);

template <class T>
Setter number_into(T& target, std::uint64_t most) {
  return [&target, most](const Json& value) -> Result<void> {
    auto number = unsigned_number(value, most);
    if (!number.ok()) return Failure(number.error());
    target = static_cast<T>(number.value());
    return {};
  };
}
Setter flag_into(bool& target);
Setter text_into(std::string& target);
/// Exactly the target's number of bytes in hex.
Setter hex_into(std::span<std::uint8_t> target);
/// Any number of bytes in hex.
Setter bytes_into(std::vector<std::uint8_t>& target);

}  // namespace swtee::config
