// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/messages/messages.h"

#include <array>

namespace swtee::snp {
namespace {
constexpr std::array kMessages{
    MessageRow{MessageType::cpuid_req, "MSG_CPUID_REQ", messages::cpuid},
    MessageRow{MessageType::key_req, "MSG_KEY_REQ", messages::key},
    MessageRow{MessageType::report_req, "MSG_REPORT_REQ", messages::report},
    MessageRow{MessageType::export_req, "MSG_EXPORT_REQ", messages::export_context},
    MessageRow{MessageType::import_req, "MSG_IMPORT_REQ", messages::import_context},
    MessageRow{MessageType::absorb_req, "MSG_ABSORB_REQ", messages::absorb_context},
    MessageRow{MessageType::vmrk_req, "MSG_VMRK_REQ", messages::vmrk},
    MessageRow{MessageType::absorb_noma_req, "MSG_ABSORB_NOMA_REQ", messages::absorb_context_noma},
    MessageRow{MessageType::tsc_info_req, "MSG_TSC_INFO_REQ", messages::tsc_info},
};
}  // namespace

std::span<const MessageRow> message_table() { return kMessages; }

const MessageRow* find_message(std::uint8_t type) {
  for (const MessageRow& row : kMessages)
    if (static_cast<std::uint8_t>(row.type) == type) return &row;
  return nullptr;
}

}  // namespace swtee::snp
