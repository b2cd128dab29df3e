// SPDX-License-Identifier: Apache-2.0
// sev_platform PLATFORM DIRECTORY: drives a legacy SEV platform by its commands and writes what it gave, for sevctl to judge:
//
//   ask_ark.cert   the vendor's, from the key service
//   self.chain     PDH, PEK, OCA, CEK of a platform that owns itself; the CEK from the key service, under the id that GET_ID gave
//   owned.chain    the same after PEK_CERT_IMPORT of an owner
//   oca.cert       that owner
//   pdh.cert       the PDH of self.chain
#include "firmware/keys/sev_certificate.h"
#include "sim/vendor/kds_responder.h"
#include "tests/support/sev_host.h"

#include <fstream>
#include <iostream>

namespace swtee::test {
namespace {

class StoppedClock final : public Clock {
 public:
  std::int64_t unix_seconds() const override { return 1772600767; }
};

struct Tool {
  std::string directory;
  StoppedClock clock;
  std::shared_ptr<vendor::VendorAuthority> authority;

  explicit Tool(std::string where) : directory(std::move(where)) {
    vendor::AuthorityOptions options;
    options.clock = &clock;
    auto made = vendor::VendorAuthority::create(std::move(options));
    if (!made.ok()) throw std::runtime_error(made.error().what());
    authority = std::make_shared<vendor::VendorAuthority>(std::move(made).value());
  }

  void write(const std::string& name, std::initializer_list<ByteView> pieces) const {
    std::ofstream file(directory + "/" + name, std::ios::binary | std::ios::trunc);
    for (const ByteView piece : pieces) file.write(reinterpret_cast<const char*>(piece.data()), static_cast<std::streamsize>(piece.size()));
    file.close();
    if (!file) throw std::runtime_error("cannot write " + name);
  }

  crypto::DerBytes fetch_cek(ByteView id) const {
    std::string path = "/cek/id/";
    for (const std::uint8_t byte : id) {
      path += "0123456789abcdef"[byte >> 4];
      path += "0123456789abcdef"[byte & 15];
    }
    vendor::KdsResponder kds(authority, std::make_unique<vendor::Fleet>(authority->universe(), 2), {});
    const vendor::KdsReply reply = kds.answer(vendor::Method::get, path, "", {"192.0.2.1", false, {}});
    if (reply.status != 200) throw std::runtime_error("the key service refuses: " + *reply.body);
    return {reply.body->begin(), reply.body->end()};
  }
};

void must(snp::Status status, const char* what) {
  if (status != snp::Status::success) throw std::runtime_error(std::string(what) + ": " + std::string(name_of(status)));
}

void write_chains(const Tool& tool, SnpMachine& machine) {
  SevHost host(machine);
  const crypto::DerBytes cek = tool.fetch_cek(host.get_id());
  const auto own = host.export_certificates();
  tool.write("ask_ark.cert", {tool.authority->ask_ark(vendor::line_of(*machine.machine().config().product))});
  tool.write("self.chain", {bytes_of(own.pdh), bytes_of(own.chain.pek), bytes_of(own.chain.oca), cek});
  tool.write("pdh.cert", {bytes_of(own.pdh)});

  const auto owner = crypto::EcPrivateKey::from_seed(crypto::Curve::p384, Bytes<56>{42});
  sev::Certificate oca = keys::make_certificate(sev::Usage::oca, owner.public_key());
  keys::sign(oca, 0, sev::Usage::oca, owner);
  sev::Certificate pek = host.csr();
  keys::sign(pek, 0, sev::Usage::oca, owner);
  must(host.import(pek, oca), "PEK_CERT_IMPORT");
  const auto owned = host.export_certificates();
  tool.write("oca.cert", {bytes_of(oca)});
  tool.write("owned.chain", {bytes_of(owned.pdh), bytes_of(owned.chain.pek), bytes_of(owned.chain.oca), cek});
}

}  // namespace
}  // namespace swtee::test

int main(int argc, char** argv) {
  using namespace swtee::test;
  try {
    if (argc != 3) throw std::runtime_error("usage: sev_platform PLATFORM DIRECTORY");
    const Tool tool(argv[2]);
    SnpMachine machine(small_platform(argv[1]));
    machine.init();
    must(SevHost(machine).init(true), "INIT");
    write_chains(tool, machine);
  } catch (const std::exception& error) {
    std::cerr << "sev_platform: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
