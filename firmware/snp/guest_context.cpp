// SPDX-License-Identifier: Apache-2.0
#include "firmware/snp/guest_context.h"

#include "firmware/contract/require.h"

#include <utility>

namespace swtee::snp {
namespace {
constexpr std::array kEdges{
    std::pair{GuestState::init, GuestState::launch},
    std::pair{GuestState::launch, GuestState::running},
};
}  // namespace

void GuestContext::transition(GuestState from, GuestState to) {
  SWTEE_ASSERT(state_ == from);
  bool known = false;
  for (const auto& edge : kEdges) known = known || (edge.first == from && edge.second == to);
  SWTEE_ASSERT(known);
  state_ = to;
}

}  // namespace swtee::snp
