// SPDX-License-Identifier: Apache-2.0
#include "sim/machine/seeded_entropy.h"

#include "firmware/crypto/kdf.h"

namespace swtee::machine {

void SeededEntropy::fill(std::string_view stream, MutableBytes out) {
  auto counter = drawn_.find(stream);
  if (counter == drawn_.end()) counter = drawn_.emplace(stream, 0).first;
  const le64 number = counter->second++;
  const ByteView seed{reinterpret_cast<const std::uint8_t*>(seed_.data()), seed_.size()};
  crypto::hkdf_sha384(seed, bytes_of(number), "swtee entropy 1",
                      {reinterpret_cast<const std::uint8_t*>(stream.data()), stream.size()}, out);
}

}  // namespace swtee::machine
