// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/roots_directory.h"

#include "firmware/contract/require.h"
#include "sim/vendor/roots.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace swtee::vendor {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kModulusBits = 4096;
constexpr std::size_t kMaxFileSize = 16384;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Failure<Error> system_failure(const std::string& doing) { return fail(doing + ": " + std::strerror(errno)); }

Result<std::string> read_small_file(const std::string& path) {
  // O_NONBLOCK: a FIFO in place of the file must not hang the program.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return system_failure("cannot open " + path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_failure("cannot examine " + path);
  if (!S_ISREG(info.st_mode)) return fail(path + " is not a regular file");
  std::string text;
  std::array<char, 4096> piece;
  for (;;) {
    const ssize_t count = ::read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure("cannot read " + path);
    if (count == 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxFileSize) return fail(path + " is larger than " + std::to_string(kMaxFileSize) + " bytes");
  }
}

Result<void> write_new_file(const std::string& path, const std::string& text) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid()) return system_failure("cannot create " + path);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(file.get(), text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_failure("cannot write " + path);
    done += static_cast<std::size_t>(count);
  }
  if (::fsync(file.get()) != 0) return system_failure("cannot write " + path);
  return {};
}

Result<void> fill(const std::string& directory, const std::function<void(int, int, const std::string&)>& progress) {
  const int total = static_cast<int>(product_lines().size() * kCaCount);
  int done = 0;
  for (const ProductLine& line : product_lines())
    for (const Ca ca : {Ca::ark, Ca::ask, Ca::asvk}) {
      const std::string name = root_file_name(line, ca);
      if (progress) progress(done, total, name);
      ++done;
      const std::string comment = "# TEST ONLY: private key of an swtee test CA (" + common_name(line, ca) +
                                  "). Never trust it for anything real.\n";
      SWTEE_TRY(write_new_file(directory + "/" + name, comment + crypto::RsaPrivateKey::generate(kModulusBits).pem()));
    }
  return {};
}

}  // namespace

Result<crypto::RsaPrivateKey> read_root(const std::string& path) {
  const std::string text = SWTEE_TRY(read_small_file(path));
  auto key = crypto::RsaPrivateKey::from_pem(text);
  if (!key.ok()) return Failure(key.error().in(path));
  const std::size_t bits = key.value().public_key().modulus_bits();
  if (bits != kModulusBits) return fail(path + ": the key has " + std::to_string(bits) + " bits, not " + std::to_string(kModulusBits));
  return key;
}

Result<void> create_roots(const std::string& path, const std::function<void(int, int, const std::string&)>& progress) {
  std::error_code code;
  if (fs::exists(fs::symlink_status(path, code)) && !fs::is_empty(path, code))
    return fail(path + " exists and is not an empty directory: roots are never overwritten");
  // Everything is made beside the target and moved into place at the end: whoever sees the directory sees all keys.
  std::string partial = path;
  while (partial.size() > 1 && partial.back() == '/') partial.pop_back();
  partial += ".partial-XXXXXX";
  if (::mkdtemp(partial.data()) == nullptr) return system_failure("cannot create a directory beside " + path);
  auto filled = fill(partial, progress);
  if (filled.ok()) {
    const Descriptor directory(::open(partial.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid() || ::fsync(directory.get()) != 0 || ::rename(partial.c_str(), path.c_str()) != 0)
      filled = system_failure("cannot move the new roots to " + path);
  }
  if (!filled.ok()) fs::remove_all(partial, code);
  return filled;
}

}  // namespace swtee::vendor
