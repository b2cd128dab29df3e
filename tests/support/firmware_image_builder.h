// SPDX-License-Identifier: Apache-2.0
/// Builds firmware images with the tables of OVMF. Starts valid; a test breaks one thing in the bytes.
#pragma once

#include <swtee/abi/ovmf.h>

#include <algorithm>
#include <vector>

namespace swtee::test {

class FirmwareImageBuilder {
 public:
  /// An image of `size` bytes whose content is a fixed pattern.
  explicit FirmwareImageBuilder(std::size_t size) : size_(size) {}

  template <WireStruct T>
  FirmwareImageBuilder& entry(const ovmf::Guid& guid, const T& data) {
    const ByteView bytes = bytes_of(data);
    entries_.push_back({guid, {bytes.begin(), bytes.end()}});
    return *this;
  }
  FirmwareImageBuilder& section(std::uint32_t base, std::uint32_t size, std::uint32_t type) {
    sections_.push_back({.base = base, .size = size, .type = type});
    return *this;
  }

  /// Where the header of table entry `index` lies, counted in the order of the calls, and where the metadata lies.
  /// Valid after build().
  std::size_t entry_at(std::size_t index) const { return entry_at_.at(index); }
  std::size_t footer_at() const { return size_ - ovmf::kTableDistanceFromEnd - sizeof(ovmf::TableEntry); }
  std::size_t metadata_at() const { return metadata_at_; }

  std::vector<std::uint8_t> build() {
    std::vector<std::uint8_t> image(size_);
    for (std::size_t i = 0; i < size_; ++i) image[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8));
    auto entries = entries_;
    if (!sections_.empty()) {
      const std::vector<std::uint8_t> metadata = metadata_bytes();
      metadata_at_ = size_ - kMetadataDistance;
      std::copy(metadata.begin(), metadata.end(), image.begin() + static_cast<std::ptrdiff_t>(metadata_at_));
      const ByteView offset = bytes_of(kMetadataOffset);
      entries.push_back({ovmf::kSevMetadataOffset, {offset.begin(), offset.end()}});
    }
    entry_at_.clear();
    std::size_t end = footer_at();
    for (const Entry& entry : entries) {
      const ovmf::TableEntry header{.length = static_cast<std::uint16_t>(entry.data.size() + sizeof(ovmf::TableEntry)),
                                    .guid = entry.guid};
      end -= sizeof header;
      std::memcpy(image.data() + end, &header, sizeof header);
      entry_at_.push_back(end);
      end -= entry.data.size();
      std::copy(entry.data.begin(), entry.data.end(), image.begin() + static_cast<std::ptrdiff_t>(end));
    }
    const ovmf::TableEntry footer{.length = static_cast<std::uint16_t>(footer_at() - end + sizeof(ovmf::TableEntry)),
                                  .guid = ovmf::kTableFooter};
    std::memcpy(image.data() + footer_at(), &footer, sizeof footer);
    return image;
  }

 private:
  struct Entry {
    ovmf::Guid guid;
    std::vector<std::uint8_t> data;
  };
  static constexpr std::uint32_t kMetadataDistance = 0x400;
  static constexpr ovmf::MetadataOffset kMetadataOffset{kMetadataDistance};

  std::vector<std::uint8_t> metadata_bytes() const {
    const std::size_t size = sizeof(ovmf::SevMetadataHeader) + sections_.size() * sizeof(ovmf::SevMetadataSection);
    const ovmf::SevMetadataHeader header{.signature = ovmf::kSevMetadataSignature,
                                         .length = static_cast<std::uint32_t>(size),
                                         .version = ovmf::kSevMetadataVersion,
                                         .section_count = static_cast<std::uint32_t>(sections_.size())};
    const ByteView begin = bytes_of(header);
    std::vector<std::uint8_t> bytes(begin.begin(), begin.end());
    for (const auto& section : sections_) {
      const ByteView more = bytes_of(section);
      bytes.insert(bytes.end(), more.begin(), more.end());
    }
    return bytes;
  }

  std::size_t size_;
  std::vector<Entry> entries_;
  std::vector<ovmf::SevMetadataSection> sections_;
  std::vector<std::size_t> entry_at_;
  std::size_t metadata_at_ = 0;
};

/// Everything an OVMF with measured direct boot has, in 8 KiB: table entries 0 reset block, 1 hash table, 2 launch
/// secret, 3 metadata; one section of each type.
inline FirmwareImageBuilder measured_boot_image() {
  FirmwareImageBuilder builder(0x2000);
  builder.entry(ovmf::kSevEsResetBlock, ovmf::ResetBlock{.ip = 0xb004, .cs_base_high = 0x80})
      .entry(ovmf::kSevHashTable, ovmf::GuestArea{.base = 0x810c00, .size = 0x400})
      .entry(ovmf::kSevLaunchSecret, ovmf::GuestArea{.base = 0x810000, .size = 0xc00})
      .section(0x800000, 0x9000, 1)
      .section(0x80d000, 0x1000, 2)
      .section(0x80e000, 0x1000, 3)
      .section(0x80f000, 0x1000, 4)
      .section(0x810000, 0x1000, 0x10)
      .section(0x811000, 0x2000, 1);
  return builder;
}

/// An SVSM of 12 KiB: table entries 0 SVSM info, 1 metadata.
inline FirmwareImageBuilder svsm_image() {
  FirmwareImageBuilder builder(0x3000);
  builder.entry(ovmf::kSvsmInfo, ovmf::SvsmInfo{.launch_offset = 0x1230})
      .section(0x0, 0x9e000, 1)
      .section(0x9e000, 0x1000, 2)
      .section(0x9f000, 0x1000, 3);
  return builder;
}

}  // namespace swtee::test
