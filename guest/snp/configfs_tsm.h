// SPDX-License-Identifier: Apache-2.0
/// configfs-tsm: the file-system interface to attestation reports, /sys/kernel/config/tsm/report/, as a model.
/// [Linux drivers/virt/coco/guest/report.c, fs/configfs; Documentation/ABI/testing/configfs-tsm-report]
///
/// The interface is shaped like POSIX: paths are split already (entry, attribute), results are byte counts or -errno.
/// Nothing here knows SNP: what makes reports is a TsmProvider.
#pragma once

#include "firmware/contract/result.h"

#include <swtee/abi/wire.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace swtee::guest::snp {

/// What a program asked for by writing to an entry's attributes.
struct TsmRequest {
  std::vector<std::uint8_t> inblob;
  std::uint32_t privlevel = 0;
  std::optional<std::string> service_provider;
  Bytes<16> service_guid{};  ///< in text order; all zero: every service
  std::uint32_t service_manifest_version = 0;
};

struct TsmReport {
  std::vector<std::uint8_t> outblob;
  std::vector<std::uint8_t> auxblob;
  std::vector<std::uint8_t> manifestblob;
};

/// Port: the driver that makes reports; one for a guest, as in Linux. Called under a lock: never two at a time.
class TsmProvider {
 public:
  virtual ~TsmProvider() = default;
  virtual std::string_view name() const = 0;          ///< content of `provider`, without the newline
  virtual std::uint32_t privlevel_floor() const = 0;
  virtual bool shows_service_attributes() const = 0;  ///< manifestblob and service_*
  /// Errors: -errno, given to the program that reads.
  virtual Result<TsmReport, int> report_new(const TsmRequest& request) = 0;
};

inline constexpr std::size_t kTsmInblobMax = 64;
inline constexpr std::size_t kTsmOutblobMax = 32 * 1024;
inline constexpr std::uint32_t kTsmPrivlevelMax = 3;
/// Most that one write() to a text attribute takes.
inline constexpr std::size_t kTsmTextWriteMax = 4095;

enum class TsmAttribute : std::uint8_t {
  generation,
  provider,
  privlevel,
  privlevel_floor,
  service_provider,
  service_guid,
  service_manifest_version,
  inblob,
  outblob,
  auxblob,
  manifestblob,
};

/// The flags of open(2) that count. O_TRUNC, O_APPEND, O_NONBLOCK, O_CLOEXEC and so on change nothing here.
struct TsmOpenFlags {
  bool read = false;       ///< O_RDONLY or O_RDWR
  bool write = false;      ///< O_WRONLY or O_RDWR
  bool create = false;     ///< O_CREAT
  bool exclusive = false;  ///< O_EXCL
  bool directory = false;  ///< O_DIRECTORY
};

/// What stat() shows. Owner is root; times are the adapter's.
struct TsmStat {
  std::uint32_t mode;   ///< as st_mode: 040755 (directory), 0100444 or 0100200
  std::uint32_t links;
  std::uint64_t size;   ///< 4096 for text attributes, 0 for binary ones and directories
};

struct TsmEntry;

/// An open file description of one attribute: descriptors made by dup() or inherited by fork() share it.
/// Thread-safe; reads and writes of one description take turns.
///
/// The caller keeps the file position: it passes `offset` and moves by what was returned (read, write), or does not
/// (pread, pwrite). O_APPEND changes nothing.
class OpenAttribute {
 public:
  ~OpenAttribute();
  OpenAttribute(const OpenAttribute&) = delete;
  OpenAttribute& operator=(const OpenAttribute&) = delete;

  /// Bytes read, 0 at the end, or -errno.
  ///   text     the first read makes the text, which stays until this description is written
  ///   binary   the first read makes the report when no current one exists and keeps a copy for this description;
  ///            an empty blob reads as 0 and is asked for again by the next read
  /// Errors: -EBADF not open for reading; -ENOENT the entry was removed before the first read; -EINVAL no inblob, or one
  /// that the provider refuses; -EFBIG a blob above the attribute's limit; -EFAULT room for 0 bytes where there is data;
  /// others from the provider. EWOULDBLOCK, by which Linux says "stale" inside, never gets out.
  std::int64_t read(MutableBytes to, std::uint64_t offset);

  /// Bytes written, or -errno.
  ///   text     stored at once, whatever `offset` is, and counted in `generation`; at most 4095 bytes
  ///   binary   only collected; stored when the description is released
  /// Errors: -EBADF not open for writing; -EFBIG end of the write above the attribute's limit; -ENOENT the entry was
  /// removed (text); -EINVAL, -ERANGE not a value for this attribute; -EBUSY the generation counter is used up;
  /// -EFAULT 0 bytes. ETXTBSY cannot be had: no attribute here opens for reading and writing.
  /// A failed write to a binary attribute is stored too, as what was collected until then: nothing, after a first write
  /// of 65 bytes. That counts in `generation` and empties the inblob.
  std::int64_t write(ByteView from, std::uint64_t offset);

  /// The last close: stores what was written to a binary attribute. Its errors are lost, as in Linux. Calling it again
  /// does nothing; the destructor calls it.
  void release();

  TsmAttribute attribute() const;
  /// lseek() works on text attributes (size 4096); binary ones answer ESPIPE, but pread and pwrite work.
  bool seekable() const;
  TsmStat stat() const;

 private:
  friend class ConfigfsTsm;
  struct State;
  explicit OpenAttribute(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The directory /sys/kernel/config/tsm/report. Thread-safe. Must outlive what open() returned.
class ConfigfsTsm {
 public:
  /// `provider` must outlive this object; null means that no driver registered (mkdir answers ENXIO).
  explicit ConfigfsTsm(TsmProvider* provider);
  ~ConfigfsTsm();
  ConfigfsTsm(const ConfigfsTsm&) = delete;
  ConfigfsTsm& operator=(const ConfigfsTsm&) = delete;

  /// Makes an entry with all of its attributes. The mode that mkdir() names is ignored: entries have 0755.
  /// Returns 0; -EEXIST for a name in use, "." and ".."; -ENXIO without a provider; -ENAMETOOLONG above 255 bytes;
  /// -ENOENT for an empty name; -EINVAL for a name with a slash or a zero byte (no path leads here with one).
  int mkdir(std::string_view entry);
  /// Removes an entry, open attributes or not: these answer ENOENT from then on, except reads that have their data.
  /// Returns 0 or -ENOENT.
  int rmdir(std::string_view entry);

  /// Names of entries, newest first as Linux lists them.
  std::vector<std::string> list() const;
  /// Names of an entry's attributes. Error: -ENOENT.
  Result<std::vector<std::string_view>, int> list(std::string_view entry) const;

  /// Errors: -ENOENT no such entry or attribute; -EACCES the attribute cannot be opened that way (none opens for reading
  /// and writing), or O_CREAT with a name that is no attribute; -EEXIST O_CREAT | O_EXCL; -ENOTDIR O_DIRECTORY.
  Result<std::unique_ptr<OpenAttribute>, int> open(std::string_view entry, std::string_view attribute, TsmOpenFlags flags);

  TsmStat stat() const;
  Result<TsmStat, int> stat(std::string_view entry) const;
  Result<TsmStat, int> stat(std::string_view entry, std::string_view attribute) const;

  /// For tests: lets an entry look as if it had been written this often without a read, to come near the end of the
  /// counter. Returns 0 or -ENOENT.
  int set_generation(std::string_view entry, std::uint64_t writes, std::uint64_t reads);

 private:
  friend class OpenAttribute;
  struct Shared;
  std::shared_ptr<TsmEntry> find(std::string_view entry) const;
  std::shared_ptr<Shared> shared_;
};

}  // namespace swtee::guest::snp
