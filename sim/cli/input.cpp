// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/input.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/utc_time.h"
#include "guest/verifier/hex.h"

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <istream>

namespace swtee::cli {
namespace {

Result<std::vector<std::uint8_t>> drain(std::istream& stream, const std::string& name) {
  std::vector<char> bytes(kInputMax + 1);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (stream.bad()) return fail("cannot read " + name);
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  if (bytes.size() > kInputMax) return fail(name + " is larger than 1 MiB: no report, certificate or table is");
  return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

/// A date is right when it survives the way to seconds and back.
bool real_date(const crypto::UtcTime& time) {
  const crypto::UtcTime back = crypto::from_unix_seconds(crypto::to_unix_seconds(time));
  return back.year == time.year && back.month == time.month && back.day == time.day && back.hour == time.hour &&
         back.minute == time.minute && back.second == time.second;
}

}  // namespace

Result<std::vector<std::uint8_t>> read_input(const std::string& path, Context& context) {
  if (path == "-") return drain(context.in, "standard input");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail("cannot open '" + path + "': " + std::strerror(errno));
  file.peek();
  if (file.bad()) return fail("cannot read '" + path + "': " + std::strerror(errno));
  file.clear();
  return drain(file, "'" + path + "'");
}

Result<std::vector<std::uint8_t>> bytes_value(const std::string& text, std::size_t size, Fill fill, Context& context) {
  std::vector<std::uint8_t> bytes;
  if (!text.empty() && text[0] == '@') {
    bytes = SWTEE_TRY(read_input(text.substr(1), context));
  } else {
    auto digits = verifier::from_hex(text);
    if (!digits) return fail("'" + text + "' is neither hex digits nor @FILE");
    bytes = std::move(*digits);
  }
  if (bytes.size() == size) return bytes;
  if (fill == Fill::no || bytes.size() > size)
    return fail("has " + std::to_string(bytes.size()) + " bytes, expected " + (fill == Fill::no ? "" : "at most ") +
                std::to_string(size));
  bytes.resize(size);
  return bytes;
}

Result<std::uint64_t> number_value(const std::string& text, std::uint64_t most) {
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  const char* first = text.data() + (hexadecimal ? 2 : 0);
  const char* last = text.data() + text.size();
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(first, last, value, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != last || first == last) return fail("'" + text + "' is no number");
  if (value > most) return fail("'" + text + "' is above " + std::to_string(most));
  return value;
}

Result<std::int64_t> time_value(const std::string& text) {
  if (!text.empty() && text[0] == '@')
    return static_cast<std::int64_t>(SWTEE_TRY(number_value(text.substr(1), 253402300799)));  // end of the year 9999
  crypto::UtcTime time;
  int year = 0;
  int used = 0;
  const int parts = std::sscanf(text.c_str(), "%4d-%2u-%2u%nT%2u:%2u:%2uZ%n", &year, &time.month, &time.day, &used, &time.hour,
                                &time.minute, &time.second, &used);
  time.year = year;
  const bool complete = (parts == 3 || parts == 6) && static_cast<std::size_t>(used) == text.size();
  if (!complete || year < 1970 || !real_date(time))
    return fail("'" + text + "' is no time: say 2025-06-01, 2025-06-01T12:30:00Z or @ and Unix seconds");
  return crypto::to_unix_seconds(time);
}

}  // namespace swtee::cli
