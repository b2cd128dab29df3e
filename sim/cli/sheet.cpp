// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/sheet.h"

#include "guest/verifier/hex.h"

#include <algorithm>
#include <ostream>

namespace swtee::cli {
namespace {

constexpr std::size_t kLabelWidth = 22;
constexpr std::size_t kBytesPerLine = 32;

std::string hex_lines(ByteView bytes) {
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += kBytesPerLine)
    text += (at == 0 ? "" : "\n") + verifier::to_hex(bytes.subspan(at, std::min(kBytesPerLine, bytes.size() - at)));
  return text;
}

}  // namespace

Sheet::Sheet(std::string kind, std::string title) : title_(std::move(title)) { json_["kind"] = std::move(kind); }

void Sheet::add(const std::string& key, const std::string& label, const std::string& text, Json json) {
  lines_.push_back({label, text});
  json_[key] = std::move(json);
}

void Sheet::add_number(const std::string& key, const std::string& label, std::uint64_t number) {
  add(key, label, std::to_string(number), number);
}

void Sheet::add_flag(const std::string& key, const std::string& label, bool flag) { add(key, label, flag ? "yes" : "no", flag); }

void Sheet::add_bytes(const std::string& key, const std::string& label, ByteView bytes) {
  add(key, label, bytes.empty() ? "(empty)" : all_zero(bytes) ? "(all zero)" : hex_lines(bytes), verifier::to_hex(bytes));
}

void Sheet::heading(const std::string& text) { lines_.push_back({"", text}); }

void Sheet::append(const std::string& key, const Sheet& part) {
  json_[key].push_back(part.json());
  parts_.push_back(part);
}

void Sheet::print(std::ostream& out) const {
  out << title_ << "\n";
  for (const Line& line : lines_) {
    if (line.label.empty()) {
      out << "\n  " << line.text << "\n";
      continue;
    }
    out << "  " << line.label << std::string(kLabelWidth - std::min(kLabelWidth - 1, line.label.size()), ' ');
    for (const char c : line.text) {
      out << c;
      if (c == '\n') out << std::string(kLabelWidth + 2, ' ');
    }
    out << "\n";
  }
  for (const Sheet& part : parts_) {
    out << "\n";
    part.print(out);
  }
}

}  // namespace swtee::cli
