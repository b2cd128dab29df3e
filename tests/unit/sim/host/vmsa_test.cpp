// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/digest.h"
#include "sim/host/vmsa.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <set>

namespace swtee::host {
namespace {

std::string digits(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", byte);
    text += two;
  }
  return text;
}

TEST(Vmsa, HasTheBytesThatSevSnpMeasureBuilds) {
  std::ifstream file(SWTEE_TEST_VECTORS "/measure/vmsa.json");
  const auto rows = nlohmann::json::parse(file);
  ASSERT_EQ(rows.size(), 14U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 6U) << row;
    const auto number = [&row](const char* key) { return std::stoull(row.at(key).get<std::string>(), nullptr, 16); };
    const auto vmm = find_vmm_type(row.at("vmm").get<std::string>());
    ASSERT_TRUE(vmm.has_value()) << row;
    const std::string form = row.at("form");
    ASSERT_TRUE(form == "reset" || form == "svsm") << row;
    const snp::Vmsa vmsa = form == "svsm" ? svsm_vmsa(number("eip"), number("signature"))
                                          : reset_vmsa({.vmm = *vmm,
                                                        .eip = static_cast<std::uint32_t>(number("eip")),
                                                        .signature = number("signature"),
                                                        .sev_features = number("features")});
    EXPECT_EQ(digits(crypto::sha384(bytes_of(vmsa))), row.at("sha384").get<std::string>()) << row;
  }
}

TEST(Vmsa, StartsTheBootProcessorAtTheResetVectorAndTheOthersWhereTheImageSays) {
  const auto vmsas = guest_vmsas(0x0080b004, 2, {.signature = 0xa00f11, .sev_features = 1});
  ASSERT_TRUE(vmsas.ok());
  EXPECT_EQ(vmsas.value().boot.cs.base, 0xffff0000U);
  EXPECT_EQ(vmsas.value().boot.rip, 0xfff0U);
  EXPECT_EQ(vmsas.value().others.cs.base, 0x800000U);
  EXPECT_EQ(vmsas.value().others.rip, 0xb004U);
  EXPECT_EQ(vmsas.value().others.rdx, 0xa00f11U);
}

TEST(Vmsa, RefusesAnImageWithoutResetBlock) {
  const auto vmsas = guest_vmsas(std::nullopt, 1, {});
  ASSERT_FALSE(vmsas.ok());
  EXPECT_NE(vmsas.error().what().find("SEV-ES reset block"), std::string::npos);
}

TEST(Vmsa, RefusesSeveralVcpusWhenTheResetBlockIsZero) {
  EXPECT_TRUE(guest_vmsas(0, 1, {}).ok());
  const auto vmsas = guest_vmsas(0, 2, {});
  ASSERT_FALSE(vmsas.ok());
  EXPECT_NE(vmsas.error().what().find("more than one vCPU"), std::string::npos);
}

TEST(VcpuType, HasTheSignatureOfItsFamilyModelAndStepping) {
  struct Row {
    const char* name;
    std::uint32_t family, model, stepping;
  };
  for (const Row& row : {Row{"EPYC-v4", 23, 1, 2}, Row{"EPYC-IBPB", 23, 1, 2}, Row{"EPYC-Rome-v3", 23, 49, 0},
                         Row{"EPYC-Milan-v2", 25, 1, 1}, Row{"EPYC-Genoa", 25, 17, 0}, Row{"EPYC-Turin", 26, 0, 0}}) {
    const VcpuType* type = find_vcpu_type(row.name);
    ASSERT_NE(type, nullptr) << row.name;
    EXPECT_EQ(type->signature, cpuid_signature(row.family, row.model, row.stepping)) << row.name;
  }
  EXPECT_EQ(find_vcpu_type("epyc"), nullptr);
}

TEST(VcpuType, HasNoNameTwice) {
  std::set<std::string_view> names;
  for (const VcpuType& type : vcpu_types()) EXPECT_TRUE(names.insert(type.name).second) << type.name;
  EXPECT_EQ(names.size(), 16U);
}

TEST(CpuidSignature, KeepsSmallFamiliesOutOfTheExtendedFamily) {
  EXPECT_EQ(cpuid_signature(6, 0x55, 3), 0x00050653U);
  EXPECT_EQ(cpuid_signature(15, 2, 1), 0x00000f21U);
  EXPECT_EQ(cpuid_signature(16, 2, 1), 0x00100f21U);
  EXPECT_EQ(cpuid_signature(300, 511, 31), 0x01df0fffU);
}

TEST(VmmType, IsFoundByItsExactNameOnly) {
  for (const std::string_view name : vmm_type_names()) {
    const auto vmm = find_vmm_type(name);
    ASSERT_TRUE(vmm.has_value()) << name;
    EXPECT_EQ(name_of(*vmm), name);
  }
  EXPECT_FALSE(find_vmm_type("qemu").has_value());
  EXPECT_FALSE(find_vmm_type("krun").has_value());
}

}  // namespace
}  // namespace swtee::host
