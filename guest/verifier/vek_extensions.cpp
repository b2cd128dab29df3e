// SPDX-License-Identifier: Apache-2.0
#include "guest/verifier/vek_extensions.h"

#include "firmware/contract/require.h"

#include <array>

namespace swtee::verifier {
namespace {

using crypto::Certificate;
using crypto::DerElement;
using crypto::DerReader;
namespace der = crypto::der;

const std::string kPrefix = "1.3.6.1.4.1.3704.1";

/// The single element inside an extension.
Result<DerElement> inner_element(const crypto::Extension& extension, std::uint8_t tag, const std::string& name) {
  DerReader reader(extension.value);
  const DerElement element = SWTEE_TRY(reader.expect(tag, name));
  SWTEE_TRY(reader.finish(name));
  return element;
}

Result<const crypto::Extension*> required(const Certificate& certificate, const std::string& suffix, const std::string& name) {
  const crypto::Extension* extension = certificate.extension(kPrefix + suffix);
  if (extension == nullptr) return fail("extension " + name + " (" + kPrefix + suffix + ") is missing");
  return extension;
}

Result<std::uint8_t> patch_level(const Certificate& certificate, const std::string& suffix, const std::string& name) {
  const crypto::Extension* extension = SWTEE_TRY(required(certificate, suffix, name));
  const DerElement element = SWTEE_TRY(inner_element(*extension, der::kInteger, name));
  const std::uint64_t value = SWTEE_TRY(crypto::der_number(element, name));
  if (value > 255) return fail("extension " + name + " is " + std::to_string(value) + ", above 255");
  return static_cast<std::uint8_t>(value);
}

Result<std::string> ia5_text(const crypto::Extension& extension, const std::string& name) {
  const DerElement element = SWTEE_TRY(inner_element(extension, der::kIa5String, name));
  for (const std::uint8_t byte : element.content)
    if (byte < 0x20 || byte > 0x7e) return fail("extension " + name + " holds bytes that are no printable ASCII");
  return std::string(element.content.begin(), element.content.end());
}

Result<void> check_unused_levels(const Certificate& certificate) {
  struct Unused {
    const char* suffix;
    const char* name;
  };
  for (const Unused& unused : std::array{Unused{".3.4", "spl4"}, Unused{".3.5", "spl5"}, Unused{".3.6", "spl6"}, Unused{".3.7", "spl7"}}) {
    if (certificate.extension(kPrefix + unused.suffix) == nullptr) continue;
    const std::uint8_t level = SWTEE_TRY(patch_level(certificate, unused.suffix, unused.name));
    if (level != 0)
      return fail("extension " + std::string(unused.name) + " is " + std::to_string(level) + ", but no component has this level");
  }
  return {};
}

Result<std::vector<std::uint8_t>> hwid_of(const crypto::Extension& extension) {
  const std::vector<std::uint8_t>& value = extension.value;
  if (value.size() == 64 || value.size() == 8) return value;
  if (value.size() == 66 || value.size() == 10) {
    const DerElement element = SWTEE_TRY(inner_element(extension, der::kOctetString, "hwID"));
    return std::vector<std::uint8_t>(element.content.begin(), element.content.end());
  }
  return fail("extension hwID has " + std::to_string(value.size()) + " bytes, neither 64 nor 8");
}

}  // namespace

Result<VekExtensions> parse_vek_extensions(const Certificate& certificate) {
  VekExtensions found;
  const crypto::Extension* version = SWTEE_TRY(required(certificate, ".1", "structVersion"));
  const DerElement version_element = SWTEE_TRY(inner_element(*version, der::kInteger, "structVersion"));
  found.struct_version = SWTEE_TRY(crypto::der_number(version_element, "structVersion"));
  const crypto::Extension* product = SWTEE_TRY(required(certificate, ".2", "productName1"));
  found.product_name = SWTEE_TRY(ia5_text(*product, "productName1"));
  found.tcb.boot_loader = SWTEE_TRY(patch_level(certificate, ".3.1", "blSPL"));
  found.tcb.tee = SWTEE_TRY(patch_level(certificate, ".3.2", "teeSPL"));
  found.tcb.snp = SWTEE_TRY(patch_level(certificate, ".3.3", "snpSPL"));
  found.tcb.microcode = SWTEE_TRY(patch_level(certificate, ".3.8", "ucodeSPL"));
  SWTEE_TRY(check_unused_levels(certificate));
  if (certificate.extension(kPrefix + ".3.9") != nullptr) {
    found.tcb.fmc = SWTEE_TRY(patch_level(certificate, ".3.9", "fmcSPL"));
    found.has_fmc = true;
  }
  if (const crypto::Extension* hwid = certificate.extension(kPrefix + ".4")) found.hwid = SWTEE_TRY(hwid_of(*hwid));
  if (const crypto::Extension* csp_id = certificate.extension(kPrefix + ".5")) found.csp_id = SWTEE_TRY(ia5_text(*csp_id, "cspID"));
  return found;
}

std::string vek_extensions_problem(const VekExtensions& extensions, const ProductLineFacts& facts, bool is_vlek) {
  const std::string line(facts.name);
  if (line_of_product_name(extensions.product_name) != facts.line)
    return "productName1 is '" + extensions.product_name + "', but the issuer is " + line + "'s";
  const bool turin_layout = facts.tcb_layout == snp::TcbLayout::turin;
  if (extensions.has_fmc != turin_layout)
    return std::string(turin_layout ? "fmcSPL is missing" : "fmcSPL is there") + ", unlike in certificates of " + line;
  if (!is_vlek && extensions.struct_version != facts.vcek_struct_version)
    return "structVersion is " + std::to_string(extensions.struct_version) + ", but a VCEK of " + line + " has " +
           std::to_string(facts.vcek_struct_version);
  if (is_vlek) {
    if (!extensions.csp_id) return "cspID is missing, which a VLEK has";
    if (extensions.hwid) return "hwID is there, which a VLEK does not have";
    return {};
  }
  if (!extensions.hwid) return "hwID is missing, which a VCEK has";
  if (extensions.csp_id) return "cspID is there, which a VCEK does not have";
  if (extensions.hwid->size() != facts.hwid_size)
    return "hwID has " + std::to_string(extensions.hwid->size()) + " bytes, but on " + line + " it has " +
           std::to_string(facts.hwid_size);
  return {};
}

}  // namespace swtee::verifier
