// SPDX-License-Identifier: Apache-2.0
#include "sim/measure/measure.h"

#include "firmware/contract/require.h"
#include "sim/cli/commands.h"
#include "sim/cli/input.h"
#include "sim/cli/json_output.h"

#include <fstream>
#include <functional>
#include <ostream>

namespace swtee::cli {
namespace {

namespace po = boost::program_options;

po::options_description options() {
  po::options_description o("Options, as in sev-snp-measure");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  o.add_options()                                                                                       //
      ("mode", text("MODE"), "sev, seves, snp, snp:ovmf-hash or snp:svsm")                              //
      ("vcpus", text("N"), "number of vCPUs")                                                           //
      ("vcpu-type", text("TYPE"), "vCPU model: EPYC-v4, EPYC-Milan, EPYC-Genoa, ...")                   //
      ("vcpu-sig", text("N"), "CPUID signature of the vCPU, instead of a type")                         //
      ("vcpu-family", text("N"), "or its family, model and stepping")                                   //
      ("vcpu-model", text("N"), "")                                                                     //
      ("vcpu-stepping", text("N"), "")                                                                  //
      ("vmm-type", text("VMM"), "QEMU (default), ec2 or gce")                                           //
      ("ovmf", text("FILE"), "the firmware image")                                                      //
      ("kernel", text("FILE"), "kernel for direct boot")                                                //
      ("initrd", text("FILE"), "initrd for direct boot")                                                //
      ("append", text("TEXT"), "kernel command line")                                                   //
      ("guest-features", text("N"), "SEV_FEATURES (default 0x1)")                                       //
      ("snp-ovmf-hash", text("HEX"), "digest of the firmware's pages, instead of measuring them")       //
      ("dump-vmsa", "write the measured VMSAs to vmsa0.bin, vmsa1.bin, ...")                            //
      ("svsm", text("FILE"), "SVSM image, for mode snp:svsm")                                           //
      ("vars-size", text("N"), "size of the variable store in bytes, for mode snp:svsm")                //
      ("vars-file", text("FILE"), "or the variable store itself")                                       //
      ("output-format", text("FORMAT"), "hex (default) or base64")                                      //
      ("verbose,v", "explain the digest");
  return o;
}

template <class T>
Result<void> number(const ParsedCommandLine& line, const char* name, std::uint64_t most, T& target) {
  const auto text = line.text(name);
  if (!text.has_value()) return {};
  const auto value = number_value(*text, most);
  if (!value.ok()) return fail("--" + std::string(name) + ": " + value.error().what());
  if constexpr (std::is_integral_v<T>)
    target = static_cast<T>(value.value());
  else
    target = static_cast<typename T::value_type>(value.value());
  return {};
}

Result<measure::MeasureOptions> options_of(const ParsedCommandLine& line) {
  constexpr std::uint64_t k32 = 0xffffffff;
  constexpr std::uint64_t k64 = ~std::uint64_t{0};
  measure::MeasureOptions o;
  o.mode = line.text("mode").value_or("");
  SWTEE_TRY(number(line, "vcpus", k32, o.vcpus));
  o.vcpu_type = line.text("vcpu-type").value_or("");
  SWTEE_TRY(number(line, "vcpu-sig", k64, o.vcpu_sig));
  SWTEE_TRY(number(line, "vcpu-family", k32, o.vcpu_family));
  SWTEE_TRY(number(line, "vcpu-model", k32, o.vcpu_model));
  SWTEE_TRY(number(line, "vcpu-stepping", k32, o.vcpu_stepping));
  o.vmm_type = line.text("vmm-type").value_or(o.vmm_type);
  o.ovmf = line.text("ovmf").value_or("");
  o.kernel = line.text("kernel").value_or("");
  o.initrd = line.text("initrd").value_or("");
  o.append = line.text("append").value_or("");
  SWTEE_TRY(number(line, "guest-features", k64, o.guest_features));
  o.snp_ovmf_hash = line.text("snp-ovmf-hash").value_or("");
  o.dump_vmsa = line.has("dump-vmsa");
  o.svsm = line.text("svsm").value_or("");
  SWTEE_TRY(number(line, "vars-size", k64, o.vars_size));
  o.vars_file = line.text("vars-file").value_or("");
  o.output_format = line.text("output-format").value_or(o.output_format);
  o.verbose = line.has("verbose");
  return o;
}

int refuse(const measure::MeasureError& error, Context& context) {
  switch (error.kind) {
    case measure::MeasureError::Kind::usage: return usage_error(kMeasureCommand, error.error.what(), context);
    case measure::MeasureError::Kind::environment: return environment_error(kMeasureCommand, error.error.what(), context);
    case measure::MeasureError::Kind::refused: break;
  }
  context.err << "swtee measure: " << error.error.what() << '\n';
  return kNo;
}

int run(const Arguments& arguments, Context& context) {
  auto parsed = parse_command_line(kMeasureCommand, arguments, {0, 0}, context);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  const auto& line = std::get<ParsedCommandLine>(parsed);
  const auto options = options_of(line);
  if (!options.ok()) return usage_error(kMeasureCommand, options.error().what(), context);
  const auto output = measure::measure(options.value());
  if (!output.ok()) return refuse(output.error(), context);
  for (const std::string& warning : output.value().warnings) context.err << "swtee measure: warning: " << warning << '\n';
  for (const measure::DumpedVmsa& vmsa : output.value().vmsas) {
    std::ofstream file(vmsa.file_name, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(vmsa.content.data()), static_cast<std::streamsize>(vmsa.content.size()));
    file.close();
    if (!file) return environment_error(kMeasureCommand, "cannot write " + vmsa.file_name, context);
  }
  if (line.json)
    print_json({{"mode", options.value().mode}, {"digest", measure::hex_digits(output.value().digest)}}, context.out);
  else
    context.out << output.value().text << '\n';
  return kYes;
}

}  // namespace

const Command kMeasureCommand{
    "measure", "calculate the launch digest that a guest will have", "",
    "The digest that hardware measures when a hypervisor launches these files: compare it with MEASUREMENT in a report.\n"
    "Options and results are those of sev-snp-measure 0.0.13.",
    "  swtee measure --mode snp --vcpus 4 --vcpu-type EPYC-v4 --ovmf OVMF.fd\n"
    "  swtee measure --mode snp --vcpus 1 --vcpu-type EPYC-Milan --ovmf OVMF.fd --kernel vmlinuz --initrd initrd --append 'quiet'\n",
    options, run};

}  // namespace swtee::cli
