// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/utc_time.h"

#include "hex.h"

namespace swtee::crypto {
namespace {

std::string encoded(std::int64_t seconds) { return to_hex(der_time(seconds)); }

TEST(UtcTime, AgreesWithKnownMoments) {
  EXPECT_EQ(to_unix_seconds({.year = 2024, .month = 11, .day = 6, .hour = 21, .minute = 14}), 1730927640);  // date -u -d
  EXPECT_EQ(to_iso8601(1730927640), "2024-11-06T21:14:00Z");
  EXPECT_EQ(to_iso8601(951782400), "2000-02-29T00:00:00Z");
  EXPECT_EQ(to_iso8601(-1), "1969-12-31T23:59:59Z");
}

TEST(UtcTime, RoundsToDayAndYear) {
  EXPECT_EQ(to_iso8601(start_of_day(1730927640)), "2024-11-06T00:00:00Z");
  EXPECT_EQ(to_iso8601(start_of_year(1730927640)), "2024-01-01T00:00:00Z");
  EXPECT_EQ(to_iso8601(add_years(951782400, 7)), "2007-02-28T00:00:00Z");
  EXPECT_EQ(to_iso8601(add_years(951782400, 4)), "2004-02-29T00:00:00Z");
}

TEST(UtcTime, ChoosesTheFormByYear) {
  EXPECT_EQ(encoded(1730927640), "170d3234313130363231313430305a");
  EXPECT_EQ(encoded(to_unix_seconds({.year = 2049, .month = 12, .day = 31})).substr(0, 4), "170d");
  EXPECT_EQ(encoded(to_unix_seconds({.year = 2050})).substr(0, 4), "180f");
  EXPECT_EQ(encoded(to_unix_seconds({.year = 1949})).substr(0, 4), "180f");
}

TEST(UtcTime, ReadsBackWhatItWritesAndRefusesTheRest) {
  for (const std::int64_t moment : {std::int64_t{0}, std::int64_t{1730927640}, std::int64_t{4102444800}}) {
    const auto bytes = der_time(moment);
    DerReader reader(bytes);
    EXPECT_EQ(parse_der_time(reader.next().value(), "t").value(), moment);
  }
  for (const char* text : {"241306211400Z", "240230000000Z", "2411062114Z", "241106211400+0000", "241106241400Z", "24110621140aZ", ""}) {
    const auto bytes = der_text(der::kUtcTime, text);
    DerReader reader(bytes);
    EXPECT_FALSE(parse_der_time(reader.next().value(), "t").ok()) << text;
  }
}

}  // namespace
}  // namespace swtee::crypto
