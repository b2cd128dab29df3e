// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <swtee/abi/wire.h>

#include <cstdint>
#include <string_view>

namespace swtee {

/// One command of the firmware's mailbox, after it was answered.
struct CommandEvent {
  std::uint32_t id = 0;
  std::string_view name;  ///< the specification's spelling
  std::uint64_t buffer_paddr = 0;
  ByteView buffer;        ///< the firmware's private copy of the command buffer
  std::uint32_t status = 0;
};

/// One guest message, after it was answered. Payloads are secret and not here.
struct MessageEvent {
  std::uint8_t type = 0;
  std::uint8_t vmpck = 0;
  std::uint64_t seqno = 0;
  std::uint32_t command_status = 0;
  std::uint32_t payload_status = 0;
};

/// Port: where events go. One event for each ABI call.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void command(const CommandEvent& event) = 0;
  virtual void message(const MessageEvent& event) = 0;
};

}  // namespace swtee
