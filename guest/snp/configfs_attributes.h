// SPDX-License-Identifier: Apache-2.0
/// The attributes of a configfs-tsm entry as data, and how Linux reads the values that programs write to them.
#pragma once

#include "guest/snp/configfs_tsm.h"

#include <array>

namespace swtee::guest::snp {

struct TsmAttributeRow {
  TsmAttribute id;
  std::string_view name;
  bool binary;
  bool writable;          ///< mode 0200, write only; otherwise 0444, read only
  std::size_t max_size;   ///< bytes of a binary attribute
  bool service;           ///< shown only where there is an SVSM
};

/// In the order in which Linux makes the files; a directory lists them the other way round.
inline constexpr std::array kTsmAttributes{
    TsmAttributeRow{TsmAttribute::generation, "generation", false, false, 0, false},
    TsmAttributeRow{TsmAttribute::provider, "provider", false, false, 0, false},
    TsmAttributeRow{TsmAttribute::privlevel, "privlevel", false, true, 0, false},
    TsmAttributeRow{TsmAttribute::privlevel_floor, "privlevel_floor", false, false, 0, false},
    TsmAttributeRow{TsmAttribute::service_provider, "service_provider", false, true, 0, true},
    TsmAttributeRow{TsmAttribute::service_guid, "service_guid", false, true, 0, true},
    TsmAttributeRow{TsmAttribute::service_manifest_version, "service_manifest_version", false, true, 0, true},
    TsmAttributeRow{TsmAttribute::inblob, "inblob", true, true, kTsmInblobMax, false},
    TsmAttributeRow{TsmAttribute::outblob, "outblob", true, false, kTsmOutblobMax, false},
    TsmAttributeRow{TsmAttribute::auxblob, "auxblob", true, false, kTsmOutblobMax, false},
    TsmAttributeRow{TsmAttribute::manifestblob, "manifestblob", true, false, kTsmOutblobMax, true},
};

/// The row of a name, or null.
const TsmAttributeRow* find_tsm_attribute(std::string_view name);

/// An unsigned 32-bit number as Linux's kstrtouint() takes it with base 0: an optional "+", then decimal, 0x… or 0…
/// (octal), then at most one newline. The text ends at its first zero byte.
/// Errors: -EINVAL not such a text; -ERANGE above 0xffffffff.
Result<std::uint32_t, int> parse_unsigned(std::string_view text);

/// A GUID at the beginning of the text, 8-4-4-4-12 hexadecimal digits; what follows it is not looked at.
/// Error: -EINVAL.
Result<Bytes<16>, int> parse_guid(std::string_view text);

}  // namespace swtee::guest::snp
