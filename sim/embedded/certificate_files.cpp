// SPDX-License-Identifier: Apache-2.0
#include "sim/embedded/certificate_files.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/pem.h"
#include "guest/verifier/certificate_table.h"
#include "sim/vendor/product_line.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace swtee::embedded {
namespace {

snp::Tcb reported_tcb(const config::PlatformConfig& config) {
  return config.tcb.reported.value_or(config.tcb.committed.value_or(config.tcb.current));
}

keys::Chip chip_of(const config::PlatformConfig& config) {
  return keys::make_chip(config.universe_keys(), *config.product, config.chip);
}

std::string pem(const crypto::DerBytes& der) { return crypto::to_pem("CERTIFICATE", der); }

}  // namespace

Result<std::vector<std::uint8_t>> certificate_table(const vendor::VendorAuthority& authority, const config::PlatformConfig& config) {
  const vendor::ProductLine& line = vendor::line_of(*config.product);
  const bool vlek = !config.vlek.empty();
  const snp::Tcb tcb = reported_tcb(config);
  return verifier::build_certificate_table({
      {snp::kArkGuid, authority.ca_certificate(line, vendor::Ca::ark)},
      {snp::kAskGuid, authority.ca_certificate(line, vlek ? vendor::Ca::asvk : vendor::Ca::ask)},
      vlek ? verifier::TableCertificate{snp::kVlekGuid, authority.vlek(*config.product, config.vlek, tcb)}
           : verifier::TableCertificate{snp::kVcekGuid, authority.vcek(chip_of(config), tcb)},
  });
}

std::vector<std::pair<std::string, std::string>> certificate_files(const vendor::VendorAuthority& authority,
                                                                   const config::PlatformConfig& config) {
  const vendor::ProductLine& line = vendor::line_of(*config.product);
  const bool vlek = !config.vlek.empty();
  const snp::Tcb tcb = reported_tcb(config);
  const crypto::DerBytes crl = authority.crl(line);
  std::vector<std::pair<std::string, std::string>> files{
      {"ark.pem", pem(authority.ca_certificate(line, vendor::Ca::ark))},
      {"ask.pem", pem(authority.ca_certificate(line, vendor::Ca::ask))},
      {"asvk.pem", pem(authority.ca_certificate(line, vendor::Ca::asvk))},
      {"vcek.pem", pem(authority.vcek(chip_of(config), tcb))},
      {"cert_chain.pem", authority.cert_chain(line, vlek ? vendor::KeyKind::vlek : vendor::KeyKind::vcek)},
      {"crl.der", std::string(crl.begin(), crl.end())},
  };
  if (vlek) files.emplace_back("vlek.pem", pem(authority.vlek(*config.product, config.vlek, tcb)));
  return files;
}

namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

Result<void> write_files(const Files& files, const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return fail("making the directory " + directory + ": " + error.message());
  for (const auto& [name, content] : files) {
    const std::string path = directory + "/" + name;
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << content;
    file.close();
    if (!file) return fail("writing " + path + ": " + std::strerror(errno));
  }
  return {};
}

}  // namespace

Result<void> write_certificate_files(const vendor::VendorAuthority& authority, const config::PlatformConfig& config,
                                     const std::string& directory) {
  return write_files(certificate_files(authority, config), directory);
}

Result<void> write_sev_certificate_files(const vendor::VendorAuthority& authority, const config::PlatformConfig& config,
                                         const std::string& directory) {
  const crypto::DerBytes cek = authority.cek(chip_of(config));
  const crypto::DerBytes ask_ark = authority.ask_ark(vendor::line_of(*config.product));
  return write_files({{"cek.cert", std::string(cek.begin(), cek.end())}, {"ask_ark.cert", std::string(ask_ark.begin(), ask_ark.end())}},
                     directory);
}

}  // namespace swtee::embedded
