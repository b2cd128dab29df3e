// SPDX-License-Identifier: Apache-2.0
// Real certificates of the vendor (SWTEE_VECTORS) against the parser and the signature check. The chains were signed by
// AMD, so nothing here can agree with itself.
#include "firmware/crypto/utc_time.h"
#include "firmware/crypto/x509.h"

#include "hex.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace swtee::crypto {
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

std::vector<std::uint8_t> read(const std::string& file) {
  std::ifstream in(vectors() + "/snp/" + file, std::ios::binary);
  EXPECT_TRUE(in.good()) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<Certificate> chain(const std::string& file) {
  const auto bytes = read(file);
  auto parsed = certificates_from_pem(std::string(bytes.begin(), bytes.end()));
  EXPECT_TRUE(parsed.ok()) << file << ": " << (parsed.ok() ? "" : parsed.error().what());
  return parsed.ok() ? std::move(parsed).value() : std::vector<Certificate>();
}

struct RealChain {
  const char* file;
  const char* leaf;  ///< or empty
  const char* leaf_product;
};

TEST(RealCertificates, VerifyUpToTheVendorsRoot) {
  NEED_VECTORS();
  const RealChain chains[] = {{"milan-chain.pem", "milan-vcek-a.der", "1608" "4d696c616e2d4230"},
                              {"milan-chain.pem", "milan-vcek-b.der", "16084d696c616e2d4230"},
                              {"milan-chain.pem", "vcek-c.der", "16084d696c616e2d4230"},
                              {"milan-vlek-chain.pem", "vlek.der", "16054d696c616e"},
                              {"genoa-chain.pem", "genoa-vcek.pem", "160547656e6f61"},
                              {"turin-chain.pem", "turin-vcek.der", "16055475" "72696e"},
                              {"turin-chain-b.pem", "turin-vcek.der", "16055475" "72696e"}};
  for (const RealChain& real : chains) {
    const auto ca = chain(real.file);
    ASSERT_EQ(ca.size(), 2u) << real.file;
    const Certificate& intermediate = ca[0];
    const Certificate& root = ca[1];
    EXPECT_TRUE(verify_signature(root, root.spki).ok()) << real.file;
    EXPECT_TRUE(verify_signature(intermediate, root.spki).ok()) << real.file;
    EXPECT_FALSE(verify_signature(root, intermediate.spki).ok()) << real.file;
    EXPECT_TRUE(root.is_ca() && intermediate.is_ca());
    EXPECT_EQ(root.issuer_der, root.subject_der);
    EXPECT_EQ(intermediate.issuer_der, root.subject_der);
    EXPECT_EQ(root.subject.find(oid::kOrganization), "Advanced Micro Devices");

    const auto leaf = certificate_from_file(read(real.leaf));
    ASSERT_TRUE(leaf.ok()) << real.leaf << ": " << leaf.error().what();
    EXPECT_TRUE(verify_signature(leaf.value(), intermediate.spki).ok()) << real.leaf;
    EXPECT_EQ(leaf.value().issuer_der, intermediate.subject_der);
    EXPECT_TRUE(EcPublicKey::from_spki(leaf.value().spki).ok());
    EXPECT_FALSE(leaf.value().is_ca());
    EXPECT_EQ(to_hex(leaf.value().extension("1.3.6.1.4.1.3704.1.2")->value), real.leaf_product);
  }
}

TEST(RealCertificates, HaveTheKeyIdentifiersWeCompute) {
  NEED_VECTORS();
  for (const char* file : {"milan-chain.pem", "genoa-chain.pem", "turin-chain.pem", "milan-vlek-chain.pem"})
    for (const Certificate& certificate : chain(file)) {
      const auto ours = subject_key_identifier(key_identifier(certificate.spki));
      const Extension* const real = certificate.extension(oid::kSubjectKeyIdentifier);
      ASSERT_NE(real, nullptr);
      EXPECT_EQ(to_hex(real->value), to_hex(ours.value)) << file;
    }
}

TEST(RealCertificates, HaveTheDatesOpensslPrints) {
  NEED_VECTORS();
  const auto turin = Certificate::from_der(read("turin-vcek.der"));
  EXPECT_EQ(to_iso8601(turin.value().validity.not_before), "2024-11-06T21:14:00Z");
  EXPECT_EQ(to_iso8601(turin.value().validity.not_after), "2031-11-06T21:14:00Z");
}

/// A builder given the fields of a real certificate must write the very bytes that the vendor signed.
TEST(RealCertificates, AreRebuiltByteForByteUpToTheSignature) {
  NEED_VECTORS();
  static const RsaPrivateKey other = RsaPrivateKey::generate(2048);
  const auto rebuild = [](const Certificate& real, PssTrailer trailer) {
    CertificateFields fields{real.serial, real.issuer, real.validity, real.subject, real.spki, real.extensions};
    return Certificate::from_der(sign_certificate(fields, other, trailer)).value().tbs;
  };
  for (const char* file : {"milan-chain.pem", "milan-vlek-chain.pem", "genoa-chain.pem", "turin-chain.pem", "turin-chain-b.pem"})
    for (const Certificate& real : chain(file)) EXPECT_EQ(rebuild(real, PssTrailer::spelt_out), real.tbs) << file;
  for (const char* file : {"milan-vcek-a.der", "milan-vcek-b.der", "vcek-c.der"}) {
    const auto real = Certificate::from_der(read(file));
    EXPECT_EQ(rebuild(real.value(), PssTrailer::spelt_out), real.value().tbs) << file;
  }
  for (const char* file : {"turin-vcek.der", "vlek.der", "genoa-vcek.pem"}) {
    const auto real = certificate_from_file(read(file));
    EXPECT_EQ(rebuild(real.value(), PssTrailer::omitted), real.value().tbs) << file;
  }
}

}  // namespace
}  // namespace swtee::crypto
