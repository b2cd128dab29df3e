// SPDX-License-Identifier: Apache-2.0
/// Calendar dates in UTC, and how certificates spell them.  [RFC 5280 §4.1.2.5]
#pragma once

#include "firmware/crypto/der.h"

#include <cstdint>

namespace swtee::crypto {

struct UtcTime {
  std::int64_t year = 1970;
  unsigned month = 1, day = 1;  ///< from 1
  unsigned hour = 0, minute = 0, second = 0;
};

/// Seconds since 1970-01-01T00:00:00Z and back, in the proleptic Gregorian calendar.
std::int64_t to_unix_seconds(const UtcTime& time);
UtcTime from_unix_seconds(std::int64_t seconds);

/// 00:00:00 of the same day, and of the first of January of the same year.
std::int64_t start_of_day(std::int64_t seconds);
std::int64_t start_of_year(std::int64_t seconds);
/// The same date and time some years later; 29 February becomes 28 February where needed.
std::int64_t add_years(std::int64_t seconds, int years);

/// UTCTime from 1950 to 2049, GeneralizedTime outside. The year must lie in 0 to 9999.
DerBytes der_time(std::int64_t seconds);
/// Either form, with seconds and with Z.
Result<std::int64_t> parse_der_time(const DerElement& element, std::string_view what);
/// "2024-11-06T21:14:00Z"
std::string to_iso8601(std::int64_t seconds);

}  // namespace swtee::crypto
