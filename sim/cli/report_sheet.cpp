// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/report_sheet.h"

#include "firmware/crypto/digest.h"
#include "firmware/crypto/ecdsa.h"
#include "guest/verifier/bit_names.h"
#include "guest/verifier/hex.h"
#include "guest/verifier/policy.h"

#include <swtee/abi/snp/policy.h>

#include <algorithm>

namespace swtee::cli {
namespace {

using verifier::BitName;
using verifier::hex_number;
using verifier::Report;

Json names_json(std::span<const BitName> bits, std::uint64_t word) {
  Json names = Json::array();
  for (const BitName& bit : bits)
    if ((word & bit.mask) != 0) names.push_back(bit.name);
  return names;
}

/// One line for each bit that is set, with what it means.
std::string bits_text(std::span<const BitName> bits, std::uint64_t word, std::uint64_t not_bits) {
  std::string text = hex_number(word);
  std::uint64_t rest = word & ~not_bits;
  for (const BitName& bit : bits) {
    if ((rest & bit.mask) != 0) text += "\n" + std::string(bit.name) + ": " + std::string(bit.meaning);
    rest &= ~bit.mask;
  }
  if (rest != 0) text += "\n" + verifier::names_of({}, rest) + ": unknown to this program";
  return text;
}

void add_policy(Sheet& sheet, std::uint64_t policy) {
  namespace p = snp::policy;
  const std::uint64_t abi = p::AbiMinor::mask | p::AbiMajor::mask;
  const std::string least = std::to_string(p::AbiMajor::get(policy)) + "." + std::to_string(p::AbiMinor::get(policy));
  std::string text = bits_text(verifier::guest_policy_bits(), policy, abi | p::ReservedMustBeOne::mask);
  text.insert(std::min(text.find('\n'), text.size()), ", firmware ABI at least " + least);
  if ((policy & p::Debug::mask) != 0) text += "\n(whoever can debug the guest can read all its secrets)";
  Json json;
  json["value"] = hex_number(policy);
  json["abi_at_least"] = least;
  json["bits"] = names_json(verifier::guest_policy_bits(), policy);
  sheet.add("policy", "POLICY", text, std::move(json));
}

std::string tcb_text(std::uint64_t value, std::optional<snp::TcbLayout> layout) {
  if (!layout) return hex_number(value) + " (the report does not tell the product, so not how to read it)";
  const std::string parts = verifier::text_of(snp::decode_tcb(value, *layout), *layout);
  const std::uint64_t reserved = value & snp::reserved_bits(*layout);
  return parts + (reserved == 0 ? "" : "\nbits of no component: " + hex_number(reserved));
}

std::string vmpl_text(std::uint32_t vmpl) {
  return vmpl == 0xffffffff ? "0xffffffff: asked for by the host, not by the guest" : std::to_string(vmpl);
}

std::string product_text(const Report& report, std::optional<verifier::ProductLine> line) {
  if (report.cpuid) {
    const std::string_view name = verifier::marketing_name(report.cpuid->family, report.cpuid->model);
    return (name.empty() ? "unknown" : std::string(name)) + " (CPUID family " + hex_number(report.cpuid->family) + ", model " +
           hex_number(report.cpuid->model) + ", stepping " + std::to_string(report.cpuid->stepping) + ")";
  }
  if (line) return std::string(verifier::facts_of(*line).name);
  return "not told by version 2; the certificate tells";
}

void add_who(Sheet& sheet, const Report& report, std::optional<verifier::ProductLine> line) {
  sheet.add_number("version", "VERSION", report.version);
  Json product;
  product["line"] = line ? Json(verifier::facts_of(*line).name) : Json();
  if (report.cpuid) {
    product["family"] = report.cpuid->family;
    product["model"] = report.cpuid->model;
    product["stepping"] = report.cpuid->stepping;
  }
  sheet.add("product", "product", product_text(report, line), std::move(product));
  Json signing;
  signing["signing_key"] = verifier::text_of(report.signing_key);
  signing["author_key_en"] = report.author_key_en;
  signing["mask_chip_key"] = report.mask_chip_key;
  sheet.add("key_info", "signed with",
            verifier::text_of(report.signing_key) + (report.mask_chip_key ? ", MASK_CHIP_KEY set" : ""), std::move(signing));
  sheet.add("signature_algo", "SIGNATURE_ALGO",
            std::to_string(report.signature_algo) +
                (report.signature_algo == snp::kSignatureAlgoEcdsaP384 ? ": ECDSA P-384 with SHA-384" : ": unknown"),
            report.signature_algo);
}

void add_guest(Sheet& sheet, const Report& report) {
  sheet.heading("The guest");
  sheet.add("vmpl", "VMPL", vmpl_text(report.vmpl), report.vmpl);
  sheet.add_bytes("report_data", "REPORT_DATA", report.report_data);
  sheet.add_bytes("measurement", "MEASUREMENT", report.measurement);
  sheet.add_bytes("host_data", "HOST_DATA", report.host_data);
  add_policy(sheet, report.policy);
  sheet.add_number("guest_svn", "GUEST_SVN", report.guest_svn);
  sheet.add_bytes("family_id", "FAMILY_ID", report.family_id);
  sheet.add_bytes("image_id", "IMAGE_ID", report.image_id);
  sheet.add_bytes("id_key_digest", "ID_KEY_DIGEST", report.id_key_digest);
  sheet.add_bytes("author_key_digest", "AUTHOR_KEY_DIGEST", report.author_key_digest);
  sheet.add_flag("author_key_en", "AUTHOR_KEY_EN", report.author_key_en);
  sheet.add_bytes("report_id", "REPORT_ID", report.report_id);
  const bool no_agent = std::all_of(report.report_id_ma.begin(), report.report_id_ma.end(), [](auto b) { return b == 0xff; });
  sheet.add("report_id_ma", "REPORT_ID_MA", no_agent ? "(all ff: no migration agent)" : verifier::to_hex(report.report_id_ma),
            verifier::to_hex(report.report_id_ma));
}

void add_platform(Sheet& sheet, const Report& report, std::optional<snp::TcbLayout> layout) {
  sheet.heading("The platform");
  sheet.add("chip_id", "CHIP_ID",
            verifier::chip_id_masked(report) ? "(all zero: masked, or signed with a VLEK)"
            : all_zero(ByteView(report.chip_id).subspan(8))
                ? verifier::to_hex(ByteView(report.chip_id).first(8)) + " and 56 zero bytes"
                : verifier::to_hex(ByteView(report.chip_id).first(32)) + "\n" + verifier::to_hex(ByteView(report.chip_id).last(32)),
            verifier::to_hex(report.chip_id));
  Json info;
  info["value"] = hex_number(report.platform_info);
  info["bits"] = names_json(verifier::platform_info_bits(), report.platform_info);
  sheet.add("platform_info", "PLATFORM_INFO", bits_text(verifier::platform_info_bits(), report.platform_info, 0), std::move(info));
  sheet.add("current_firmware", "current firmware", verifier::text_of(report.current), verifier::text_of(report.current));
  sheet.add("committed_firmware", "committed firmware", verifier::text_of(report.committed), verifier::text_of(report.committed));
  sheet.add("current_tcb", "CURRENT_TCB", tcb_text(report.current_tcb, layout), tcb_json(report.current_tcb, layout));
  sheet.add("committed_tcb", "COMMITTED_TCB", tcb_text(report.committed_tcb, layout), tcb_json(report.committed_tcb, layout));
  sheet.add("reported_tcb", "REPORTED_TCB", tcb_text(report.reported_tcb, layout), tcb_json(report.reported_tcb, layout));
  sheet.add("launch_tcb", "LAUNCH_TCB", tcb_text(report.launch_tcb, layout), tcb_json(report.launch_tcb, layout));
  if (!report.mitigations) return;
  sheet.add("launch_mit_vector", "LAUNCH_MIT_VECTOR", hex_number(report.mitigations->launch), hex_number(report.mitigations->launch));
  sheet.add("current_mit_vector", "CURRENT_MIT_VECTOR", hex_number(report.mitigations->current),
            hex_number(report.mitigations->current));
}

bool author_key_signed(const snp::IdAuthInfo& info) {
  const auto big_endian = [](const Bytes<72>& number) { return std::vector<std::uint8_t>(number.rend() - 48, number.rend()); };
  const auto key = crypto::EcPublicKey::from_point(crypto::Curve::p384, big_endian(info.author_key.qx), big_endian(info.author_key.qy));
  return key.ok() && key.value().verify(crypto::sha384(bytes_of(info.id_key)), big_endian(info.id_key_sig.r),
                                        big_endian(info.id_key_sig.s));
}

}  // namespace

Json tcb_json(std::uint64_t value, std::optional<snp::TcbLayout> layout) {
  Json json;
  json["value"] = hex_number(value);
  if (!layout) return json;
  const snp::Tcb tcb = snp::decode_tcb(value, *layout);
  if (*layout == snp::TcbLayout::turin) json["fmc"] = tcb.fmc;
  json["boot_loader"] = tcb.boot_loader;
  json["tee"] = tcb.tee;
  json["snp"] = tcb.snp;
  json["microcode"] = tcb.microcode;
  return json;
}

Sheet report_sheet(const Report& report, std::optional<verifier::ProductLine> line) {
  Sheet sheet("attestation-report", "SEV-SNP attestation report");
  const std::optional<snp::TcbLayout> layout =
      line ? std::optional(verifier::facts_of(*line).tcb_layout) : verifier::tcb_layout_of(report);
  add_who(sheet, report, line);
  add_guest(sheet, report);
  add_platform(sheet, report, layout);
  sheet.heading("The signature, over bytes 0x0 to 0x29f; 'swtee verify' says whether it fits");
  sheet.add_bytes("signature_r", "R", report.signature_r);
  sheet.add_bytes("signature_s", "S", report.signature_s);
  return sheet;
}

Sheet report_sheet(const snp::AttestationReport& wire) {
  const auto report = verifier::decode_report(bytes_of(wire));
  Sheet sheet("attestation-report", "SEV-SNP attestation report");
  if (report.ok()) {
    sheet = report_sheet(report.value(), verifier::line_of(report.value()));
    const std::vector<verifier::FormatProblem> problems = verifier::format_problems(wire);
    if (problems.empty()) return sheet;
    std::string text;
    Json json = Json::array();
    for (const verifier::FormatProblem& problem : problems) {
      text += (text.empty() ? "" : "\n") + problem.what;
      json.push_back(problem.what);
    }
    sheet.heading("Broken rules: a verifier refuses this report");
    sheet.add("problems", "problems", text, std::move(json));
  } else {
    sheet.add("problems", "problems", report.error().what(), Json::array({report.error().what()}));
  }
  return sheet;
}

Sheet id_block_sheet(const snp::IdBlock& block) {
  Sheet sheet("id-block", "ID block");
  sheet.add_number("version", "VERSION", block.version);
  sheet.add_bytes("ld", "LD (launch digest)", block.ld);
  sheet.add_bytes("family_id", "FAMILY_ID", block.family_id);
  sheet.add_bytes("image_id", "IMAGE_ID", block.image_id);
  sheet.add_number("guest_svn", "GUEST_SVN", block.guest_svn);
  add_policy(sheet, block.policy);
  return sheet;
}

Sheet id_auth_sheet(const snp::IdAuthInfo& info) {
  Sheet sheet("id-auth-info", "ID authentication information");
  const bool author = !all_zero(bytes_of(info.author_key));
  sheet.add_number("id_key_algo", "ID_KEY_ALGO", info.id_key_algo);
  sheet.add_number("auth_key_algo", "AUTH_KEY_ALGO", info.auth_key_algo);
  sheet.add_number("id_key_curve", "curve of the ID key", info.id_key.curve);
  sheet.add_bytes("id_key_digest", "ID_KEY_DIGEST", crypto::sha384(bytes_of(info.id_key)));
  sheet.add_flag("author_key", "has an author key", author);
  if (!author) return sheet;
  sheet.add_number("author_key_curve", "curve, author key", info.author_key.curve);
  sheet.add_bytes("author_key_digest", "AUTHOR_KEY_DIGEST", crypto::sha384(bytes_of(info.author_key)));
  sheet.add_flag("author_key_signed_id_key", "it signed the ID key", author_key_signed(info));
  return sheet;
}

}  // namespace swtee::cli
