// SPDX-License-Identifier: Apache-2.0
#include "sim/measure/measure.h"

#include "firmware/contract/require.h"
#include "guest/measure/launch_digest.h"
#include "guest/measure/sev_launch_digest.h"
#include "sim/measure/input_file.h"

#include <algorithm>
#include <array>

namespace swtee::measure {
namespace {

using Kind = MeasureError::Kind;
using Answer = Result<MeasureOutput, MeasureError>;

enum class Mode : std::uint8_t { sev, seves, snp, snp_ovmf_hash, snp_svsm };
constexpr std::array<std::string_view, 5> kModeNames{"sev", "seves", "snp", "snp:ovmf-hash", "snp:svsm"};
constexpr std::array<std::string_view, 5> kVerboseNames{"SEV", "SEV_ES", "SEV_SNP", "", "SEV_SNP_SVSM"};

Failure<MeasureError> usage(std::string what) { return Failure(MeasureError{Kind::usage, Error(std::move(what))}); }

/// Gives an environment's Result the kind that its place in the work says.
template <class T>
Result<T, MeasureError> as(Kind kind, Result<T> result) {
  if (!result.ok()) return Failure(MeasureError{kind, std::move(result).error()});
  return std::move(result).value();
}

bool given(const auto& number) { return number.has_value() && *number != 0; }

std::string joined(std::span<const std::string_view> names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

/// The options after all checks that need no file.
struct Request {
  Mode mode{};
  host::VmmType vmm{};
  std::uint32_t vcpus = 0;
  std::uint64_t vcpu_signature = 0;
  std::optional<crypto::Sha384Digest> ovmf_hash;
};

std::string known_vcpu_types() {
  std::string text;
  for (const host::VcpuType& type : host::vcpu_types()) text += (text.empty() ? "" : ", ") + std::string(type.name);
  return text;
}

Result<Mode, MeasureError> check_choices(const MeasureOptions& o) {
  const auto mode = std::find(kModeNames.begin(), kModeNames.end(), o.mode);
  if (mode == kModeNames.end()) return usage("--mode '" + o.mode + "' is none of " + joined(kModeNames));
  if (!o.vcpu_type.empty() && host::find_vcpu_type(o.vcpu_type) == nullptr)
    return usage("--vcpu-type '" + o.vcpu_type + "' is none of " + known_vcpu_types() +
                 "; --vcpu-sig takes the CPUID signature of any other");
  if (o.output_format != "hex" && o.output_format != "base64")
    return usage("--output-format '" + o.output_format + "' is none of hex, base64");
  if (o.vars_size && !o.vars_file.empty()) return usage("--vars-size and --vars-file exclude each other");
  if (o.ovmf.empty()) return usage("--ovmf FILE is missing");
  return static_cast<Mode>(mode - kModeNames.begin());
}

Result<std::uint64_t, MeasureError> vcpu_signature(const MeasureOptions& o, Mode mode, host::VmmType vmm) {
  if (mode == Mode::sev) return std::uint64_t{0};
  if (given(o.vcpu_family)) {
    if (!o.vcpu_model || !o.vcpu_stepping) return usage("--vcpu-family needs --vcpu-model and --vcpu-stepping");
    return std::uint64_t{host::cpuid_signature(*o.vcpu_family, *o.vcpu_model, *o.vcpu_stepping)};
  }
  if (given(o.vcpu_sig)) return *o.vcpu_sig;
  if (!o.vcpu_type.empty()) return std::uint64_t{host::find_vcpu_type(o.vcpu_type)->signature};
  if (vmm == host::VmmType::qemu)
    return usage("mode '" + o.mode + "' needs the guest's CPU: --vcpu-type, --vcpu-sig, or --vcpu-family with model and stepping");
  return std::uint64_t{0};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<crypto::Sha384Digest> parse_sha384(std::string_view text) {
  crypto::Sha384Digest digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

Result<Request, MeasureError> check(const MeasureOptions& o) {
  Request request;
  request.mode = SWTEE_TRY(check_choices(o));
  if (request.mode == Mode::snp_ovmf_hash) return request;
  if (!o.initrd.empty() && o.kernel.empty()) return usage("--initrd needs --kernel");
  if (!o.append.empty() && o.kernel.empty()) return usage("--append needs --kernel");
  if (request.mode != Mode::sev && !o.vcpus) return usage("mode '" + o.mode + "' needs --vcpus");
  const auto vmm = host::find_vmm_type(o.vmm_type);
  if (!vmm) return usage("--vmm-type '" + o.vmm_type + "' is none of " + joined(host::vmm_type_names()));
  request.vmm = *vmm;
  request.vcpus = o.vcpus.value_or(0);
  request.vcpu_signature = SWTEE_TRY(vcpu_signature(o, request.mode, *vmm));
  if (request.mode == Mode::snp_svsm) {
    if (o.vars_file.empty() && !given(o.vars_size)) return usage("mode 'snp:svsm' needs --vars-size or --vars-file");
    if (o.svsm.empty()) return usage("mode 'snp:svsm' needs --svsm");
    if (*vmm != host::VmmType::qemu) return usage("mode 'snp:svsm' is known for --vmm-type QEMU only");
  }
  if (o.dump_vmsa && request.mode == Mode::sev) return usage("--dump-vmsa: guests of mode 'sev' have no VMSA");
  if (!o.snp_ovmf_hash.empty()) {
    if (request.mode != Mode::snp) return usage("--snp-ovmf-hash works in mode 'snp' only");
    request.ovmf_hash = parse_sha384(o.snp_ovmf_hash);
    if (!request.ovmf_hash)
      return usage("--snp-ovmf-hash is not a SHA-384 digest: 96 hexadecimal digits, as --mode snp:ovmf-hash prints it");
  }
  return request;
}

void warn_of_options_without_effect(const MeasureOptions& o, const Request& request, std::vector<std::string>& warnings) {
  if (request.mode == Mode::snp_ovmf_hash) return;
  if (request.mode != Mode::sev && request.vcpus == 0)
    warnings.push_back("--vcpus 0: the digest covers no VMSA, but a guest that runs has at least one");
  if (request.mode == Mode::snp_svsm && !o.kernel.empty())
    warnings.push_back("--kernel, --initrd and --append have no effect in mode 'snp:svsm'");
  if ((request.mode == Mode::seves || request.mode == Mode::snp_svsm) && o.guest_features != 1)
    warnings.push_back("--guest-features has no effect in mode '" + o.mode + "'");
}

Result<host::SharedBytes, MeasureError> read_image(const std::string& path) {
  InputFile file = SWTEE_TRY(as(Kind::environment, InputFile::open(path)));
  return as(Kind::environment, file.read_all(kImageMax));
}

Result<crypto::Sha256Digest> hash_file(const std::string& path) {
  InputFile file = SWTEE_TRY(InputFile::open(path));
  return host::sha256_of_pieces([&file](MutableBytes buffer) { return file.read(buffer); });
}

Result<std::optional<host::KernelHashes>, MeasureError> kernel_hashes(const MeasureOptions& o) {
  if (o.kernel.empty()) return std::optional<host::KernelHashes>();
  host::KernelHashes hashes;
  hashes.cmdline = host::cmdline_hash(o.append);
  hashes.kernel = SWTEE_TRY(as(Kind::environment, hash_file(o.kernel)));
  hashes.initrd = o.initrd.empty() ? crypto::sha256({}) : SWTEE_TRY(as(Kind::environment, hash_file(o.initrd)));
  return std::optional(hashes);
}

void set_digest(MeasureOutput& out, ByteView digest) { out.digest.assign(digest.begin(), digest.end()); }

/// The hash of the firmware's pages alone, from which --snp-ovmf-hash goes on.
Answer measure_ovmf_pages(const host::SharedBytes& ovmf) {
  MeasureOutput out;
  out.plan = SWTEE_TRY(as(Kind::refused, host::plan_firmware_pages(ovmf)));
  set_digest(out, SWTEE_TRY(as(Kind::refused, launch_digest_of(out.plan))));
  return out;
}

Answer measure_snp(const MeasureOptions& o, const Request& request, const host::OvmfImage& image,
                   const host::SharedBytes& ovmf) {
  const auto kernel = SWTEE_TRY(kernel_hashes(o));
  MeasureOutput out;
  out.plan = SWTEE_TRY(as(Kind::refused, host::plan_ovmf_launch({.image = image,
                                                                 .content = request.ovmf_hash ? nullptr : ovmf,
                                                                 .vmm = request.vmm,
                                                                 .vcpus = request.vcpus,
                                                                 .vcpu_signature = request.vcpu_signature,
                                                                 .guest_features = o.guest_features,
                                                                 .kernel = kernel})));
  const auto start = request.ovmf_hash.value_or(crypto::Sha384Digest{});
  set_digest(out, SWTEE_TRY(as(Kind::refused, launch_digest_of(out.plan, start))));
  return out;
}

Answer measure_svsm(const MeasureOptions& o, const Request& request, const host::SharedBytes& ovmf) {
  const std::uint64_t vars_size =
      o.vars_file.empty() ? *o.vars_size : SWTEE_TRY(as(Kind::environment, size_of_file(o.vars_file)));
  const host::SharedBytes content = SWTEE_TRY(read_image(o.svsm));
  const auto svsm = SWTEE_TRY(as(Kind::refused, host::SvsmImage::parse(*content)));
  MeasureOutput out;
  out.plan = SWTEE_TRY(as(Kind::refused, host::plan_svsm_launch({.svsm = svsm,
                                                                 .svsm_content = content,
                                                                 .ovmf_content = ovmf,
                                                                 .vars_size = vars_size,
                                                                 .vcpus = request.vcpus,
                                                                 .vcpu_signature = request.vcpu_signature})));
  set_digest(out, SWTEE_TRY(as(Kind::refused, launch_digest_of(out.plan))));
  return out;
}

/// SEV and SEV-ES: no page records, only the bytes.
Answer measure_sev(const MeasureOptions& o, const Request& request, const host::OvmfImage& image,
                   const host::SharedBytes& ovmf) {
  MeasureOutput out;
  guest::SevLaunchDigest digest;
  digest.add_data(*ovmf);
  if (const auto kernel = SWTEE_TRY(kernel_hashes(o))) {
    if (!image.takes_kernel_hashes())
      return Failure(MeasureError{Kind::refused, Error("a kernel is given, but the OVMF image has no place for a SEV hash "
                                                       "table: this OVMF does not measure kernels (the AmdSev build does)")});
    digest.add_data(bytes_of(kernel->table()));
  }
  if (request.mode == Mode::seves) {
    if (request.vcpus > host::kMaxVcpus)
      return Failure(MeasureError{Kind::refused, Error(std::to_string(request.vcpus) + " vCPUs are more than a guest can have")});
    const auto vmsas = SWTEE_TRY(as(Kind::refused, host::guest_vmsas(image.sev_es_reset_eip, request.vcpus,
                                                                     {.vmm = request.vmm,
                                                                      .signature = request.vcpu_signature})));
    for (std::uint32_t vcpu = 0; vcpu < request.vcpus; ++vcpu) digest.add_vmsa(vcpu == 0 ? vmsas.boot : vmsas.others);
    out.plan.add_vmsas(vmsas.boot, vmsas.others, request.vcpus);
  }
  set_digest(out, digest.finish());
  return out;
}

Answer measure_mode(const MeasureOptions& o, const Request& request) {
  const host::SharedBytes ovmf = SWTEE_TRY(read_image(o.ovmf));
  const auto image = SWTEE_TRY(as(Kind::refused, host::OvmfImage::parse(*ovmf, "OVMF image")));
  switch (request.mode) {
    case Mode::sev:
    case Mode::seves: return measure_sev(o, request, image, ovmf);
    case Mode::snp: return measure_snp(o, request, image, ovmf);
    case Mode::snp_ovmf_hash: return measure_ovmf_pages(ovmf);
    case Mode::snp_svsm: return measure_svsm(o, request, ovmf);
  }
  SWTEE_ASSERT(false);
  return MeasureOutput{};
}

void dump_vmsas(MeasureOutput& out) {
  for (const host::LaunchRegion& region : out.plan.regions())
    if (region.type == snp::PageType::vmsa)
      out.vmsas.push_back({"vmsa" + std::to_string(out.vmsas.size()) + ".bin", region.content});
}

}  // namespace

std::span<const std::string_view> mode_names() { return kModeNames; }

Answer measure(const MeasureOptions& o) {
  const Request request = SWTEE_TRY(check(o));
  MeasureOutput out = SWTEE_TRY(measure_mode(o, request));
  warn_of_options_without_effect(o, request, out.warnings);
  if (o.dump_vmsa && request.mode != Mode::snp_ovmf_hash) dump_vmsas(out);
  const bool base64 = o.output_format == "base64" && request.mode != Mode::snp_ovmf_hash;
  out.text = base64 ? base64_text(out.digest) : hex_digits(out.digest);
  if (o.verbose && request.mode != Mode::snp_ovmf_hash)
    out.text = "Calculated " + std::string(kVerboseNames[static_cast<std::size_t>(request.mode)]) +
               " guest measurement: " + out.text;
  return out;
}

Result<crypto::Sha384Digest> launch_digest_of(const host::LaunchPlan& plan, const crypto::Sha384Digest& start) {
  guest::LaunchDigest digest(start);
  for (const host::LaunchRegion& region : plan.regions())
    SWTEE_TRY(digest.add({.type = region.type,
                          .gpa = region.gpa.value,
                          .size = region.size,
                          .content = region.content,
                          .vmpl1_permissions = region.permissions.vmpl1,
                          .vmpl2_permissions = region.permissions.vmpl2,
                          .vmpl3_permissions = region.permissions.vmpl3}));
  return digest.value();
}

std::string hex_digits(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

std::string base64_text(ByteView bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const std::uint32_t group = std::uint32_t{bytes[i]} << 16 | (left > 1 ? std::uint32_t{bytes[i + 1]} << 8 : 0) |
                                (left > 2 ? std::uint32_t{bytes[i + 2]} : 0);
    text += kAlphabet[group >> 18];
    text += kAlphabet[(group >> 12) & 63];
    text += left > 1 ? kAlphabet[(group >> 6) & 63] : '=';
    text += left > 2 ? kAlphabet[group & 63] : '=';
  }
  return text;
}

}  // namespace swtee::measure
