// SPDX-License-Identifier: Apache-2.0
/// Fields of one thing, written down once and shown in two ways: as a table for people and as JSON for programs.
#pragma once

#include "sim/cli/json_output.h"

#include <swtee/abi/wire.h>

#include <iosfwd>
#include <string>
#include <vector>

namespace swtee::cli {

class Sheet {
 public:
  /// `kind` is the JSON's member "kind", `title` the heading of the table.
  Sheet(std::string kind, std::string title);

  /// A row of the table and a member of the JSON. Several lines of text continue under the first.
  void add(const std::string& key, const std::string& label, const std::string& text, Json json);
  void add_text(const std::string& key, const std::string& label, const std::string& text) { add(key, label, text, text); }
  void add_number(const std::string& key, const std::string& label, std::uint64_t number);
  void add_flag(const std::string& key, const std::string& label, bool flag);
  /// Hex, 32 bytes to a line; "(all zero)" in the table when so.
  void add_bytes(const std::string& key, const std::string& label, ByteView bytes);
  /// A line of its own above the rows that follow; nothing in the JSON.
  void heading(const std::string& text);
  /// Another sheet below this one; in the JSON an element of the array `key`.
  void append(const std::string& key, const Sheet& part);

  const Json& json() const { return json_; }
  void print(std::ostream& out) const;

 private:
  struct Line {
    std::string label;
    std::string text;
  };
  std::string title_;
  std::vector<Line> lines_;
  std::vector<Sheet> parts_;
  Json json_;
};

}  // namespace swtee::cli
