// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/vek_certificate.h"

namespace swtee::vendor {
namespace {

using crypto::Extension;
namespace der = crypto::der;

constexpr std::string_view kPrefix = "1.3.6.1.4.1.3704.1.";
constexpr std::uint8_t kKeyCertSign = 0x04;
constexpr std::uint8_t kCrlSign = 0x02;

Extension vendor_extension(std::string_view suffix, crypto::DerBytes value) {
  return {std::string(kPrefix) + std::string(suffix), false, std::move(value)};
}

Extension spl(std::string_view suffix, std::uint8_t svn) { return vendor_extension(suffix, crypto::der_integer(std::uint64_t{svn})); }

/// Structure version, product and SPLs. Version 0 has a fourth spare and the SNP level after the spares; version 1 has
/// the FMC level first.
std::vector<Extension> versioned(std::uint8_t struct_version, std::string_view product_name, const snp::Tcb& tcb) {
  std::vector<Extension> all{spl("1", struct_version),
                             vendor_extension("2", crypto::der_text(der::kIa5String, product_name))};
  const auto add = [&all](std::string_view suffix, std::uint8_t svn) { all.push_back(spl(suffix, svn)); };
  if (struct_version == 1) add("3.9", tcb.fmc);
  add("3.1", tcb.boot_loader);
  add("3.2", tcb.tee);
  if (struct_version == 1) add("3.3", tcb.snp);
  if (struct_version == 0) add("3.4", 0);
  for (const std::string_view spare : {"3.5", "3.6", "3.7"}) add(spare, 0);
  if (struct_version == 0) add("3.3", tcb.snp);
  add("3.8", tcb.microcode);
  return all;
}

std::string crl_url(const ProductLine& line, KeyKind kind) {
  return "https://kdsintf.amd.com/" + std::string(name_of(kind)) + "/v1/" + std::string(line.name) + "/crl";
}

}  // namespace

crypto::Name vendor_name(std::string_view common_name) {
  const auto attribute = [](std::string_view type, std::string_view value, std::uint8_t tag = der::kUtf8String) {
    return crypto::NameAttribute{std::string(type), std::string(value), tag};
  };
  return {{attribute(crypto::oid::kOrganizationalUnit, "Engineering"),
           attribute(crypto::oid::kCountry, "US", der::kPrintableString),
           attribute(crypto::oid::kLocality, "Santa Clara"),
           attribute(crypto::oid::kState, "CA"),
           attribute(crypto::oid::kOrganization, "Advanced Micro Devices"),
           attribute(crypto::oid::kCommonName, common_name),
           attribute(crypto::oid::kSerialNumber, kTestMark, der::kPrintableString)}};
}

std::vector<Extension> ca_extensions(const ProductLine& line, Ca ca, ByteView key_id, ByteView root_key_id) {
  if (ca == Ca::ark)
    return {crypto::key_usage(kKeyCertSign | kCrlSign, 1), crypto::subject_key_identifier(key_id),
            crypto::basic_constraints_ca(std::nullopt), crypto::crl_distribution_point(crl_url(line, KeyKind::vcek))};
  // The vendor leaves one unused bit in KeyUsage here as for the ARK, although DER would have two.
  const KeyKind signs = ca == Ca::ask ? KeyKind::vcek : KeyKind::vlek;
  return {crypto::subject_key_identifier(key_id), crypto::authority_key_identifier(root_key_id), crypto::basic_constraints_ca(0),
          crypto::key_usage(kKeyCertSign, 1), crypto::crl_distribution_point(crl_url(line, signs))};
}

std::vector<Extension> vcek_extensions(const ProductRow& product, const snp::Tcb& tcb, ByteView hardware_id) {
  std::vector<Extension> all = versioned(product.vcek_struct_version, product.vcek_product, tcb);
  all.push_back(vendor_extension("4", crypto::DerBytes(hardware_id.begin(), hardware_id.end())));
  return all;
}

std::vector<Extension> vlek_extensions(const ProductRow& product, const snp::Tcb& tcb, std::string_view csp_id) {
  std::vector<Extension> all = versioned(product.vcek_struct_version, product.vlek_product, tcb);
  all.push_back(vendor_extension("5", crypto::der_text(der::kIa5String, csp_id)));
  return all;
}

}  // namespace swtee::vendor
