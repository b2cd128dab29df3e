// SPDX-License-Identifier: Apache-2.0
#include "sim/measure/input_file.h"

#include "firmware/contract/require.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace swtee::measure {
namespace {

std::string reason_of(int error) { return std::generic_category().message(error); }

}  // namespace

Result<InputFile> InputFile::open(const std::string& path) {
  errno = 0;
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return fail(path + ": " + reason_of(errno));
  return InputFile(path, file);
}

Result<std::size_t> InputFile::read(MutableBytes buffer) {
  errno = 0;
  const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file_.get());
  if (got == 0 && std::ferror(file_.get()) != 0) return fail(path_ + ": " + reason_of(errno));
  return got;
}

Result<host::SharedBytes> InputFile::read_all(std::size_t max) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::vector<std::uint8_t> bytes;
  for (;;) {
    const std::size_t have = bytes.size();
    bytes.resize(have + kPiece);
    const std::size_t got = SWTEE_TRY(read(MutableBytes(bytes).subspan(have)));
    bytes.resize(have + got);
    if (got == 0) return std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
    if (bytes.size() > max)
      return fail(path_ + ": is larger than the " + std::to_string(max >> 20) + " MiB that a firmware image may have");
  }
}

Result<std::uint64_t> size_of_file(const std::string& path) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (error) return fail(path + ": " + error.message());
  return size;
}

}  // namespace swtee::measure
