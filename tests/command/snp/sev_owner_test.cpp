// SPDX-License-Identifier: Apache-2.0
/// Legacy SEV: PEK_GEN, PEK_CSR, PEK_CERT_IMPORT, PDH_GEN, PDH_CERT_EXPORT. The signatures are judged by sevctl in
/// tests/conformance; here, what each command changes and refuses.
#include "firmware/keys/cek.h"
#include "firmware/keys/sev_certificate.h"
#include "tests/support/sev_host.h"
#include "tests/support/snp_attempt.h"

#include <fstream>
#include <iterator>

namespace swtee::test {
namespace {

using sev::Usage;
using snp::Status;

bool same(const sev::Certificate& a, const sev::Certificate& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

std::string to_hex(ByteView bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

struct Ready {
  SnpMachine machine;
  SevHost host{machine};
  Ready() { EXPECT_EQ(host.init(), Status::success); }
};

struct Owner {
  crypto::EcPrivateKey key = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, Bytes<56>{42});
  sev::Certificate oca = keys::make_certificate(Usage::oca, key.public_key());
  Owner() { keys::sign(oca, 0, Usage::oca, key); }
};

TEST(SevOwner, IsAChainOfFourCertificates) {
  Ready a;
  const auto exported = a.host.export_certificates();
  const sev::CertificateChain& chain = exported.chain;
  EXPECT_TRUE(keys::signed_by(exported.pdh, chain.pek));
  EXPECT_TRUE(keys::signed_by(chain.pek, chain.oca));
  EXPECT_TRUE(keys::signed_by(chain.pek, chain.cek));
  EXPECT_TRUE(keys::signed_by(chain.oca, chain.oca));
  EXPECT_FALSE(keys::signed_by(chain.cek, chain.oca));
  EXPECT_EQ(chain.cek.signatures[0].usage, 0x1000u) << "only the vendor signs a CEK";
  EXPECT_EQ(exported.pdh.key_usage, 0x1003u);
  EXPECT_EQ(exported.pdh.key_algorithm, 3u);
  EXPECT_EQ(chain.pek.key_usage, 0x1002u);
  EXPECT_EQ(chain.pek.key_algorithm, 2u);
  EXPECT_EQ(chain.oca.key_usage, 0x1001u);
  EXPECT_EQ(chain.cek.key_usage, 0x1004u);
  EXPECT_EQ(chain.pek.api_major, a.machine.world().current().version.major);
  EXPECT_EQ(chain.pek.api_minor, a.machine.world().current().version.minor);
}

TEST(SevPekGen, MakesAnotherPlatformOfTheSameChip) {
  Ready a;
  const auto before = a.host.export_certificates();
  ASSERT_EQ(a.machine.command(sev_id::kPekGen), Status::success);
  const auto after = a.host.export_certificates();
  EXPECT_FALSE(same(before.pdh, after.pdh));
  EXPECT_FALSE(same(before.chain.pek, after.chain.pek));
  EXPECT_FALSE(same(before.chain.oca, after.chain.oca));
  EXPECT_TRUE(same(before.chain.cek, after.chain.cek));
  EXPECT_TRUE(keys::signed_by(after.pdh, after.chain.pek));
}

TEST(SevPdhGen, ChangesThePdhAlone) {
  Ready a;
  const auto before = a.host.export_certificates();
  ASSERT_EQ(a.machine.command(sev_id::kPdhGen), Status::success);
  const auto after = a.host.export_certificates();
  EXPECT_FALSE(same(before.pdh, after.pdh));
  EXPECT_TRUE(same(before.chain.pek, after.chain.pek));
  EXPECT_TRUE(same(before.chain.oca, after.chain.oca));
  EXPECT_TRUE(keys::signed_by(after.pdh, after.chain.pek));
}

TEST(SevPekGen, ChangesNothingWhenTheStorageFails) {
  for (const std::uint32_t command : {sev_id::kPekGen, sev_id::kPdhGen}) {
    Ready a;
    const auto before = a.host.export_certificates();
    a.machine.nv.store_fails = true;
    EXPECT_EQ(a.machine.command(command), Status::hwerror_platform);
    EXPECT_TRUE(same(a.host.export_certificates().pdh, before.pdh));
  }
}

struct Csr : Ready {
  Spa at = host.take_range();
  sev::PekCsrBuffer buffer{};
  Csr() {
    buffer.csr_paddr = at.value + 1;
    buffer.csr_length = 0x824u;
  }
  Status call() { return machine.command(sev_id::kPekCsr, buffer); }
};
const FaultList<Csr> kCsrFaults{
    {"not initialised", "platform", Status::invalid_platform_state, [](Csr& a) { a.host.shutdown(); }},
    {"no room", "length", Status::invalid_len, [](Csr& a) { a.buffer.csr_length = 0x823u; }},
    {"outside memory", "address", Status::invalid_address, [](Csr& a) { a.buffer.csr_paddr = kNoMemory; }},
};
SWTEE_COMMAND_TESTS(SevPekCsr, Csr, kCsrFaults)

TEST(SevPekCsr, IsThePekWithoutSignatures) {
  Csr a;
  sev::PekCsrBuffer query{};
  EXPECT_EQ(a.host.answering(sev_id::kPekCsr, query), Status::invalid_len);
  EXPECT_EQ(query.csr_length, 0x824u);
  const sev::Certificate csr = a.host.csr();
  const sev::Certificate pek = a.host.export_certificates().chain.pek;
  EXPECT_EQ(std::memcmp(&csr, &pek, 0x414), 0);
  for (const auto& signature : csr.signatures) {
    EXPECT_EQ(signature.usage, 0x1000u);
    EXPECT_EQ(signature.algorithm, 0u);
    EXPECT_TRUE(all_zero(signature.value));
  }
}

struct Import : Ready {
  Owner owner;
  sev::Certificate pek = host.csr();
  sev::Certificate oca = owner.oca;
  Spa pek_at = host.take_range();
  Spa oca_at = pek_at + 0x1000;
  sev::PekCertImportBuffer buffer{};
  Import() {
    keys::sign(pek, 0, Usage::oca, owner.key);
    place();
    buffer.pek_cert_paddr = pek_at.value;
    buffer.pek_cert_length = 0x824u;
    buffer.oca_cert_paddr = oca_at.value;
    buffer.oca_cert_length = 0x824u;
  }
  void place() {
    machine.write(pek_at, bytes_of(pek));
    machine.write(oca_at, bytes_of(oca));
  }
  Status call() { return machine.command(sev_id::kPekCertImport, buffer); }
};
const FaultList<Import> kImportFaults{
    {"not initialised", "platform", Status::invalid_platform_state, [](Import& a) { a.host.shutdown(); }},
    {"reserved word", "reserved", Status::invalid_param, [](Import& a) { a.buffer.reserved_ch = 1u; }},
    {"PEK too short", "length", Status::invalid_len, [](Import& a) { a.buffer.pek_cert_length = 0x823u; }},
    {"OCA too long", "length", Status::invalid_len, [](Import& a) { a.buffer.oca_cert_length = 0x825u; }},
    {"PEK outside memory", "pek address", Status::invalid_address, [](Import& a) { a.buffer.pek_cert_paddr = kNoMemory; }},
    {"OCA outside memory", "oca address", Status::invalid_address, [](Import& a) { a.buffer.oca_cert_paddr = kNoMemory; }},
    {"OCA of version 2", "oca", Status::invalid_certificate, [](Import& a) { a.oca.version = 2u, a.place(); }},
    {"OCA that is a PEK", "oca", Status::invalid_certificate, [](Import& a) { a.oca.key_usage = 0x1002u, a.place(); }},
    {"OCA with a reserved byte", "oca", Status::invalid_certificate, [](Import& a) { a.oca.reserved_6h[1] = 1, a.place(); }},
    {"OCA off the curve", "oca", Status::invalid_certificate, [](Import& a) { a.oca.key.qx[0] ^= 1, a.place(); }},
    {"OCA of another curve", "oca", Status::invalid_certificate, [](Import& a) { a.oca.key.curve = 1u, a.place(); }},
    {"another PEK", "pek", Status::invalid_certificate, [](Import& a) { a.pek.key.qy[0] ^= 1, a.place(); }},
    {"PEK of another version", "pek", Status::invalid_certificate, [](Import& a) { a.pek.api_minor ^= 1, a.place(); }},
    {"OCA's signature", "oca signature", Status::bad_signature, [](Import& a) { a.oca.signatures[0].value[5] ^= 1, a.place(); }},
    {"PEK's signature", "pek signature", Status::bad_signature, [](Import& a) { a.pek.signatures[0].value[5] ^= 1, a.place(); }},
    {"PEK without signature", "pek signature", Status::bad_signature, [](Import& a) { a.pek.signatures[0].usage = 0x1000u, a.place(); }},
    {"signature of another algorithm", "pek signature", Status::bad_signature,
     [](Import& a) { a.pek.signatures[0].algorithm = 0x102u, a.place(); }},
};
SWTEE_COMMAND_TESTS(SevPekCertImport, Import, kImportFaults)

TEST(SevPekCertImport, GivesThePlatformAnOwnerUntilPekGen) {
  Import a;
  const auto before = a.host.export_certificates();
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_EQ(a.host.platform_status().owner, 1);
  const auto after = a.host.export_certificates();
  EXPECT_TRUE(same(after.chain.oca, a.owner.oca));
  EXPECT_TRUE(keys::signed_by(after.chain.pek, a.owner.oca));
  EXPECT_TRUE(keys::signed_by(after.chain.pek, after.chain.cek));
  EXPECT_FALSE(same(after.pdh, before.pdh));
  EXPECT_TRUE(keys::signed_by(after.pdh, after.chain.pek));
  EXPECT_EQ(a.call(), Status::already_owned);

  ASSERT_TRUE(a.machine.power_cycle(small_platform()).ok());
  EXPECT_EQ(a.host.platform_status().owner, 0) << "nobody has read the state yet";
  ASSERT_EQ(a.host.init(), Status::success);
  EXPECT_EQ(a.host.platform_status().owner, 1);
  EXPECT_TRUE(same(a.host.export_certificates().pdh, after.pdh));
  ASSERT_EQ(a.machine.command(sev_id::kPekGen), Status::success);
  EXPECT_EQ(a.host.platform_status().owner, 0);
}

TEST(SevPekCertImport, TakesASignatureInTheSecondPlace) {
  Import a;
  a.pek = a.host.csr();
  keys::sign(a.pek, 1, Usage::oca, a.owner.key);
  a.place();
  ASSERT_EQ(a.call(), Status::success);
  const auto after = a.host.export_certificates();
  EXPECT_TRUE(keys::signed_by(after.chain.pek, a.owner.oca));
  EXPECT_TRUE(keys::signed_by(after.chain.pek, after.chain.cek));
}

struct Export : Ready {
  Spa at = host.take_range();
  sev::PdhCertExportBuffer buffer{};
  Export() {
    buffer.pdh_cert_paddr = at.value;
    buffer.pdh_cert_length = 0x824u;
    buffer.certs_paddr = at.value + 0x3001;
    buffer.certs_length = 0x186cu;
  }
  Status call() { return machine.command(sev_id::kPdhCertExport, buffer); }
};
const FaultList<Export> kExportFaults{
    {"not initialised", "platform", Status::invalid_platform_state, [](Export& a) { a.host.shutdown(); }},
    {"reserved word", "reserved", Status::invalid_param, [](Export& a) { a.buffer.reserved_ch = 1u; }},
    {"no room for the PDH", "length", Status::invalid_len, [](Export& a) { a.buffer.pdh_cert_length = 0x823u; }},
    {"no room for the chain", "length", Status::invalid_len, [](Export& a) { a.buffer.certs_length = 0x186bu; }},
    {"PDH outside memory", "pdh", Status::invalid_address, [](Export& a) { a.buffer.pdh_cert_paddr = kNoMemory; }},
    {"chain outside memory", "chain", Status::invalid_address, [](Export& a) { a.buffer.certs_paddr = kNoMemory; }},
};
SWTEE_COMMAND_TESTS(SevPdhCertExport, Export, kExportFaults)

TEST(SevPdhCertExport, TellsBothLengths) {
  Ready a;
  sev::PdhCertExportBuffer buffer{};
  buffer.certs_length = 0x186cu;
  EXPECT_EQ(a.host.answering(sev_id::kPdhCertExport, buffer), Status::invalid_len);
  EXPECT_EQ(buffer.pdh_cert_length, 0x824u);
  EXPECT_EQ(buffer.certs_length, 0x186cu);
}

TEST(SevPdhCertExport, WantsFirmwarePagesOnceSnpIsOn) {
  for (const std::uint64_t hosts_page : {0x0, 0x3000, 0x4000}) {
    Export a;
    a.machine.init();
    a.host.to_firmware(a.at, 0x6000);
    a.host.to_host(a.at + hosts_page, kPageSize);
    auto buffer = a.buffer;
    EXPECT_EQ(a.host.answering(sev_id::kPdhCertExport, buffer), Status::invalid_page_state) << hosts_page;
    EXPECT_EQ(a.machine.read(a.at, 0x824), std::vector<std::uint8_t>(0x824)) << "nothing was written";
    a.host.to_firmware(a.at + hosts_page, kPageSize);
    EXPECT_EQ(a.host.answering(sev_id::kPdhCertExport, buffer), Status::success);
    a.host.to_host(a.at, 0x6000);
  }
}

TEST(SevPdhCertExport, GivesTheSameWithSnp) {
  Ready a;
  const auto before = a.host.export_certificates();
  a.machine.init();
  const auto after = a.host.export_certificates();
  EXPECT_TRUE(same(before.pdh, after.pdh));
  EXPECT_TRUE(same(before.chain.pek, after.chain.pek));
}

/// tests/state/README.md: what an earlier release stored.
TEST(SevOwner, OfAStateFileOfVersion2IsFoundAgain) {
  std::ifstream file(SWTEE_SOURCE_DIR "/tests/state/permanent-2.bin", std::ios::binary);
  const std::vector<std::uint8_t> record((std::istreambuf_iterator<char>(file)), {});
  ASSERT_GT(record.size(), 64u);
  SnpMachine machine(small_platform("snp:milan"));
  machine.nv.record = record;
  ASSERT_TRUE(machine.power_cycle(small_platform("snp:milan")).ok());
  SevHost host(machine);
  ASSERT_EQ(host.init(), Status::success);
  EXPECT_EQ(*machine.nv.record, record);
  const auto exported = host.export_certificates();
  const auto digest = crypto::sha256(bytes_of(exported.pdh));
  EXPECT_EQ(to_hex(digest), "aa4ac52c815a4a07ecd1e51c54aa7790275035286f3582804724d2944f9ad178");
  EXPECT_TRUE(keys::signed_by(exported.chain.pek, exported.chain.cek)) << "and the chip's CEK is what it was";
}

TEST(Cek, IsTheChipsForLife) {
  Ready a;
  const auto before = a.host.export_certificates();
  ASSERT_TRUE(a.machine.power_cycle(small_platform()).ok());
  ASSERT_EQ(a.machine.command(sev_id::kFactoryReset), Status::success);
  ASSERT_EQ(a.host.init(), Status::success);
  EXPECT_TRUE(same(a.host.export_certificates().chain.cek, before.chain.cek));
  auto other = small_platform();
  other.chip = 1;
  SnpMachine machine(other);
  SevHost host(machine);
  ASSERT_EQ(host.init(), Status::success);
  EXPECT_FALSE(same(host.export_certificates().chain.cek, before.chain.cek));
}

}  // namespace
}  // namespace swtee::test
