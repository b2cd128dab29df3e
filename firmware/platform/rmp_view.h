// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware/platform/address.h"

#include <swtee/rules/rmp.h>

#include <optional>

namespace swtee {

using RmpEntry = swtee_rmp_entry;
using RmpState = swtee_rmp_state;

/// Port: the reverse map table as the firmware sees it. The rules of the host's instructions (RMPUPDATE) and of the
/// guest's (PVALIDATE) are not here; see sim/cpu.
class RmpView {
 public:
  virtual ~RmpView() = default;
  /// True once the table is initialised and covers DRAM; SNP_INIT checks it.
  virtual bool configured() const = 0;
  /// The entry of the 4 KiB page at `page`, or nothing when the table does not cover it. For a page inside a 2 MiB entry
  /// this is that entry with the GPA of the page.
  virtual std::optional<RmpEntry> entry(Spa page) const = 0;
  /// Replaces the entry. `page` is covered, and aligned to the entry's page size.
  virtual void set_entry(Spa page, const RmpEntry& entry) = 0;
};

}  // namespace swtee
