// SPDX-License-Identifier: Apache-2.0
/// libFuzzer's side of the harness. Readable seeds become bytes before they are mutated, so that the corpus holds bytes.
#include "tests/fuzz/harness.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace swtee::fuzz {

void mutate_bytes(std::vector<std::uint8_t>& input, std::size_t max_size) {
  const std::size_t size = std::min(input.size(), max_size);
  input.resize(max_size);
  input.resize(LLVMFuzzerMutate(input.data(), size, max_size));
}

[[gnu::weak]] void mutate(std::vector<std::uint8_t>& input, std::size_t max_size, unsigned) { mutate_bytes(input, max_size); }

}  // namespace swtee::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  const swtee::ByteView given(data, size);
  std::vector<std::uint8_t> input(given.begin(), given.end());
  if (auto decoded = swtee::fuzz::decode_hex_text(given)) input = std::move(*decoded);
  if (input.size() > max_size) input.resize(max_size);
  swtee::fuzz::mutate(input, max_size, seed);
  const std::size_t kept = std::min(input.size(), max_size);
  std::copy_n(input.begin(), kept, data);
  return kept;
}
