// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/certificate_files.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/pem.h"
#include "guest/verifier/certificate_table.h"
#include "sim/cli/input.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace swtee::cli {
namespace {

using verifier::CertificateRole;

constexpr std::string_view kPemStart = "-----BEGIN ";

Result<void> add_der(ByteView der, const std::string& name, CertificateFile& found) {
  auto certificate = crypto::Certificate::from_der(der);
  if (certificate.ok()) {
    found.certificates.push_back(std::move(certificate).value());
    return {};
  }
  auto crl = crypto::Crl::from_der(der);
  if (!crl.ok()) return fail(name + " is neither a certificate (" + certificate.error().what() + ") nor a CRL (" + crl.error().what() + ")");
  found.crls.push_back(std::move(crl).value());
  return {};
}

void append(CertificateFile& to, CertificateFile&& from) {
  std::move(from.certificates.begin(), from.certificates.end(), std::back_inserter(to.certificates));
  std::move(from.crls.begin(), from.crls.end(), std::back_inserter(to.crls));
}

Result<CertificateFile> read_table(ByteView bytes, const std::string& name) {
  CertificateFile found;
  auto table = verifier::parse_certificate_table(bytes);
  if (!table.ok()) return fail(name + ": " + table.error().what());
  for (const verifier::TableCertificate& entry : table.value()) {
    if (verifier::name_of(entry.guid).empty()) continue;  // a host may add things that are no certificates
    append(found, SWTEE_TRY(read_certificates(entry.bytes, name + ", entry " + verifier::text_of(entry.guid))));
  }
  return found;
}

bool certificate_file_name(const std::filesystem::path& path) {
  static constexpr std::array<std::string_view, 6> kStems{"ark", "ask", "asvk", "vcek", "vlek", "crl"};
  static constexpr std::array<std::string_view, 4> kExtensions{".pem", ".der", ".cert", ".crl"};
  return std::find(kStems.begin(), kStems.end(), path.stem().string()) != kStems.end() &&
         std::find(kExtensions.begin(), kExtensions.end(), path.extension().string()) != kExtensions.end();
}

Result<CertificateFile> load_folder(const std::string& path, Context& context) {
  std::error_code error;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error))
    if (certificate_file_name(entry->path())) names.push_back(entry->path().string());
  if (error) return fail("cannot list '" + path + "': " + error.message());
  if (names.empty()) return fail("'" + path + "' has no file like vcek.der, ask.pem or ark.pem");
  std::sort(names.begin(), names.end());
  CertificateFile found;
  for (const std::string& name : names) append(found, SWTEE_TRY(load_certificates(name, context)));
  return found;
}

void place(std::optional<crypto::Certificate>& where, const crypto::Certificate& certificate) {
  if (!where) where = certificate;
}

}  // namespace

Result<CertificateFile> read_certificates(ByteView bytes, const std::string& name) {
  CertificateFile found;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.find(kPemStart) == std::string_view::npos || (!bytes.empty() && bytes[0] == crypto::der::kSequence)) {
    SWTEE_TRY(add_der(bytes, name, found));
    return found;
  }
  auto blocks = crypto::parse_pem(text);
  if (!blocks.ok()) return fail(name + ": " + blocks.error().what());
  for (const crypto::PemBlock& block : blocks.value()) {
    if (block.label != "CERTIFICATE" && block.label != "X509 CRL")
      return fail(name + " holds a PEM block '" + block.label + "', not only certificates and CRLs");
    SWTEE_TRY(add_der(block.bytes, name, found));
  }
  return found;
}

bool looks_like_certificate_table(ByteView bytes) {
  if (bytes.size() < 2 * sizeof(snp::CertificateTableEntry)) return false;
  return !verifier::name_of(from_bytes<snp::CertificateTableEntry>(bytes).guid).empty();
}

Result<CertificateFile> load_certificates(const std::string& path, Context& context) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return load_folder(path, context);
  const std::vector<std::uint8_t> bytes = SWTEE_TRY(read_input(path, context));
  return looks_like_certificate_table(bytes) ? read_table(bytes, "'" + path + "'") : read_certificates(bytes, "'" + path + "'");
}

void add_to_chain(const CertificateFile& found, verifier::SigningKey key, verifier::CertificateChain& chain) {
  const bool vlek = key == verifier::SigningKey::vlek;
  for (const crypto::Certificate& certificate : found.certificates) {
    const CertificateRole role = verifier::role_of(certificate);
    if (role == CertificateRole::ark) place(chain.ark, certificate);
    if (role == (vlek ? CertificateRole::asvk : CertificateRole::ask)) place(chain.ask, certificate);
    if (role == (vlek ? CertificateRole::vlek : CertificateRole::vcek)) place(chain.vek, certificate);
  }
  if (!chain.crl && !found.crls.empty()) chain.crl = found.crls.front();
}

}  // namespace swtee::cli
