// SPDX-License-Identifier: Apache-2.0
#include "sim/host/ovmf_image.h"
#include "tests/support/firmware_image_builder.h"

#include <gtest/gtest.h>

#include <functional>

namespace swtee::host {
namespace {

using test::FirmwareImageBuilder;
using Image = std::vector<std::uint8_t>;

void put16(Image& image, std::size_t at, unsigned value) {
  image.at(at) = static_cast<std::uint8_t>(value);
  image.at(at + 1) = static_cast<std::uint8_t>(value >> 8);
}
void put32(Image& image, std::size_t at, std::uint32_t value) {
  put16(image, at, value & 0xffff);
  put16(image, at + 2, value >> 16);
}

TEST(OvmfImage, TellsWhatItsTablesSay) {
  const Image image = test::measured_boot_image().build();
  const auto parsed = OvmfImage::parse(image, "OVMF image");
  ASSERT_TRUE(parsed.ok()) << parsed.error().what();
  const OvmfImage& ovmf = parsed.value();
  EXPECT_EQ(ovmf.size, image.size());
  EXPECT_EQ(ovmf.sev_es_reset_eip, 0x80b004U);
  ASSERT_TRUE(ovmf.hash_table.has_value());
  EXPECT_EQ(ovmf.hash_table->base, 0x810c00U);
  EXPECT_EQ(ovmf.hash_table->size, 0x400U);
  ASSERT_TRUE(ovmf.launch_secret.has_value());
  EXPECT_EQ(ovmf.launch_secret->size, 0xc00U);
  EXPECT_TRUE(ovmf.takes_kernel_hashes());
  EXPECT_TRUE(ovmf.has_sev_metadata);
  ASSERT_EQ(ovmf.sections.size(), 6U);
  EXPECT_EQ(ovmf.sections[0].base, 0x800000U);
  EXPECT_EQ(ovmf.sections[4].type, ovmf::SectionType::snp_kernel_hashes);
  EXPECT_EQ(ovmf.find_section(ovmf::SectionType::cpuid)->base, 0x80e000U);
}

TEST(OvmfImage, HasNoTablesWhenTheFooterIsAbsent) {
  FirmwareImageBuilder builder = test::measured_boot_image();
  Image image = builder.build();
  image.at(builder.footer_at() + 2) ^= 1;
  const auto parsed = OvmfImage::parse(image, "OVMF image");
  ASSERT_TRUE(parsed.ok());
  EXPECT_FALSE(parsed.value().sev_es_reset_eip.has_value());
  EXPECT_FALSE(parsed.value().has_sev_metadata);
  EXPECT_FALSE(parsed.value().takes_kernel_hashes());
}

TEST(OvmfImage, TakesNoKernelHashesWhenTheTablesAddressIsZero) {
  const Image image =
      FirmwareImageBuilder(0x1000).entry(ovmf::kSevHashTable, ovmf::GuestArea{.base = 0, .size = 0}).build();
  const auto parsed = OvmfImage::parse(image, "OVMF image");
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed.value().hash_table.has_value());
  EXPECT_FALSE(parsed.value().takes_kernel_hashes());
}

TEST(OvmfImage, SkipsGuidsItDoesNotKnowEvenTwice) {
  const Image image = FirmwareImageBuilder(0x1000)
                          .entry(ovmf::kTdxMetadataOffset, le32{1})
                          .entry(ovmf::kTdxMetadataOffset, le64{2})
                          .entry(ovmf::kSevEsResetBlock, ovmf::ResetBlock{.ip = 4, .cs_base_high = 0})
                          .build();
  const auto parsed = OvmfImage::parse(image, "OVMF image");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().sev_es_reset_eip, 4U);
}

TEST(OvmfImage, KeepsSectionsOfUnknownType) {
  const Image image = FirmwareImageBuilder(0x1000).section(0x1000, 0x1000, 0x77).build();
  const auto parsed = OvmfImage::parse(image, "OVMF image");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(static_cast<std::uint32_t>(parsed.value().sections.at(0).type), 0x77U);
}

TEST(OvmfImage, RefusesDataShorterThanItsGuidPromises) {
  const Image image = FirmwareImageBuilder(0x1000).entry(ovmf::kSevEsResetBlock, Bytes<3>{}).build();
  const auto parsed = OvmfImage::parse(image, "OVMF image");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().what(), "OVMF image: SEV-ES reset block at 0xfb9 has 3 bytes of data, needs 4");
}

struct Break {
  const char* name;
  std::function<void(const FirmwareImageBuilder&, Image&)> apply;
  const char* message;  ///< part of the error
};

class OvmfImageBroken : public testing::TestWithParam<Break> {};

TEST_P(OvmfImageBroken, IsRefusedWithWhatAndWhere) {
  FirmwareImageBuilder builder = test::measured_boot_image();
  Image image = builder.build();
  ASSERT_TRUE(OvmfImage::parse(image, "OVMF image").ok());
  GetParam().apply(builder, image);
  const auto parsed = OvmfImage::parse(image, "OVMF image");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().what().rfind("OVMF image: ", 0), 0U) << parsed.error().what();
  EXPECT_NE(parsed.error().what().find(GetParam().message), std::string::npos) << parsed.error().what();
}

INSTANTIATE_TEST_SUITE_P(
    Tables, OvmfImageBroken,
    testing::Values(
        Break{"Empty", [](const auto&, Image& i) { i.clear(); }, "0 bytes long, too short"},
        Break{"OneByteShort", [](const auto&, Image& i) { i.resize(49); }, "49 bytes long, too short"},
        Break{"FooterLengthZero", [](const auto& b, Image& i) { put16(i, b.footer_at(), 0); }, "footer at 0x1fce gives"},
        Break{"FooterLengthBelowHeader", [](const auto& b, Image& i) { put16(i, b.footer_at(), 17); }, "17 bytes"},
        Break{"TableLongerThanImage", [](const auto& b, Image& i) { put16(i, b.footer_at(), 0xffff); },
              "65535 bytes; it must have at least 18 and lie inside"},
        Break{"EntryLengthBelowHeader", [](const auto& b, Image& i) { put16(i, b.entry_at(1), 17); },
              "gives itself 17 bytes"},
        Break{"EntryLongerThanTable", [](const auto& b, Image& i) { put16(i, b.entry_at(3), 23); },
              "gives itself 23 bytes"},
        Break{"GuidTwice",
              [](const auto& b, Image& i) { std::copy_n(&i[b.entry_at(1) + 2], 16, &i[b.entry_at(2) + 2]); },
              "repeats an earlier GUID"},
        Break{"MetadataOffsetZero", [](const auto& b, Image& i) { put32(i, b.entry_at(3) - 4, 0); }, "0x0 bytes before"},
        Break{"MetadataOffsetInsideItsHeader", [](const auto& b, Image& i) { put32(i, b.entry_at(3) - 4, 15); },
              "its header does not fit"},
        Break{"MetadataBeforeTheImage", [](const auto& b, Image& i) { put32(i, b.entry_at(3) - 4, 0x2001); },
              "0x2001 bytes before"},
        Break{"MetadataOffsetHuge", [](const auto& b, Image& i) { put32(i, b.entry_at(3) - 4, 0xffffffff); },
              "0xffffffff bytes before"},
        Break{"MetadataSignature", [](const auto& b, Image& i) { i[b.metadata_at()] ^= 1; }, "signature ASEV"},
        Break{"MetadataVersion", [](const auto& b, Image& i) { put32(i, b.metadata_at() + 8, 2); }, "version 2"},
        Break{"MetadataLengthBelowSections", [](const auto& b, Image& i) { put32(i, b.metadata_at() + 4, 16 + 71); },
              "6 sections need 88"},
        Break{"MetadataBeyondImage", [](const auto& b, Image& i) { put32(i, b.metadata_at() + 4, 0x401); },
              "the image has 1024 left"},
        Break{"SectionCountHuge", [](const auto& b, Image& i) { put32(i, b.metadata_at() + 12, 0xffffffff); },
              "4294967295 sections need"}),
    [](const auto& row) { return row.param.name; });

TEST(OvmfImage, ReadsNothingBeyondAnImageThatIsCutShortAnywhere) {
  const Image whole = test::measured_boot_image().build();
  for (std::size_t size = 0; size < whole.size(); size += 3) {
    const Image head(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    const Image tail(whole.end() - static_cast<std::ptrdiff_t>(size), whole.end());
    (void)OvmfImage::parse(head, "OVMF image").ok();
    const auto parsed = OvmfImage::parse(tail, "OVMF image");
    EXPECT_EQ(parsed.ok(), size >= 0x400) << size;
  }
}

}  // namespace
}  // namespace swtee::host
