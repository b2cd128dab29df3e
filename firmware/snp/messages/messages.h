// SPDX-License-Identifier: Apache-2.0
/// Guest messages: one file for each request; contracts stand in the files.
///
/// A handler sees the decrypted payload of a request whose header, key, tag and sequence number were right. It answers
/// with a payload; a refusal of the content is a status inside that payload, and the message still counts.
#pragma once

#include "firmware/snp/world.h"

#include <swtee/abi/snp/guest_message.h>

#include <span>
#include <string_view>
#include <variant>
#include <vector>

namespace swtee::snp {

/// A request on its way to its handler.
struct MessageRequest {
  Spa gctx;              ///< the sender
  std::uint8_t vmpck;    ///< the key that sealed it: it speaks for this VMPL
  std::uint8_t version;  ///< MSG_VERSION
  ByteView payload;
};

/// The payload of the response, and the status in it for the trace.
struct MessageResponse {
  std::vector<std::uint8_t> payload;
  Status status = Status::success;
  bool counts = true;  ///< false: the sender's context, its counters with it, is another one now

  template <WireStruct T>
  static MessageResponse of(const T& value, Status status) {
    const ByteView bytes = bytes_of(value);
    return {{bytes.begin(), bytes.end()}, status};
  }
};

/// A handler may refuse the whole command (a version or size it does not know); then no response is made and the
/// sequence number stays.
using MessageHandler = Result<MessageResponse, Status> (*)(World&, const MessageRequest&);

struct MessageRow {
  MessageType type;
  std::string_view name;   ///< the specification's spelling
  MessageHandler handler;  ///< null: not modelled, answers UNSUPPORTED
};

/// The requests that a guest may send. Responses and unknown types are not in it.
std::span<const MessageRow> message_table();
const MessageRow* find_message(std::uint8_t type);

namespace messages {
Result<MessageResponse, Status> absorb_context(World& world, const MessageRequest& request);
Result<MessageResponse, Status> absorb_context_noma(World& world, const MessageRequest& request);
Result<MessageResponse, Status> cpuid(World& world, const MessageRequest& request);
Result<MessageResponse, Status> export_context(World& world, const MessageRequest& request);
Result<MessageResponse, Status> import_context(World& world, const MessageRequest& request);
Result<MessageResponse, Status> key(World& world, const MessageRequest& request);
Result<MessageResponse, Status> report(World& world, const MessageRequest& request);
Result<MessageResponse, Status> vmrk(World& world, const MessageRequest& request);
Result<MessageResponse, Status> tsc_info(World& world, const MessageRequest& request);
}  // namespace messages

}  // namespace swtee::snp
