// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/platform_options.h"

#include "firmware/contract/require.h"
#include "sim/cli/input.h"

#include <algorithm>
#include <functional>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;

constexpr const char* kDefaultPlatform = "snp:milan";
constexpr std::uint64_t kAny = ~std::uint64_t{0};

/// The document of --config, or nothing.
Result<std::optional<std::string>> document(const ParsedCommandLine& line, Context& context) {
  const auto path = line.text("config");
  if (!path.has_value()) return std::optional<std::string>{};
  const auto bytes = SWTEE_TRY(read_input(*path, context));
  return std::optional(std::string(bytes.begin(), bytes.end()));
}

Result<void> number_option(const ParsedCommandLine& line, const char* name, std::uint64_t most, const std::function<void(std::uint64_t)>& set) {
  const auto text = line.text(name);
  if (!text.has_value()) return {};
  set(SWTEE_TRY(number_option_value(*text, name, most)));
  return {};
}

/// "current=bl:3,snp:8" or, without a name, the current one.
Result<void> tcb_option(const std::string& text, config::PlatformConfig& config) {
  const std::size_t equals = text.find('=');
  const std::string which = equals == std::string::npos ? "current" : text.substr(0, equals);
  const std::string value = equals == std::string::npos ? text : text.substr(equals + 1);
  auto tcb = config::parse_tcb(value, *config.product, config.tcb.current);
  if (!tcb.ok()) return Failure(tcb.error().in("--tcb " + which));
  if (which == "current")
    config.tcb.current = tcb.value();
  else if (which == "committed")
    config.tcb.committed = tcb.value();
  else if (which == "reported")
    config.tcb.reported = tcb.value();
  else if (which == "launch")
    config.tcb.launch = tcb.value();
  else
    return fail("--tcb: there is no \"" + which + "\" TCB; there are current, committed, reported and launch");
  return {};
}

Result<void> hex_option(const ParsedCommandLine& line, const char* name, MutableBytes out, Context& context) {
  const auto text = line.text(name);
  if (!text.has_value()) return {};
  const auto bytes = bytes_value(*text, out.size(), Fill::with_zeros, context);
  if (!bytes.ok()) return fail("--" + std::string(name) + ": " + bytes.error().what());
  std::copy(bytes.value().begin(), bytes.value().end(), out.begin());
  return {};
}

void text_option(const ParsedCommandLine& line, const char* name, std::string& target) {
  if (const auto text = line.text(name); text.has_value()) target = *text;
}

/// TYPE:GPA:FILE, or TYPE:GPA:size=BYTES.
Result<config::GuestPages> page_option(const std::string& text) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second == std::string::npos) return fail("--page " + text + ": TYPE:GPA:FILE or TYPE:GPA:size=BYTES is wanted");
  const std::string rest = text.substr(second + 1);
  const bool blank = rest.starts_with("size=");
  // By way of JSON, so that both spellings have one reader.
  std::string json = R"({"guest":{"pages":[{"type":")" + text.substr(0, first) + R"(","gpa":")" +
                     text.substr(first + 1, second - first - 1) + R"("}]}})";
  for (const char c : text.substr(0, second))
    if (c == '"' || c == '\\') return fail("--page " + text + ": TYPE:GPA:FILE is wanted");
  auto guest = config::parse_guest(json);
  if (!guest.ok()) return Failure(guest.error().in("--page " + text));
  config::GuestPages pages = guest.value().pages.front();
  if (blank)
    pages.size = SWTEE_TRY(number_value(rest.substr(5), kAny));
  else
    pages.file = rest;
  return pages;
}

Result<void> image_options(const ParsedCommandLine& line, config::GuestImage& image) {
  text_option(line, "ovmf", image.ovmf);
  text_option(line, "kernel", image.kernel);
  text_option(line, "initrd", image.initrd);
  text_option(line, "append", image.append);
  text_option(line, "vcpu-type", image.vcpu_type);
  text_option(line, "vmm-type", image.vmm_type);
  SWTEE_TRY(number_option(line, "vcpus", 65536, [&](std::uint64_t n) { image.vcpus = static_cast<std::uint32_t>(n); }));
  SWTEE_TRY(number_option(line, "guest-features", kAny, [&](std::uint64_t n) { image.guest_features = n; }));
  const bool needs_image = line.has("kernel") || line.has("initrd") || line.has("append") || line.has("vcpus");
  if (needs_image && image.ovmf.empty()) return fail("--kernel, --initrd, --append and --vcpus need --ovmf: the firmware that boots them");
  return {};
}

Result<void> identity_options(const ParsedCommandLine& line, config::GuestIdentity& identity, Context& context) {
  text_option(line, "id-block", identity.id_block_file);
  text_option(line, "id-auth", identity.id_auth_file);
  text_option(line, "id-key", identity.id_key_file);
  text_option(line, "author-key", identity.author_key_file);
  if (line.has("author-key-enabled")) identity.author_key = true;
  SWTEE_TRY(hex_option(line, "family-id", identity.family_id, context));
  SWTEE_TRY(hex_option(line, "image-id", identity.image_id, context));
  return number_option(line, "guest-svn", 0xffffffff, [&](std::uint64_t n) { identity.guest_svn = static_cast<std::uint32_t>(n); });
}

}  // namespace

Result<std::uint64_t> number_option_value(const std::string& text, const std::string& name, std::uint64_t most) {
  auto number = number_value(text, most);
  if (!number.ok()) return Failure(number.error().in("--" + name));
  return number;
}

po::options_description platform_options() {
  po::options_description options("The platform");
  options.add_options()                                                                                                   //
      ("platform", po::value<std::string>()->value_name("NAME"), "snp:milan (default), snp:genoa, snp:bergamo, snp:siena or snp:turin")  //
      ("config", po::value<std::string>()->value_name("FILE"), "platform and guest as JSON (docs/platform-config.md); options go over it")  //
      ("chip", po::value<std::string>()->value_name("N"), "number of the chip in its universe (default 0)")              //
      ("report-version", po::value<std::string>()->value_name("N"), "version of attestation reports: 2, 3 or 5")        //
      ("tcb", po::value<std::vector<std::string>>()->value_name("[WHICH=]TCB")->composing(),
       "current, committed, reported or launch TCB: bl:4,tee:0,snp:24,ucode:115 (Turin: fmc:) or a 0x-number")            //
      ("vlek", po::value<std::string>()->value_name("CSP"), "load this provider's VLEK, for example CN=cc.example.com")  //
      ("mask-chip-id", "reports have CHIP_ID zero")                                                                      //
      ("mask-chip-key", "reports are not signed")                                                                        //
      ("entropy", po::value<std::string>()->value_name("SEED"), "\"random\" (default), or a text that makes runs repeatable")  //
      ("clock", po::value<std::string>()->value_name("TIME"), "the vendor's clock: 2025-06-01, or @ and Unix seconds (default: now)");
  return options;
}

po::options_description guest_options() {
  po::options_description options("The guest that the program believes it runs in");
  options.add_options()                                                                                                  //
      ("policy", po::value<std::string>()->value_name("N"), "guest policy (default 0x30000; 0xb0000 allows debugging)")  //
      ("host-data", po::value<std::string>()->value_name("HEX"), "HOST_DATA, up to 32 bytes")                            //
      ("vmpl-floor", po::value<std::string>()->value_name("N"), "VMPL at which the guest's kernel runs (default 0)")     //
      ("vcek-disabled", "the owner forbids the VCEK: reports need a VLEK")                                               //
      ("ovmf", po::value<std::string>()->value_name("FILE"), "launch this firmware: the report has its measurement")     //
      ("kernel", po::value<std::string>()->value_name("FILE"), "kernel whose hash the firmware gets")                    //
      ("initrd", po::value<std::string>()->value_name("FILE"), "initrd, likewise")                                       //
      ("append", po::value<std::string>()->value_name("TEXT"), "kernel command line, likewise")                          //
      ("vcpus", po::value<std::string>()->value_name("N"), "number of vCPUs (default 1)")                                //
      ("vcpu-type", po::value<std::string>()->value_name("TYPE"), "vCPU model (default EPYC-v4)")                        //
      ("vmm-type", po::value<std::string>()->value_name("VMM"), "QEMU (default), ec2 or gce")                            //
      ("guest-features", po::value<std::string>()->value_name("N"), "SEV_FEATURES (default 0x1)")                        //
      ("page", po::value<std::vector<std::string>>()->value_name("TYPE:GPA:FILE")->composing(),
       "launch this page instead of an image; size=BYTES in place of FILE for blank ones")                               //
      ("id-block", po::value<std::string>()->value_name("FILE"), "ID block, raw or base64")                              //
      ("id-auth", po::value<std::string>()->value_name("FILE"), "ID authentication information, raw or base64")          //
      ("author-key-enabled", "--id-auth has an author key")                                                              //
      ("id-key", po::value<std::string>()->value_name("PEM"), "make the ID block and sign it with this P-384 key")       //
      ("author-key", po::value<std::string>()->value_name("PEM"), "and sign the ID key with this one")                   //
      ("family-id", po::value<std::string>()->value_name("HEX"), "FAMILY_ID of that ID block")                           //
      ("image-id", po::value<std::string>()->value_name("HEX"), "IMAGE_ID of that ID block")                             //
      ("guest-svn", po::value<std::string>()->value_name("N"), "GUEST_SVN of that ID block")                             //
      ("guest-kernel", po::value<std::string>()->value_name("VERSION"), "whose interfaces the program sees: 6.1, 6.12 or 6.16 (default)")  //
      ("certificates", po::value<std::string>()->value_name("WHAT"),
       "certificate table of extended reports: vendor (default), none, or a file");
  return options;
}

Result<config::PlatformConfig> platform_from(const ParsedCommandLine& line, Context& context) {
  const auto json = SWTEE_TRY(document(line, context));
  const auto name = line.text("platform");
  config::PlatformConfig config;
  if (json.has_value()) {
    auto parsed = config::parse_platform(*json);
    if (!parsed.ok()) return Failure(parsed.error().in(*line.text("config")));
    config = std::move(parsed).value();
    if (name.has_value() && *name != config.product->platform)
      return fail("--platform " + *name + " contradicts " + *line.text("config") + ", which describes " + std::string(config.product->platform));
  } else {
    auto made = config::default_platform(name.value_or(kDefaultPlatform));
    if (!made.ok()) return Failure(made.error().in("--platform"));
    config = std::move(made).value();
  }
  SWTEE_TRY(number_option(line, "chip", kAny, [&](std::uint64_t n) { config.chip = n; }));
  SWTEE_TRY(number_option(line, "report-version", 255, [&](std::uint64_t n) { config.report_version = static_cast<std::uint32_t>(n); }));
  // The current TCB first: the others begin from it.
  const auto tcbs = line.texts("tcb");
  for (const bool others : {false, true})
    for (const std::string& tcb : tcbs) {
      const std::size_t equals = tcb.find('=');
      const bool current = equals == std::string::npos || tcb.substr(0, equals) == "current";
      if (current != others) SWTEE_TRY(tcb_option(tcb, config));
    }
  text_option(line, "vlek", config.vlek);
  text_option(line, "entropy", config.entropy);
  if (line.has("mask-chip-id")) config.mask_chip_id = true;
  if (line.has("mask-chip-key")) config.mask_chip_key = true;
  if (const auto time = line.text("clock"); time.has_value()) {
    const auto seconds = time_value(*time);
    if (!seconds.ok()) return fail("--clock: " + seconds.error().what());
    config.clock = seconds.value();
  }
  SWTEE_TRY(config::validate(config));
  return config;
}

Result<config::GuestConfig> guest_from(const ParsedCommandLine& line, Context& context) {
  const auto json = SWTEE_TRY(document(line, context));
  config::GuestConfig guest;
  if (json.has_value()) {
    auto parsed = config::parse_guest(*json);
    if (!parsed.ok()) return Failure(parsed.error().in(*line.text("config")));
    guest = std::move(parsed).value();
  }
  SWTEE_TRY(number_option(line, "policy", kAny, [&](std::uint64_t n) { guest.policy = n; }));
  SWTEE_TRY(number_option(line, "vmpl-floor", 3, [&](std::uint64_t n) { guest.vmpl = static_cast<std::uint8_t>(n); }));
  SWTEE_TRY(hex_option(line, "host-data", guest.host_data, context));
  if (line.has("vcek-disabled")) guest.vcek_disabled = true;
  SWTEE_TRY(image_options(line, guest.image));
  for (const std::string& page : line.texts("page")) guest.pages.push_back(SWTEE_TRY(page_option(page)));
  SWTEE_TRY(identity_options(line, guest.identity, context));
  text_option(line, "guest-kernel", guest.kernel);
  text_option(line, "certificates", guest.certificates);
  return guest;
}

}  // namespace swtee::cli
