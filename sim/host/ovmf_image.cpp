// SPDX-License-Identifier: Apache-2.0
#include "sim/host/ovmf_image.h"

#include "firmware/contract/require.h"
#include "sim/host/hex_text.h"

namespace swtee::host {
namespace {

using ovmf::TableEntry;

constexpr std::size_t kHeaderSize = sizeof(TableEntry);

/// Data of a table entry: a range of the image.
struct EntryData {
  std::size_t at;
  std::size_t size;
};

struct KnownEntries {
  std::optional<EntryData> metadata_offset;
  std::optional<EntryData> hash_table;
  std::optional<EntryData> launch_secret;
  std::optional<EntryData> reset_block;
  std::optional<EntryData> svsm_info;

  std::optional<EntryData>* slot(const ovmf::Guid& guid) {
    if (guid == ovmf::kSevMetadataOffset) return &metadata_offset;
    if (guid == ovmf::kSevHashTable) return &hash_table;
    if (guid == ovmf::kSevLaunchSecret) return &launch_secret;
    if (guid == ovmf::kSevEsResetBlock) return &reset_block;
    if (guid == ovmf::kSvsmInfo) return &svsm_info;
    return nullptr;
  }
};

class Parser {
 public:
  Parser(ByteView image, const std::string& name) : image_(image), name_(name) {}

  Result<OvmfImage> parse() const {
    OvmfImage out;
    out.size = image_.size();
    KnownEntries entries = SWTEE_TRY(read_table());
    if (entries.reset_block) {
      const auto block = SWTEE_TRY(read<ovmf::ResetBlock>(*entries.reset_block, "SEV-ES reset block"));
      out.sev_es_reset_eip = static_cast<std::uint32_t>(block.cs_base_high) << 16 | block.ip;
    }
    if (entries.hash_table) out.hash_table = SWTEE_TRY(read<ovmf::GuestArea>(*entries.hash_table, "SEV hash table entry"));
    if (entries.launch_secret)
      out.launch_secret = SWTEE_TRY(read<ovmf::GuestArea>(*entries.launch_secret, "SEV launch secret entry"));
    if (entries.svsm_info)
      out.svsm_launch_offset = SWTEE_TRY(read<ovmf::SvsmInfo>(*entries.svsm_info, "SVSM info")).launch_offset;
    if (entries.metadata_offset) {
      const auto offset = SWTEE_TRY(read<ovmf::MetadataOffset>(*entries.metadata_offset, "SEV metadata offset"));
      out.sections = SWTEE_TRY(read_sections(offset.distance_from_end));
      out.has_sev_metadata = true;
    }
    return out;
  }

 private:
  Failure<Error> broken(const std::string& what) const { return fail(name_ + ": " + what); }

  template <class T>
  Result<T> read(const EntryData& data, const char* what) const {
    if (data.size < sizeof(T))
      return broken(std::string(what) + " at " + hex_text(data.at) + " has " + std::to_string(data.size) +
                    " bytes of data, needs " + std::to_string(sizeof(T)));
    return from_bytes<T>(image_.subspan(data.at, sizeof(T)));
  }

  /// Walks the table from its footer backwards.
  Result<KnownEntries> read_table() const {
    KnownEntries entries;
    if (image_.size() < ovmf::kTableDistanceFromEnd + kHeaderSize)
      return broken("is " + std::to_string(image_.size()) + " bytes long, too short for a firmware image");
    const std::size_t footer_at = image_.size() - ovmf::kTableDistanceFromEnd - kHeaderSize;
    const auto footer = from_bytes<TableEntry>(image_.subspan(footer_at));
    if (footer.guid != ovmf::kTableFooter) return entries;
    if (footer.length < kHeaderSize || footer.length - kHeaderSize > footer_at)
      return broken("GUID table footer at " + hex_text(footer_at) + " gives the table " +
                    std::to_string(footer.length.get()) + " bytes; it must have at least " + std::to_string(kHeaderSize) +
                    " and lie inside the image");
    const std::size_t begin = footer_at - (footer.length - kHeaderSize);
    std::size_t end = footer_at;
    while (end - begin >= kHeaderSize) {
      const std::size_t header_at = end - kHeaderSize;
      const auto header = from_bytes<TableEntry>(image_.subspan(header_at));
      if (header.length < kHeaderSize || header.length > end - begin)
        return broken("GUID table entry at " + hex_text(header_at) + " gives itself " +
                      std::to_string(header.length.get()) + " bytes; it must have at least " +
                      std::to_string(kHeaderSize) + " and the table has " + std::to_string(end - begin) + " left");
      if (auto* slot = entries.slot(header.guid)) {
        if (slot->has_value()) return broken("GUID table entry at " + hex_text(header_at) + " repeats an earlier GUID");
        *slot = EntryData{end - header.length, header.length - kHeaderSize};
      }
      end -= header.length;
    }
    return entries;
  }

  Result<std::vector<SevSection>> read_sections(std::uint32_t distance_from_end) const {
    if (distance_from_end > image_.size() || distance_from_end < sizeof(ovmf::SevMetadataHeader))
      return broken("SEV metadata is said to begin " + hex_text(distance_from_end) + " bytes before the end of an image of " +
                    hex_text(image_.size()) + " bytes; its header does not fit there");
    const std::size_t at = image_.size() - distance_from_end;
    const auto header = from_bytes<ovmf::SevMetadataHeader>(image_.subspan(at));
    if (header.signature != ovmf::kSevMetadataSignature)
      return broken("SEV metadata at " + hex_text(at) + " does not begin with the signature ASEV");
    if (header.version != ovmf::kSevMetadataVersion)
      return broken("SEV metadata at " + hex_text(at) + " has version " + std::to_string(header.version.get()) +
                    ", only version 1 is known");
    const std::uint64_t needed = sizeof header + std::uint64_t{header.section_count} * sizeof(ovmf::SevMetadataSection);
    if (header.length < needed || header.length > distance_from_end)
      return broken("SEV metadata at " + hex_text(at) + " gives itself " + std::to_string(header.length.get()) +
                    " bytes; its " + std::to_string(header.section_count.get()) + " sections need " +
                    std::to_string(needed) + " and the image has " + std::to_string(distance_from_end) + " left");
    std::vector<SevSection> sections;
    sections.reserve(header.section_count);
    for (std::size_t i = 0; i < header.section_count; ++i) {
      const std::size_t section_at = at + sizeof header + i * sizeof(ovmf::SevMetadataSection);
      const auto section = from_bytes<ovmf::SevMetadataSection>(image_.subspan(section_at));
      sections.push_back({section.base, section.size, static_cast<ovmf::SectionType>(section.type.get()), section_at});
    }
    return sections;
  }

  ByteView image_;
  const std::string& name_;
};

}  // namespace

Result<OvmfImage> OvmfImage::parse(ByteView image, const std::string& name) { return Parser(image, name).parse(); }

const SevSection* OvmfImage::find_section(ovmf::SectionType type) const {
  for (const SevSection& section : sections)
    if (section.type == type) return &section;
  return nullptr;
}

}  // namespace swtee::host
