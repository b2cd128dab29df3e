// SPDX-License-Identifier: Apache-2.0
#include "guest/snp/configfs_tsm.h"

#include "firmware/contract/require.h"
#include "guest/snp/configfs_attributes.h"

#include <algorithm>
#include <cerrno>

namespace swtee::guest::snp {
namespace {

constexpr std::uint32_t kDirectoryMode = 0040755;
constexpr std::uint32_t kReadOnlyMode = 0100444;
constexpr std::uint32_t kWriteOnlyMode = 0100200;
constexpr std::uint64_t kTextSize = 4096;
constexpr std::size_t kNameMax = 255;

TsmStat stat_of(const TsmAttributeRow& row) {
  return {row.writable ? kWriteOnlyMode : kReadOnlyMode, 1, row.binary ? 0 : kTextSize};
}

const std::vector<std::uint8_t>& blob_of(const TsmReport& report, TsmAttribute attribute) {
  if (attribute == TsmAttribute::auxblob) return report.auxblob;
  if (attribute == TsmAttribute::manifestblob) return report.manifestblob;
  return report.outblob;
}

/// The end of read() on something that is in memory. The system call copies at least one byte or faults.
std::int64_t copy_from(ByteView content, std::uint64_t offset, MutableBytes to) {
  if (offset >= content.size()) return 0;
  const std::size_t count = std::min<std::uint64_t>(to.size(), content.size() - offset);
  if (count == 0) return -EFAULT;
  const ByteView part = content.subspan(static_cast<std::size_t>(offset), count);
  std::copy(part.begin(), part.end(), to.begin());
  return static_cast<std::int64_t>(count);
}

}  // namespace

/// Lock order: OpenAttribute::State::mutex, then TsmEntry::alive_mutex, then Shared::tsm.
struct TsmEntry {
  std::uint64_t serial = 0;  ///< order of creation

  /// Held shared while an attribute's value is made or stored; rmdir waits for these and then marks the entry dead.
  std::shared_mutex alive_mutex;
  bool dead = false;

  /// Below: guarded by Shared::tsm.
  std::uint64_t write_generation = 0;
  std::uint64_t read_generation = 0;
  TsmRequest request;
  std::optional<TsmReport> report;
};

struct ConfigfsTsm::Shared {
  TsmProvider* provider = nullptr;
  /// One for all entries, held exclusively while the provider works: as in Linux, one slow request stalls all others.
  std::shared_mutex tsm;
  mutable std::mutex directory;
  std::map<std::string, std::shared_ptr<TsmEntry>, std::less<>> entries;
  std::uint64_t next_serial = 0;

  bool visible(const TsmAttributeRow& row) const { return !row.service || provider->shows_service_attributes(); }
  std::string show(TsmEntry& entry, TsmAttribute attribute);
  int store(TsmEntry& entry, TsmAttribute attribute, std::string_view text);
  int store_inblob(TsmEntry& entry, ByteView value);
  Result<std::vector<std::uint8_t>, int> read_blob(TsmEntry& entry, TsmAttribute attribute);
};

namespace {

/// Refuses the write that would make the counter equal to the one of the report that was read last.
int advance(TsmEntry& entry) {
  if (entry.write_generation == entry.read_generation - 1) return -EBUSY;
  ++entry.write_generation;
  return 0;
}

bool is_current(const TsmEntry& entry) { return entry.report && entry.read_generation == entry.write_generation; }

}  // namespace

std::string ConfigfsTsm::Shared::show(TsmEntry& entry, TsmAttribute attribute) {
  const std::shared_lock lock(tsm);
  if (attribute == TsmAttribute::generation) return std::to_string(entry.write_generation) + "\n";
  if (attribute == TsmAttribute::privlevel_floor) return std::to_string(provider->privlevel_floor()) + "\n";
  SWTEE_ASSERT(attribute == TsmAttribute::provider);
  return std::string(provider->name()) + "\n";
}

int ConfigfsTsm::Shared::store(TsmEntry& entry, TsmAttribute attribute, std::string_view text) {
  std::uint32_t number = 0;
  if (attribute == TsmAttribute::privlevel || attribute == TsmAttribute::service_manifest_version) {
    const Result<std::uint32_t, int> parsed = parse_unsigned(text);
    if (!parsed.ok()) return parsed.error();
    number = parsed.value();
  }
  const std::unique_lock lock(tsm);
  if (attribute == TsmAttribute::privlevel && (number < provider->privlevel_floor() || number > kTsmPrivlevelMax))
    return -EINVAL;
  if (const int refused = advance(entry)) return refused;

  switch (attribute) {
    case TsmAttribute::privlevel:
      entry.request.privlevel = number;
      return 0;
    case TsmAttribute::service_manifest_version:
      entry.request.service_manifest_version = number;
      return 0;
    case TsmAttribute::service_provider:
      if (text.ends_with('\n')) text.remove_suffix(1);
      entry.request.service_provider = std::string(text.substr(0, text.find('\0')));
      return 0;
    default: {
      SWTEE_ASSERT(attribute == TsmAttribute::service_guid);
      const Result<Bytes<16>, int> guid = parse_guid(text);
      entry.request.service_guid = guid.ok() ? guid.value() : Bytes<16>{};
      return guid.ok() ? 0 : guid.error();
    }
  }
}

int ConfigfsTsm::Shared::store_inblob(TsmEntry& entry, ByteView value) {
  const std::unique_lock lock(tsm);
  if (const int refused = advance(entry)) return refused;
  entry.request.inblob.assign(value.begin(), value.end());
  return 0;
}

Result<std::vector<std::uint8_t>, int> ConfigfsTsm::Shared::read_blob(TsmEntry& entry, TsmAttribute attribute) {
  {
    const std::shared_lock lock(tsm);
    SWTEE_REQUIRE(!entry.request.inblob.empty(), -EINVAL);
    if (is_current(entry)) return blob_of(*entry.report, attribute);
  }
  const std::unique_lock lock(tsm);
  SWTEE_REQUIRE(!entry.request.inblob.empty(), -EINVAL);
  if (!is_current(entry)) {
    entry.report = SWTEE_TRY(provider->report_new(entry.request));
    entry.read_generation = entry.write_generation;
  }
  return blob_of(*entry.report, attribute);
}

/// One open file description.
struct OpenAttribute::State {
  std::shared_ptr<ConfigfsTsm::Shared> shared;
  std::shared_ptr<TsmEntry> entry;
  const TsmAttributeRow* row = nullptr;
  bool readable = false;
  bool writable = false;

  std::mutex mutex;
  std::optional<std::vector<std::uint8_t>> read_copy;  ///< what reads of this description see
  bool write_started = false;                          ///< binary: to be stored at release
  std::vector<std::uint8_t> collected;
  bool released = false;

  int fill();
};

/// Makes the copy that reads serve. 0 also when there is nothing to keep: an empty blob is asked for again.
int OpenAttribute::State::fill() {
  if (read_copy) return 0;
  const std::shared_lock alive(entry->alive_mutex);
  if (entry->dead) return -ENOENT;
  if (!row->binary) {
    const std::string text = shared->show(*entry, row->id);
    read_copy.emplace(text.begin(), text.end());
    return 0;
  }
  Result<std::vector<std::uint8_t>, int> blob = shared->read_blob(*entry, row->id);
  if (!blob.ok()) return blob.error();
  if (blob.value().size() > row->max_size) return -EFBIG;
  if (!blob.value().empty()) read_copy = std::move(blob).value();
  return 0;
}

OpenAttribute::OpenAttribute(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpenAttribute::~OpenAttribute() { release(); }

std::int64_t OpenAttribute::read(MutableBytes to, std::uint64_t offset) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->readable) return -EBADF;
  if (const int failed = state_->fill()) return failed;
  if (!state_->read_copy) return 0;
  return copy_from(*state_->read_copy, offset, to);
}

std::int64_t OpenAttribute::write(ByteView from, std::uint64_t offset) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  if (!state.writable) return -EBADF;
  if (state.row->binary) {
    state.write_started = true;
    const std::size_t max = state.row->max_size;
    if (offset > max || from.size() > max - offset) return -EFBIG;
    const std::size_t end = static_cast<std::size_t>(offset) + from.size();
    if (end > state.collected.size()) state.collected.resize(end, 0);
    std::copy(from.begin(), from.end(), state.collected.begin() + static_cast<std::ptrdiff_t>(offset));
    return from.empty() ? -EFAULT : static_cast<std::int64_t>(from.size());
  }
  const ByteView taken = from.first(std::min(from.size(), kTsmTextWriteMax));
  if (taken.empty()) return -EFAULT;
  const std::shared_lock alive(state.entry->alive_mutex);
  if (state.entry->dead) return -ENOENT;
  const std::string_view text(reinterpret_cast<const char*>(taken.data()), taken.size());
  if (const int failed = state.shared->store(*state.entry, state.row->id, text)) return failed;
  return static_cast<std::int64_t>(taken.size());
}

void OpenAttribute::release() {
  const std::lock_guard lock(state_->mutex);
  if (state_->released) return;
  state_->released = true;
  state_->readable = state_->writable = false;
  // An entry that is gone takes the value too: nobody can look at it any more.
  if (state_->write_started) (void)state_->shared->store_inblob(*state_->entry, state_->collected);
}

TsmAttribute OpenAttribute::attribute() const { return state_->row->id; }
bool OpenAttribute::seekable() const { return !state_->row->binary; }
TsmStat OpenAttribute::stat() const { return stat_of(*state_->row); }

ConfigfsTsm::ConfigfsTsm(TsmProvider* provider) : shared_(std::make_shared<Shared>()) { shared_->provider = provider; }
ConfigfsTsm::~ConfigfsTsm() = default;

std::shared_ptr<TsmEntry> ConfigfsTsm::find(std::string_view entry) const {
  const std::lock_guard lock(shared_->directory);
  const auto found = shared_->entries.find(entry);
  return found == shared_->entries.end() ? nullptr : found->second;
}

int ConfigfsTsm::mkdir(std::string_view entry) {
  if (entry.empty()) return -ENOENT;
  if (entry == "." || entry == "..") return -EEXIST;
  if (entry.find('/') != entry.npos || entry.find('\0') != entry.npos) return -EINVAL;
  if (entry.size() > kNameMax) return -ENAMETOOLONG;
  const std::lock_guard lock(shared_->directory);
  if (shared_->entries.contains(entry)) return -EEXIST;
  if (shared_->provider == nullptr) return -ENXIO;
  auto made = std::make_shared<TsmEntry>();
  made->serial = shared_->next_serial++;
  shared_->entries.emplace(entry, std::move(made));
  return 0;
}

int ConfigfsTsm::rmdir(std::string_view entry) {
  std::shared_ptr<TsmEntry> removed;
  {
    const std::lock_guard lock(shared_->directory);
    const auto found = shared_->entries.find(entry);
    if (found == shared_->entries.end()) return -ENOENT;
    removed = found->second;
    shared_->entries.erase(found);
  }
  const std::unique_lock alive(removed->alive_mutex);
  removed->dead = true;
  return 0;
}

std::vector<std::string> ConfigfsTsm::list() const {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  {
    const std::lock_guard lock(shared_->directory);
    for (const auto& [name, entry] : shared_->entries) found.emplace_back(entry->serial, name);
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> names;
  for (auto& [serial, name] : found) names.push_back(std::move(name));
  return names;
}

Result<std::vector<std::string_view>, int> ConfigfsTsm::list(std::string_view entry) const {
  SWTEE_REQUIRE(find(entry) != nullptr, -ENOENT);
  std::vector<std::string_view> names;
  for (auto row = kTsmAttributes.rbegin(); row != kTsmAttributes.rend(); ++row)
    if (shared_->visible(*row)) names.push_back(row->name);
  return names;
}

Result<std::unique_ptr<OpenAttribute>, int> ConfigfsTsm::open(std::string_view entry, std::string_view attribute,
                                                              TsmOpenFlags flags) {
  auto state = std::make_unique<OpenAttribute::State>();
  state->shared = shared_;
  state->entry = find(entry);
  SWTEE_REQUIRE(state->entry != nullptr, -ENOENT);
  state->row = find_tsm_attribute(attribute);
  const bool exists = state->row != nullptr && shared_->visible(*state->row);
  SWTEE_REQUIRE(exists, flags.create ? -EACCES : -ENOENT);
  SWTEE_REQUIRE(!(flags.create && flags.exclusive), -EEXIST);
  SWTEE_REQUIRE(!flags.directory, -ENOTDIR);
  SWTEE_REQUIRE(!(flags.read && state->row->writable), -EACCES);
  SWTEE_REQUIRE(!(flags.write && !state->row->writable), -EACCES);
  state->readable = flags.read;
  state->writable = flags.write;
  return std::unique_ptr<OpenAttribute>(new OpenAttribute(std::move(state)));
}

TsmStat ConfigfsTsm::stat() const {
  const std::lock_guard lock(shared_->directory);
  return {kDirectoryMode, 2 + static_cast<std::uint32_t>(shared_->entries.size()), 0};
}

Result<TsmStat, int> ConfigfsTsm::stat(std::string_view entry) const {
  SWTEE_REQUIRE(find(entry) != nullptr, -ENOENT);
  return TsmStat{kDirectoryMode, 2, 0};
}

Result<TsmStat, int> ConfigfsTsm::stat(std::string_view entry, std::string_view attribute) const {
  SWTEE_REQUIRE(find(entry) != nullptr, -ENOENT);
  const TsmAttributeRow* row = find_tsm_attribute(attribute);
  SWTEE_REQUIRE(row != nullptr && shared_->visible(*row), -ENOENT);
  return stat_of(*row);
}

int ConfigfsTsm::set_generation(std::string_view entry, std::uint64_t writes, std::uint64_t reads) {
  const std::shared_ptr<TsmEntry> found = find(entry);
  if (found == nullptr) return -ENOENT;
  const std::unique_lock lock(shared_->tsm);
  found->write_generation = writes;
  found->read_generation = reads;
  return 0;
}

}  // namespace swtee::guest::snp
