// SPDX-License-Identifier: Apache-2.0
#include "sim/config/json_members.h"

#include "firmware/contract/require.h"
#include "sim/config/guest_config.h"

#include <charconv>

namespace swtee::config {

Result<Json> parse_document(std::string_view text) {
  // Deeper than any member that exists: a hostile document must not use up the stack.
  constexpr int kDeepest = 8;
  bool too_deep = false;
  const auto limit = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDeepest;
    return !too_deep;
  };
  Json json = Json::parse(text, limit, /*allow_exceptions=*/false);
  if (too_deep) return fail("the document is nested too deeply");
  if (json.is_discarded()) return fail("the document is not JSON");
  if (!json.is_object()) return fail("the document is not an object");
  return json;
}

Result<void> apply(const Json& object, const Setters& setters, const std::string& where) {
  if (!object.is_object()) return fail((where.empty() ? "an" : where + ": an") + " object is wanted");
  for (const auto& [name, value] : object.items()) {
    const std::string path = where.empty() ? name : where + "." + name;
    const auto setter = setters.find(name);
    if (setter == setters.end()) return fail("there is no member \"" + path + "\"");
    SWTEE_TRY(setter->second(value, path));
  }
  return {};
}

Result<std::uint64_t> unsigned_number(const Json& value, std::uint64_t most) {
  std::uint64_t number = 0;
  if (value.is_number_unsigned()) {
    number = value.get<std::uint64_t>();
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const bool hex = text.starts_with("0x");
    const char* first = text.data() + (hex ? 2 : 0);
    const auto [end, error] = std::from_chars(first, text.data() + text.size(), number, hex ? 16 : 10);
    if (error != std::errc{} || end != text.data() + text.size() || first == end) return fail("\"" + text + "\" is not a number");
  } else {
    return fail("a number is wanted, or its text (\"0x...\")");
  }
  if (number > most) return fail(std::to_string(number) + " is above " + std::to_string(most));
  return number;
}

Setter flag_into(bool& target) {
  return [&target](const Json& value) -> Result<void> {
    if (!value.is_boolean()) return fail("true or false is wanted");
    target = value.get<bool>();
    return {};
  };
}

Setter text_into(std::string& target) {
  return [&target](const Json& value) -> Result<void> {
    if (!value.is_string()) return fail("a text is wanted");
    target = value.get<std::string>();
    return {};
  };
}

Setter hex_into(std::span<std::uint8_t> target) {
  return [target](const Json& value) -> Result<void> {
    if (!value.is_string()) return fail("a text of " + std::to_string(2 * target.size()) + " hexadecimal digits is wanted");
    return parse_hex(value.get_ref<const std::string&>(), target);
  };
}

}  // namespace swtee::config
