// SPDX-License-Identifier: Apache-2.0
#include "sim/config/json_members.h"

#include "firmware/contract/require.h"
#include "sim/config/guest_config.h"

#include <charconv>
#include <set>

namespace swtee::config {

namespace {

/// Follows a document as it is parsed and remembers the path of the first member that its object has already.
class MemberNames {
 public:
  void see(Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    switch (event) {
      case Event::object_start: open_.push_back({false, {}, {}, 0}); return;
      case Event::array_start: open_.push_back({true, {}, {}, 0}); return;
      case Event::key: name(parsed.get_ref<const std::string&>()); return;
      case Event::object_end:
      case Event::array_end: open_.pop_back(); break;
      case Event::value: break;
    }
    if (!open_.empty()) ++open_.back().index;
  }
  /// "guest.pages[1].gpa", or empty.
  const std::string& twice() const { return twice_; }

 private:
  struct Open {
    bool is_array;
    std::set<std::string> names;
    std::string name;       ///< of the member that is being read
    std::size_t index = 0;  ///< of the element that is being read
  };

  void name(const std::string& name) {
    open_.back().name = name;
    if (!open_.back().names.insert(name).second && twice_.empty()) twice_ = path();
  }
  std::string path() const {
    std::string text;
    for (const Open& level : open_)
      text += level.is_array ? "[" + std::to_string(level.index) + "]" : (text.empty() ? "" : ".") + level.name;
    return text;
  }

  std::vector<Open> open_;
  std::string twice_;
};

}  // namespace

Result<Json> parse_document(std::string_view text) {
  // Deeper than any member that exists: a hostile document must not use up the stack.
  constexpr int kDeepest = 8;
  bool too_deep = false;
  MemberNames names;
  const auto limit = [&too_deep, &names](int depth, Json::parse_event_t event, Json& parsed) {
    too_deep = too_deep || depth > kDeepest;
    if (too_deep) return false;
    names.see(event, parsed);
    return true;
  };
  Json json = Json::parse(text, limit, /*allow_exceptions=*/false);
  if (too_deep) return fail("the document is nested too deeply");
  if (json.is_discarded()) return fail("the document is not JSON");
  if (!names.twice().empty()) return fail("the member \"" + names.twice() + "\" is there twice");
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

Setter bytes_into(std::vector<std::uint8_t>& target) {
  return [&target](const Json& value) -> Result<void> {
    const std::string text = value.is_string() ? value.get<std::string>() : "?";
    target.resize(text.size() / 2);
    if (text.size() % 2 != 0 || !parse_hex(text, target).ok()) return fail("a text of hexadecimal digits, two for each byte, is wanted");
    return {};
  };
}

}  // namespace swtee::config
