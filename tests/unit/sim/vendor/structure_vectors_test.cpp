// SPDX-License-Identifier: Apache-2.0
// Our certificates beside real ones (SWTEE_VECTORS), both taken apart by `openssl asn1parse`. For the same chip id, TCB and
// provider every OID, tag, order, flag and value must agree, except dates, keys, signatures, and the test mark.
#include "firmware/crypto/x509.h"
#include "firmware/keys/chip.h"
#include "vendor_fixture.h"

#include <iterator>
#include <regex>
#include <sstream>

namespace swtee::vendor {
namespace {

std::string vectors() {
  const char* const folder = std::getenv("SWTEE_VECTORS");
  return folder == nullptr ? std::string() : folder;
}

#define NEED_VECTORS()                                                                                                       \
  if (vectors().empty()) {                                                                                                   \
    if (const char* all = std::getenv("SWTEE_REQUIRE_ALL"); all != nullptr && all[0] == '1') FAIL() << "SWTEE_VECTORS is not set"; \
    GTEST_SKIP() << "SWTEE_VECTORS is not set: no real certificates";                                                        \
  }

crypto::DerBytes read(const std::string& file) {
  std::ifstream in(vectors() + "/snp/" + file, std::ios::binary);
  EXPECT_TRUE(in.good()) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

using Lines = std::vector<std::string>;

/// One line for each element: depth, kind, type and value; lengths only where the value is not shown.
Lines take_apart(ByteView der) {
  TemporaryDirectory directory;
  const CommandResult parsed = run("openssl asn1parse -inform DER -in " + directory.write("certificate.der", der));
  EXPECT_EQ(parsed.status, 0) << parsed.output;
  static const std::regex kLine(R"(\s*\d+:d=(\d+)\s+hl=\d+\s+l=\s*(\d+)\s+(prim|cons):\s*(.*?)\s*)");
  Lines lines;
  std::istringstream text(parsed.output);
  std::string last_object;
  for (std::string line; std::getline(text, line);) {
    std::smatch parts;
    EXPECT_TRUE(std::regex_match(line, parts, kLine)) << line;
    std::string element = parts[4];
    if (element.rfind("OBJECT", 0) == 0) last_object = element;
    if (element.rfind("UTCTIME", 0) == 0) element = "UTCTIME of length " + parts[2].str();
    if (element.rfind("BIT STRING", 0) == 0) element = "BIT STRING of length " + parts[2].str();
    // Key identifiers: the frame must agree, the SHA-1 of another key cannot.
    if (element.rfind("OCTET STRING", 0) == 0 && last_object.find("Key Identifier") != std::string::npos)
      element = std::regex_replace(element, std::regex("[0-9A-F]{40}$"), "<key id>");
    lines.push_back("d=" + parts[1].str() + " " + parts[3].str() + " " + element);
  }
  return lines;
}

/// Removes the RDN with the test mark, which must be there twice: once in the issuer and once in the subject.
Lines without_mark(Lines lines) {
  std::size_t found = 0;
  for (std::size_t i = 0; i + 3 < lines.size(); ++i) {
    if (lines[i + 3].find(":swtee TEST ONLY") == std::string::npos) continue;
    EXPECT_NE(lines[i].find("cons SET"), std::string::npos);
    EXPECT_NE(lines[i + 2].find("serialNumber"), std::string::npos);
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i), lines.begin() + static_cast<std::ptrdiff_t>(i) + 4);
    ++found;
  }
  EXPECT_EQ(found, 2u);
  return lines;
}

snp::Tcb tcb_of(const crypto::Certificate& certificate) {
  const auto svn = [&](const char* suffix) -> std::uint8_t {
    const crypto::Extension* const extension = certificate.extension(std::string("1.3.6.1.4.1.3704.1.3.") + suffix);
    return extension == nullptr ? std::uint8_t{0} : extension->value.back();
  };
  return {.fmc = svn("9"), .boot_loader = svn("1"), .tee = svn("2"), .snp = svn("3"), .microcode = svn("8")};
}

/// As one text, so that a failure prints the lines that differ.
std::string text_of(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

struct RealVcek {
  const char* file;
  Product product;
  crypto::PssTrailer trailer;
};

TEST(CertificateStructure, VcekAgreesWithRealOnes) {
  NEED_VECTORS();
  const RealVcek reals[] = {{"milan-vcek-a.der", Product::milan, crypto::PssTrailer::spelt_out},
                            {"milan-vcek-b.der", Product::milan, crypto::PssTrailer::spelt_out},
                            {"vcek-c.der", Product::milan, crypto::PssTrailer::spelt_out},
                            {"genoa-vcek.pem", Product::genoa, crypto::PssTrailer::omitted},
                            {"turin-vcek.der", Product::turin, crypto::PssTrailer::omitted}};
  const FixedClock clock;
  for (const RealVcek& each : reals) {
    const auto real = crypto::certificate_from_file(read(each.file));
    ASSERT_TRUE(real.ok()) << each.file;
    const VendorAuthority authority = make_authority(clock, each.trailer);
    const crypto::Extension* const hardware_id = real.value().extension("1.3.6.1.4.1.3704.1.4");
    ASSERT_NE(hardware_id, nullptr);
    keys::ChipId id{};
    std::copy(hardware_id->value.begin(), hardware_id->value.end(), id.begin());
    const keys::Chip chip = keys::chip_of_id(authority.universe(), product_row(each.product), id);
    EXPECT_EQ(text_of(without_mark(take_apart(authority.vcek(chip, tcb_of(real.value()))))), text_of(take_apart(real.value().der))) << each.file;
  }
}

TEST(CertificateStructure, VlekAgreesWithARealOne) {
  NEED_VECTORS();
  const FixedClock clock;
  const VendorAuthority authority = make_authority(clock);
  const auto real = crypto::certificate_from_file(read("vlek.der")).value();
  const crypto::DerBytes& csp = real.extension("1.3.6.1.4.1.3704.1.5")->value;
  const std::string csp_id(csp.begin() + 2, csp.end());
  EXPECT_EQ(text_of(without_mark(take_apart(authority.vlek(product_row(Product::milan), csp_id, tcb_of(real))))), text_of(take_apart(real.der)));
}

TEST(CertificateStructure, CaCertificatesAgreeWithRealOnes) {
  NEED_VECTORS();
  const FixedClock clock;
  const VendorAuthority authority = make_authority(clock);
  const std::tuple<const char*, const char*, Ca> chains[] = {{"milan-chain.pem", "Milan", Ca::ask},
                                                             {"milan-vlek-chain.pem", "Milan", Ca::asvk},
                                                             {"genoa-chain.pem", "Genoa", Ca::ask},
                                                             {"turin-chain.pem", "Turin", Ca::ask},
                                                             {"turin-chain-b.pem", "Turin", Ca::ask}};
  for (const auto& [file, line_name, signer] : chains) {
    const auto bytes = read(file);
    const auto chain = crypto::certificates_from_pem(std::string(bytes.begin(), bytes.end())).value();
    const ProductLine& line = *find_product_line(line_name);
    EXPECT_EQ(text_of(without_mark(take_apart(authority.ca_certificate(line, signer)))), text_of(take_apart(chain[0].der))) << file;
    EXPECT_EQ(text_of(without_mark(take_apart(authority.ca_certificate(line, Ca::ark)))), text_of(take_apart(chain[1].der))) << file;
  }
}

/// The comparison itself must notice a difference: Genoa is not Milan.
TEST(CertificateStructure, ComparisonSeesADifference) {
  NEED_VECTORS();
  const FixedClock clock;
  const VendorAuthority authority = make_authority(clock);
  const auto bytes = read("milan-chain.pem");
  const auto chain = crypto::certificates_from_pem(std::string(bytes.begin(), bytes.end())).value();
  EXPECT_NE(without_mark(take_apart(authority.ca_certificate(*find_product_line("Genoa"), Ca::ask))), take_apart(chain[0].der));
}

}  // namespace
}  // namespace swtee::vendor
