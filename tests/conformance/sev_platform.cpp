// SPDX-License-Identifier: Apache-2.0
// sev_platform PLATFORM DIRECTORY: drives a legacy SEV platform by its commands and writes what it gave, for sevctl to judge:
//
//   ask_ark.cert   the vendor's, from the key service
//   self.chain     PDH, PEK, OCA, CEK of a platform that owns itself; the CEK from the key service, under the id that GET_ID gave
//   owned.chain    the same after PEK_CERT_IMPORT of an owner
//   oca.cert       that owner
//   pdh.cert       the PDH of self.chain
//
// sev_platform PLATFORM DIRECTORY launch POLICY: launches a guest on the same platform with vm_godh.b64 and vm_session.b64, as `sevctl
// session` makes them, and writes
//
//   image.bin, vmsa0.bin, vmsa1.bin   what was measured, the last two with SEV-ES
//   measurement.bin, nonce.bin        what LAUNCH_MEASURE gave
//   version                           API major, API minor, build
//   report.bin                        ATTESTATION_REPORT
//   secret.bin                        guest memory after LAUNCH_SECRET of secret.header and secret.payload, when these are there
#include "firmware/crypto/pem.h"
#include "firmware/keys/sev_certificate.h"
#include "sim/vendor/kds_responder.h"
#include "tests/support/sev_host.h"

#include <fstream>
#include <iostream>
#include <iterator>

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

  std::vector<std::uint8_t> read(const std::string& name) const {
    std::ifstream file(directory + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  crypto::DerBytes decoded(const std::string& name) const {
    const auto text = read(name);
    auto bytes = crypto::from_base64({reinterpret_cast<const char*>(text.data()), text.size()});
    if (!bytes.ok()) throw std::runtime_error(name + ": " + bytes.error().what());
    return std::move(bytes).value();
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

std::vector<std::uint8_t> pattern(std::size_t size, std::uint8_t factor) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * factor + (i >> 8));
  return bytes;
}

void put(SevHost& host, std::uint32_t handle, ByteView content, std::uint32_t command) {
  const Spa at = host.take_range();
  host.machine().write(at, content);
  must(host.launch_update(handle, at, static_cast<std::uint32_t>(content.size()), command), "LAUNCH_UPDATE");
}

void launch(const Tool& tool, SnpMachine& machine, std::uint32_t policy) {
  SevHost host(machine);
  const auto godh = from_bytes<sev::Certificate>(tool.decoded("vm_godh.b64"));
  const auto session = from_bytes<sev::Session>(tool.decoded("vm_session.b64"));
  std::uint32_t handle = 0;
  must(host.launch_start(policy, godh, session, handle), "LAUNCH_START");
  must(host.activate(handle, {3}), "ACTIVATE");
  const auto image = pattern(0x20000, 7);
  put(host, handle, image, sev_id::kLaunchUpdateData);
  tool.write("image.bin", {image});
  if (sev::policy::Es::get(policy)) {
    for (const std::uint8_t cpu : {std::uint8_t{0}, std::uint8_t{1}}) {
      const auto vmsa = pattern(kPageSize, static_cast<std::uint8_t>(11 + cpu));
      put(host, handle, vmsa, sev_id::kLaunchUpdateVmsa);
      tool.write("vmsa" + std::to_string(cpu) + ".bin", {vmsa});
    }
  }
  const sev::Measurement measurement = host.launch_measure(handle);
  tool.write("measurement.bin", {bytes_of(measurement)});
  tool.write("nonce.bin", {measurement.nonce});
  const auto status = host.platform_status();
  const std::string version = std::to_string(status.api_major) + " " + std::to_string(status.api_minor) + " " + std::to_string(status.build_id) + "\n";
  tool.write("version", {ByteView(reinterpret_cast<const std::uint8_t*>(version.data()), version.size())});
  const auto header = tool.read("secret.header");
  if (header.size() == sizeof(sev::PacketHeader)) {
    const auto payload = tool.read("secret.payload");
    const Spa guest = machine.take_page();
    must(host.launch_secret(handle, from_bytes<sev::PacketHeader>(header), payload, guest), "LAUNCH_SECRET");
    std::vector<std::uint8_t> secret(payload.size());
    if (!machine.machine().memory().read(Access::psp_as_guest({3}), guest, secret).ok()) throw std::runtime_error("guest memory");
    tool.write("secret.bin", {secret});
  }
  must(host.handle_command(sev_id::kLaunchFinish, handle), "LAUNCH_FINISH");
  tool.write("report.bin", {bytes_of(host.report(handle, {9, 8, 7}))});
}

}  // namespace
}  // namespace swtee::test

int main(int argc, char** argv) {
  using namespace swtee::test;
  try {
    const bool launches = argc == 5 && std::string_view(argv[3]) == "launch";
    if (argc != 3 && !launches) throw std::runtime_error("usage: sev_platform PLATFORM DIRECTORY [launch POLICY]");
    const Tool tool(argv[2]);
    SnpMachine machine(small_platform(argv[1]));
    machine.init();
    must(SevHost(machine).init(true), "INIT");
    if (launches)
      launch(tool, machine, static_cast<std::uint32_t>(std::stoul(argv[4])));
    else
      write_chains(tool, machine);
  } catch (const std::exception& error) {
    std::cerr << "sev_platform: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
