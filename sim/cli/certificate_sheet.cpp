// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/certificate_sheet.h"

#include "firmware/crypto/digest.h"
#include "firmware/crypto/utc_time.h"
#include "guest/verifier/evidence.h"
#include "guest/verifier/hex.h"
#include "guest/verifier/policy.h"
#include "guest/verifier/vek_extensions.h"
#include "sim/cli/certificate_files.h"

namespace swtee::cli {
namespace {

using crypto::Certificate;

std::string key_text(const Certificate& certificate) {
  if (const auto rsa = crypto::RsaPublicKey::from_spki(certificate.spki); rsa.ok())
    return "RSA, " + std::to_string(rsa.value().modulus_bits()) + " bits";
  if (const auto ec = crypto::EcPublicKey::from_spki(certificate.spki); ec.ok())
    return ec.value().curve() == crypto::Curve::p384 ? "EC, P-384" : "EC, P-256";
  return "of a kind unknown to this program";
}

std::string algorithm_text(crypto::SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case crypto::SignatureAlgorithm::rsa_pss_sha384: return "RSASSA-PSS with SHA-384, salt of 48 bytes";
    case crypto::SignatureAlgorithm::ecdsa_sha256: return "ECDSA with SHA-256";
    case crypto::SignatureAlgorithm::ecdsa_sha384: return "ECDSA with SHA-384";
    case crypto::SignatureAlgorithm::unknown: break;
  }
  return "unknown to this program";
}

void add_time(Sheet& sheet, const std::string& key, const std::string& label, std::int64_t seconds) {
  sheet.add_text(key, label, crypto::to_iso8601(seconds));
}

Json tcb_parts(const verifier::VekExtensions& extensions) {
  Json json;
  if (extensions.has_fmc) json["fmc"] = extensions.tcb.fmc;
  json["boot_loader"] = extensions.tcb.boot_loader;
  json["tee"] = extensions.tcb.tee;
  json["snp"] = extensions.tcb.snp;
  json["microcode"] = extensions.tcb.microcode;
  return json;
}

void add_vek_extensions(Sheet& sheet, const Certificate& certificate) {
  const auto extensions = verifier::parse_vek_extensions(certificate);
  if (!extensions.ok()) {
    sheet.add_text("extensions_problem", "extensions", extensions.error().what());
    return;
  }
  const verifier::VekExtensions& found = extensions.value();
  sheet.add_number("struct_version", "structVersion", found.struct_version);
  sheet.add_text("product_name", "productName1", found.product_name);
  const auto layout = found.has_fmc ? snp::TcbLayout::turin : snp::TcbLayout::milan_genoa;
  sheet.add("tcb", "TCB", verifier::text_of(found.tcb, layout), tcb_parts(found));
  if (found.hwid) sheet.add_bytes("hwid", "hwID (CHIP_ID)", *found.hwid);
  if (found.csp_id) sheet.add_text("csp_id", "cspID", *found.csp_id);
}

}  // namespace

Sheet certificate_sheet(const Certificate& certificate) {
  const verifier::CertificateRole role = verifier::role_of(certificate);
  const bool test = verifier::marked_test_only(certificate);
  Sheet sheet("certificate", role == verifier::CertificateRole::other ? "Certificate" : verifier::text_of(role) + " certificate");
  sheet.add("role", "role", verifier::text_of(role) + (test ? ", swtee TEST ONLY" : ""), verifier::text_of(role));
  sheet.add_flag("test_only", "for tests only", test);
  sheet.add_text("subject", "subject", certificate.subject.text());
  sheet.add_text("issuer", "issuer", certificate.issuer.text());
  sheet.add_text("serial", "serial number", "0x" + verifier::to_hex(certificate.serial));
  add_time(sheet, "not_before", "valid from", certificate.validity.not_before);
  add_time(sheet, "not_after", "valid until", certificate.validity.not_after);
  sheet.add_text("key", "key", key_text(certificate));
  sheet.add_text("signature_algorithm", "signed with", algorithm_text(certificate.algorithm));
  sheet.add_flag("ca", "is a CA", certificate.is_ca());
  if (role == verifier::CertificateRole::vcek || role == verifier::CertificateRole::vlek) add_vek_extensions(sheet, certificate);
  sheet.add_bytes("sha256", "SHA-256", crypto::sha256(certificate.der));
  return sheet;
}

Sheet crl_sheet(const crypto::Crl& crl) {
  Sheet sheet("crl", "Certificate revocation list");
  sheet.add_text("issuer", "issuer", crl.issuer.text());
  add_time(sheet, "this_update", "issued", crl.this_update);
  if (crl.next_update) add_time(sheet, "next_update", "next one due", *crl.next_update);
  sheet.add_text("signature_algorithm", "signed with", algorithm_text(crl.algorithm));
  Json revoked = Json::array();
  std::string text;
  for (const crypto::RevokedCertificate& entry : crl.revoked) {
    const std::string serial = "0x" + verifier::to_hex(entry.serial);
    revoked.push_back({{"serial", serial}, {"date", crypto::to_iso8601(entry.date)}});
    text += (text.empty() ? "" : "\n") + serial + " since " + crypto::to_iso8601(entry.date);
  }
  sheet.add("revoked", "revoked", text.empty() ? "nothing" : text, std::move(revoked));
  return sheet;
}

Sheet certificate_table_sheet(const std::vector<verifier::TableCertificate>& table) {
  Sheet sheet("certificate-table", "Certificate table");
  Json entries = Json::array();
  std::string text;
  for (const verifier::TableCertificate& entry : table) {
    const std::string_view name = verifier::name_of(entry.guid);
    entries.push_back({{"guid", verifier::text_of(entry.guid)}, {"name", name}, {"length", entry.bytes.size()}});
    text += (text.empty() ? "" : "\n") + verifier::text_of(entry.guid) + "  " + std::string(name.empty() ? "unknown" : name) + ", " +
            std::to_string(entry.bytes.size()) + " bytes";
  }
  sheet.add("entries", "entries", text.empty() ? "none" : text, std::move(entries));
  for (const verifier::TableCertificate& entry : table) {
    const auto content = read_certificates(entry.bytes, verifier::text_of(entry.guid));
    if (!content.ok()) continue;
    for (const Certificate& certificate : content.value().certificates) sheet.append("certificates", certificate_sheet(certificate));
    for (const crypto::Crl& crl : content.value().crls) sheet.append("certificates", crl_sheet(crl));
  }
  return sheet;
}

}  // namespace swtee::cli
