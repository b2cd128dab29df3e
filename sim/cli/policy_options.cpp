// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/policy_options.h"

#include "firmware/contract/require.h"
#include "guest/verifier/bit_names.h"
#include "sim/cli/input.h"

#include <algorithm>
#include <array>
#include <sstream>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;
using verifier::BitName;
using verifier::RelyingPartyPolicy;

using Texts = std::vector<std::string>;

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

/// The bits that the values of an option name; names may be joined with commas.
Result<std::uint64_t> bits_value(const ParsedCommandLine& line, const std::string& option, std::span<const BitName> known) {
  std::uint64_t bits = 0;
  for (const std::string& value : line.texts(option)) {
    for (const std::string& name : split(value, ',')) {
      const BitName* bit = verifier::find_bit(known, name);
      if (bit == nullptr) {
        std::string names;
        for (const BitName& each : known) names += (names.empty() ? "" : ", ") + std::string(each.name);
        return fail("--" + option + ": there is no bit '" + name + "'; there are " + names);
      }
      bits |= bit->mask;
    }
  }
  return bits;
}

template <std::size_t N>
Result<std::optional<Bytes<N>>> bytes_option(const ParsedCommandLine& line, const std::string& option, Fill fill, Context& context) {
  const auto text = line.text(option);
  if (!text) return std::optional<Bytes<N>>();
  const auto bytes = bytes_value(*text, N, fill, context);
  if (!bytes.ok()) return fail("--" + option + ": " + bytes.error().what());
  Bytes<N> value;
  std::copy_n(bytes.value().begin(), N, value.begin());
  return std::optional(value);
}

Result<std::optional<std::uint32_t>> number_option(const ParsedCommandLine& line, const std::string& option) {
  const auto text = line.text(option);
  if (!text) return std::optional<std::uint32_t>();
  const auto number = number_value(*text, 0xffffffff);
  if (!number.ok()) return fail("--" + option + ": " + number.error().what());
  return std::optional(static_cast<std::uint32_t>(number.value()));
}

Result<std::optional<snp::Tcb>> tcb_option(const ParsedCommandLine& line, const std::string& option) {
  const auto text = line.text(option);
  if (!text) return std::optional<snp::Tcb>();
  const auto tcb = tcb_value(*text);
  if (!tcb.ok()) return fail("--" + option + ": " + tcb.error().what());
  return std::optional(tcb.value());
}

Result<std::optional<verifier::SigningKey>> signing_key_option(const ParsedCommandLine& line) {
  const auto text = line.text("signing-key");
  if (!text) return std::optional<verifier::SigningKey>();
  if (*text == "vcek") return std::optional(verifier::SigningKey::vcek);
  if (*text == "vlek") return std::optional(verifier::SigningKey::vlek);
  return fail("--signing-key: '" + *text + "' is neither vcek nor vlek");
}

Result<void> read_bits(const ParsedCommandLine& line, RelyingPartyPolicy& wanted) {
  const std::uint64_t allowed = SWTEE_TRY(bits_value(line, "allow", verifier::guest_policy_bits()));
  const std::uint64_t forbidden = SWTEE_TRY(bits_value(line, "forbid", verifier::guest_policy_bits()));
  if ((allowed & forbidden) != 0) return fail("--allow and --forbid name the same bit");
  wanted.forbidden_guest_policy = (wanted.forbidden_guest_policy & ~allowed) | forbidden;
  wanted.required_guest_policy = SWTEE_TRY(bits_value(line, "require", verifier::guest_policy_bits()));
  wanted.required_platform_info = SWTEE_TRY(bits_value(line, "require-platform", verifier::platform_info_bits()));
  wanted.forbidden_platform_info = SWTEE_TRY(bits_value(line, "forbid-platform", verifier::platform_info_bits()));
  return {};
}

}  // namespace

po::options_description policy_options() {
  po::options_description options("What you ask of the report (HEX is digits, or @FILE for a file's bytes)");
  options.add_options()
      ("report-data", po::value<std::string>()->value_name("HEX"), "REPORT_DATA, filled up with zeros to 64 bytes")
      ("measurement", po::value<std::string>()->value_name("HEX"), "launch digest, 48 bytes; 'swtee measure' computes it")
      ("host-data", po::value<std::string>()->value_name("HEX"), "HOST_DATA, filled up with zeros to 32 bytes")
      ("family-id", po::value<std::string>()->value_name("HEX"), "FAMILY_ID, 16 bytes")
      ("image-id", po::value<std::string>()->value_name("HEX"), "IMAGE_ID, 16 bytes")
      ("id-key-digest", po::value<std::string>()->value_name("HEX"), "ID_KEY_DIGEST, 48 bytes")
      ("author-key-digest", po::value<std::string>()->value_name("HEX"), "AUTHOR_KEY_DIGEST, 48 bytes")
      ("report-id", po::value<std::string>()->value_name("HEX"), "REPORT_ID, 32 bytes")
      ("report-id-ma", po::value<std::string>()->value_name("HEX"), "REPORT_ID_MA, 32 bytes")
      ("chip-id", po::value<std::string>()->value_name("HEX"), "CHIP_ID, filled up with zeros to 64 bytes")
      ("csp-id", po::value<std::string>()->value_name("NAME"), "provider whose VLEK signed: cspID in the certificate")
      ("signing-key", po::value<std::string>()->value_name("vcek|vlek"), "kind of key that signed")
      ("report-version", po::value<std::string>()->value_name("N"), "VERSION of the report")
      ("vmpl", po::value<std::string>()->value_name("N"), "VMPL that asked for the report")
      ("min-guest-svn", po::value<std::string>()->value_name("N"), "least GUEST_SVN")
      ("min-tcb", po::value<std::string>()->value_name("TCB"), "least REPORTED_TCB, as bl=4,tee=0,snp=24,ucode=115 (and fmc=1 on Turin)")
      ("min-committed-tcb", po::value<std::string>()->value_name("TCB"), "least COMMITTED_TCB")
      ("min-launch-tcb", po::value<std::string>()->value_name("TCB"), "least LAUNCH_TCB")
      ("min-firmware", po::value<std::string>()->value_name("VERSION"), "least committed firmware, as 1.55.29")
      ("no-provisional", "refuse when current and committed firmware or TCB differ")
      ("allow", po::value<Texts>()->value_name("BIT"), "accept a guest policy with debug or migrate-ma, refused otherwise")
      ("forbid", po::value<Texts>()->value_name("BIT"), "refuse a guest policy with this bit, for example smt")
      ("require", po::value<Texts>()->value_name("BIT"), "refuse a guest policy without this bit, for example single-socket")
      ("require-platform", po::value<Texts>()->value_name("BIT"), "refuse a platform without this bit, for example alias-check-complete")
      ("forbid-platform", po::value<Texts>()->value_name("BIT"), "refuse a platform with this bit, for example smt-en");
  return options;
}

Result<RelyingPartyPolicy> read_policy(const ParsedCommandLine& line, Context& context) {
  RelyingPartyPolicy wanted;
  SWTEE_TRY(read_bits(line, wanted));
  wanted.report_data = SWTEE_TRY(bytes_option<64>(line, "report-data", Fill::with_zeros, context));
  wanted.measurement = SWTEE_TRY(bytes_option<48>(line, "measurement", Fill::no, context));
  wanted.host_data = SWTEE_TRY(bytes_option<32>(line, "host-data", Fill::with_zeros, context));
  wanted.family_id = SWTEE_TRY(bytes_option<16>(line, "family-id", Fill::no, context));
  wanted.image_id = SWTEE_TRY(bytes_option<16>(line, "image-id", Fill::no, context));
  wanted.id_key_digest = SWTEE_TRY(bytes_option<48>(line, "id-key-digest", Fill::no, context));
  wanted.author_key_digest = SWTEE_TRY(bytes_option<48>(line, "author-key-digest", Fill::no, context));
  wanted.report_id = SWTEE_TRY(bytes_option<32>(line, "report-id", Fill::no, context));
  wanted.report_id_ma = SWTEE_TRY(bytes_option<32>(line, "report-id-ma", Fill::no, context));
  wanted.chip_id = SWTEE_TRY(bytes_option<64>(line, "chip-id", Fill::with_zeros, context));
  wanted.csp_id = line.text("csp-id");
  wanted.signing_key = SWTEE_TRY(signing_key_option(line));
  wanted.report_version = SWTEE_TRY(number_option(line, "report-version"));
  wanted.vmpl = SWTEE_TRY(number_option(line, "vmpl"));
  wanted.min_guest_svn = SWTEE_TRY(number_option(line, "min-guest-svn"));
  wanted.min_reported_tcb = SWTEE_TRY(tcb_option(line, "min-tcb"));
  wanted.min_committed_tcb = SWTEE_TRY(tcb_option(line, "min-committed-tcb"));
  wanted.min_launch_tcb = SWTEE_TRY(tcb_option(line, "min-launch-tcb"));
  if (const auto text = line.text("min-firmware")) wanted.min_firmware = SWTEE_TRY(firmware_value(*text));
  wanted.forbid_provisional_firmware = line.has("no-provisional");
  return wanted;
}

Result<snp::Tcb> tcb_value(const std::string& text) {
  struct Component {
    std::string_view name;
    std::uint8_t snp::Tcb::*field;
  };
  static constexpr std::array kComponents{
      Component{"fmc", &snp::Tcb::fmc},         Component{"bl", &snp::Tcb::boot_loader}, Component{"tee", &snp::Tcb::tee},
      Component{"snp", &snp::Tcb::snp},         Component{"ucode", &snp::Tcb::microcode},
  };
  snp::Tcb tcb;
  std::vector<std::string> seen;
  for (const std::string& part : split(text, ',')) {
    const std::string name = part.substr(0, part.find('='));
    const auto component =
        std::find_if(kComponents.begin(), kComponents.end(), [&](const Component& each) { return each.name == name; });
    if (component == kComponents.end() || name.size() == part.size())
      return fail("'" + part + "' is no component: say for example bl=4,tee=0,snp=24,ucode=115");
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) return fail("'" + name + "' is given twice");
    seen.push_back(name);
    tcb.*(component->field) = static_cast<std::uint8_t>(SWTEE_TRY(number_value(part.substr(name.size() + 1), 255)));
  }
  if (seen.empty()) return fail("no component is given: say for example bl=4,tee=0,snp=24,ucode=115");
  return tcb;
}

Result<verifier::FirmwareLevel> firmware_value(const std::string& text) {
  const std::vector<std::string> parts = split(text, '.');
  if (parts.size() < 2 || parts.size() > 3 || text.back() == '.') return fail("--min-firmware: '" + text + "' is not like 1.55.29");
  std::array<std::uint8_t, 3> numbers{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto number = number_value(parts[i], 255);
    if (!number.ok()) return fail("--min-firmware: " + number.error().what());
    numbers[i] = static_cast<std::uint8_t>(number.value());
  }
  return verifier::FirmwareLevel{numbers[0], numbers[1], numbers[2]};
}

}  // namespace swtee::cli
