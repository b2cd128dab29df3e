// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/utc_time.h"

#include "firmware/contract/require.h"

#include <chrono>

namespace swtee::crypto {
namespace {

namespace calendar = std::chrono;

calendar::year_month_day date_of(std::int64_t days) { return calendar::sys_days(calendar::days(days)); }

std::int64_t days_of(const calendar::year_month_day& date) { return calendar::sys_days(date).time_since_epoch().count(); }

constexpr std::int64_t kDay = 86400;

std::int64_t day_number(std::int64_t seconds) { return seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay); }

std::string digits(std::int64_t value, std::size_t width) {
  std::string text = std::to_string(value);
  return text.size() < width ? std::string(width - text.size(), '0') + text : text;
}

}  // namespace

std::int64_t to_unix_seconds(const UtcTime& time) {
  const calendar::year_month_day date(calendar::year(static_cast<int>(time.year)), calendar::month(time.month), calendar::day(time.day));
  return days_of(date) * kDay + time.hour * 3600 + time.minute * 60 + time.second;
}

UtcTime from_unix_seconds(std::int64_t seconds) {
  const std::int64_t day = day_number(seconds);
  const auto left = static_cast<unsigned>(seconds - day * kDay);
  const calendar::year_month_day date = date_of(day);
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
          left / 3600, left / 60 % 60, left % 60};
}

std::int64_t start_of_day(std::int64_t seconds) { return day_number(seconds) * kDay; }

std::int64_t start_of_year(std::int64_t seconds) { return to_unix_seconds({.year = from_unix_seconds(seconds).year}); }

std::int64_t add_years(std::int64_t seconds, int years) {
  UtcTime time = from_unix_seconds(seconds);
  time.year += years;
  const auto year = calendar::year(static_cast<int>(time.year));
  if (time.month == 2 && time.day == 29 && !year.is_leap()) time.day = 28;
  return to_unix_seconds(time);
}

DerBytes der_time(std::int64_t seconds) {
  const UtcTime time = from_unix_seconds(seconds);
  SWTEE_ASSERT(time.year >= 0 && time.year <= 9999);
  const bool short_form = time.year >= 1950 && time.year < 2050;
  const std::string rest = digits(time.month, 2) + digits(time.day, 2) + digits(time.hour, 2) + digits(time.minute, 2) +
                           digits(time.second, 2) + "Z";
  if (short_form) return der_text(der::kUtcTime, digits(time.year % 100, 2) + rest);
  return der_text(der::kGeneralizedTime, digits(time.year, 4) + rest);
}

Result<std::int64_t> parse_der_time(const DerElement& element, std::string_view what) {
  const std::size_t year_digits = element.tag == der::kUtcTime ? 2 : 4;
  const Error wrong(std::string(what) + " is not a time of the form YYMMDDhhmmssZ");
  SWTEE_REQUIRE(element.tag == der::kUtcTime || element.tag == der::kGeneralizedTime, wrong);
  const ByteView text = element.content;
  SWTEE_REQUIRE(text.size() == year_digits + 11 && text.back() == 'Z', wrong);
  for (const std::uint8_t c : text.first(text.size() - 1)) SWTEE_REQUIRE(c >= '0' && c <= '9', wrong);
  const auto number = [&](std::size_t at, std::size_t count) {
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (text[at + i] - '0');
    return value;
  };
  UtcTime time{number(0, year_digits), number(year_digits, 2), number(year_digits + 2, 2),
               number(year_digits + 4, 2), number(year_digits + 6, 2), number(year_digits + 8, 2)};
  if (year_digits == 2) time.year += time.year < 50 ? 2000 : 1900;
  const calendar::year_month_day date(calendar::year(static_cast<int>(time.year)), calendar::month(time.month), calendar::day(time.day));
  SWTEE_REQUIRE(date.ok() && time.hour < 24 && time.minute < 60 && time.second < 60, wrong);
  return to_unix_seconds(time);
}

std::string to_iso8601(std::int64_t seconds) {
  const UtcTime time = from_unix_seconds(seconds);
  return digits(time.year, 4) + "-" + digits(time.month, 2) + "-" + digits(time.day, 2) + "T" + digits(time.hour, 2) + ":" +
         digits(time.minute, 2) + ":" + digits(time.second, 2) + "Z";
}

}  // namespace swtee::crypto
