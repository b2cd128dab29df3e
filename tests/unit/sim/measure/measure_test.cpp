// SPDX-License-Identifier: Apache-2.0
#include "sim/measure/measure.h"
#include "tests/support/firmware_image_builder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace swtee::measure {
namespace {

namespace fs = std::filesystem;
using Kind = MeasureError::Kind;

class Measure : public testing::Test {
 protected:
  Measure() {
    std::string name = testing::TempDir() + "swtee-measure-XXXXXX";
    folder_ = mkdtemp(name.data());
    good_.mode = "snp";
    good_.vcpus = 2;
    good_.vcpu_type = "EPYC-Milan";
    good_.ovmf = write("ovmf.fd", test::measured_boot_image().build());
  }
  ~Measure() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, ByteView bytes) const {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path;
  }

  std::string text_of(const MeasureOptions& options) const {
    const auto out = measure(options);
    return out.ok() ? out.value().text : "refused: " + out.error().error.what();
  }

  MeasureOptions changed(const std::function<void(MeasureOptions&)>& change) const {
    MeasureOptions options = good_;
    change(options);
    return options;
  }

  void expect_refused(Kind kind, const char* part, const std::function<void(MeasureOptions&)>& change) const {
    const auto out = measure(changed(change));
    ASSERT_FALSE(out.ok()) << part;
    EXPECT_EQ(out.error().kind, kind) << out.error().error.what();
    EXPECT_NE(out.error().error.what().find(part), std::string::npos) << out.error().error.what();
  }

  std::string folder_;
  MeasureOptions good_;
};

TEST_F(Measure, RefusesOptionsThatDoNotFitTogether) {
  ASSERT_TRUE(measure(good_).ok());
  expect_refused(Kind::usage, "--mode 'tdx' is none of sev,", [](auto& o) { o.mode = "tdx"; });
  expect_refused(Kind::usage, "--ovmf", [](auto& o) { o.ovmf.clear(); });
  expect_refused(Kind::usage, "--vcpus", [](auto& o) { o.vcpus.reset(); });
  expect_refused(Kind::usage, "--vcpu-type 'EPYC-Naples' is none of", [](auto& o) { o.vcpu_type = "EPYC-Naples"; });
  expect_refused(Kind::usage, "--vcpu-type 'X'", [](auto& o) { o.mode = "sev", o.vcpu_type = "X"; });
  expect_refused(Kind::usage, "needs the guest's CPU", [](auto& o) { o.vcpu_type.clear(); });
  expect_refused(Kind::usage, "needs the guest's CPU", [](auto& o) { o.vcpu_type.clear(), o.vcpu_sig = 0; });
  expect_refused(Kind::usage, "--vcpu-model and --vcpu-stepping", [](auto& o) { o.vcpu_family = 25, o.vcpu_model = 1; });
  expect_refused(Kind::usage, "--vmm-type 'qemu' is none of QEMU, ec2, gce", [](auto& o) { o.vmm_type = "qemu"; });
  expect_refused(Kind::usage, "--initrd needs --kernel", [](auto& o) { o.initrd = "/dev/null"; });
  expect_refused(Kind::usage, "--append needs --kernel", [](auto& o) { o.append = "quiet"; });
  expect_refused(Kind::usage, "--output-format 'raw'", [](auto& o) { o.output_format = "raw"; });
  expect_refused(Kind::usage, "--dump-vmsa", [](auto& o) { o.mode = "sev", o.dump_vmsa = true; });
  expect_refused(Kind::usage, "works in mode 'snp' only", [](auto& o) { o.mode = "seves", o.snp_ovmf_hash = "00"; });
  expect_refused(Kind::usage, "96 hexadecimal digits", [](auto& o) { o.snp_ovmf_hash = std::string(94, '0'); });
  expect_refused(Kind::usage, "96 hexadecimal digits", [](auto& o) { o.snp_ovmf_hash = std::string(95, '0') + "g"; });
}

TEST_F(Measure, RefusesOptionsThatAnSvsmLacksOrCannotHave) {
  const std::string svsm = write("svsm.bin", test::svsm_image().build());
  const auto with = [&svsm](const std::function<void(MeasureOptions&)>& change) {
    return [&svsm, change](MeasureOptions& o) {
      o.mode = "snp:svsm", o.svsm = svsm, o.vars_size = 0x84000;
      change(o);
    };
  };
  ASSERT_TRUE(measure(changed(with([](auto&) {}))).ok());
  expect_refused(Kind::usage, "needs --svsm", with([](auto& o) { o.svsm.clear(); }));
  expect_refused(Kind::usage, "--vars-size or --vars-file", with([](auto& o) { o.vars_size.reset(); }));
  expect_refused(Kind::usage, "--vars-size or --vars-file", with([](auto& o) { o.vars_size = 0; }));
  expect_refused(Kind::usage, "exclude each other", with([](auto& o) { o.vars_file = "/dev/null"; }));
  expect_refused(Kind::usage, "QEMU only", with([](auto& o) { o.vmm_type = "gce"; }));
  expect_refused(Kind::refused, "does not fit below", with([](auto& o) { o.vars_size = std::uint64_t{1} << 40; }));
  expect_refused(Kind::refused, "no SVSM info", with([this](auto& o) { o.svsm = good_.ovmf; }));
  expect_refused(Kind::environment, "/nowhere", with([](auto& o) { o.vars_size.reset(), o.vars_file = "/nowhere"; }));
}

TEST_F(Measure, RefusesImagesThatCannotBeLaunchedSo) {
  test::FirmwareImageBuilder plain(0x1000);
  const std::string no_reset_block = write("plain.fd", plain.section(0x1000, 0x1000, 1).build());
  const std::string crooked = write("crooked.fd", std::vector<std::uint8_t>(0x1234));
  expect_refused(Kind::refused, "SEV-ES reset block", [&](auto& o) { o.ovmf = no_reset_block; });
  expect_refused(Kind::refused, "SEV-ES reset block", [&](auto& o) { o.mode = "seves", o.ovmf = no_reset_block; });
  expect_refused(Kind::refused, "no SNP_KERNEL_HASHES", [&](auto& o) { o.ovmf = no_reset_block, o.kernel = "/dev/null"; });
  expect_refused(Kind::refused, "no place for a SEV hash table",
                 [&](auto& o) { o.mode = "sev", o.ovmf = no_reset_block, o.kernel = "/dev/null"; });
  expect_refused(Kind::refused, "not a multiple of 4096", [&](auto& o) { o.mode = "snp:ovmf-hash", o.ovmf = crooked; });
  expect_refused(Kind::refused, "too short", [](auto& o) { o.ovmf = "/dev/null"; });
  expect_refused(Kind::refused, "vCPUs are more than", [](auto& o) { o.vcpus = 100'000; });
  expect_refused(Kind::refused, "vCPUs are more than", [](auto& o) { o.mode = "seves", o.vcpus = 0xffffffff; });
}

TEST_F(Measure, NamesTheFileThatCannotBeRead) {
  expect_refused(Kind::environment, "/nowhere: No such file", [](auto& o) { o.ovmf = "/nowhere"; });
  expect_refused(Kind::environment, "Is a directory", [this](auto& o) { o.ovmf = folder_; });
  expect_refused(Kind::environment, "/nowhere: No such file", [](auto& o) { o.kernel = "/nowhere"; });
  expect_refused(Kind::environment, "Is a directory", [this](auto& o) { o.kernel = "/dev/null", o.initrd = folder_; });
}

TEST_F(Measure, RefusesAnEndlessImage) {
  expect_refused(Kind::environment, "/dev/zero: is larger than the 64 MiB", [](auto& o) { o.ovmf = "/dev/zero"; });
}

TEST_F(Measure, ReadsImagesAndKernelsFromPipes) {
  const std::string pipe = folder_ + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const std::vector<std::uint8_t> kernel(1'000'003, 0x5a);
  const std::string file = write("kernel", kernel);
  std::thread writer([&] {
    std::ofstream(pipe, std::ios::binary)
        .write(reinterpret_cast<const char*>(kernel.data()), static_cast<std::streamsize>(kernel.size()));
  });
  const std::string from_pipe = text_of(changed([&](auto& o) { o.kernel = pipe; }));
  writer.join();
  EXPECT_EQ(from_pipe, text_of(changed([&](auto& o) { o.kernel = file; })));
}

TEST_F(Measure, CpuOptionsRankFamilyThenSignatureThenType) {
  const std::string genoa = text_of(changed([](auto& o) { o.vcpu_type = "EPYC-Genoa"; }));
  EXPECT_EQ(genoa, text_of(changed([](auto& o) { o.vcpu_sig = 0xa10f10; })));
  EXPECT_EQ(genoa, text_of(changed([](auto& o) {
              o.vcpu_family = 25, o.vcpu_model = 17, o.vcpu_stepping = 0, o.vcpu_sig = 1;
            })));
  EXPECT_EQ(genoa, text_of(changed([](auto& o) { o.vcpu_type = "EPYC-Genoa", o.vcpu_family = 0, o.vcpu_sig = 0; })));
}

TEST_F(Measure, NeedsNoCpuOptionWhereTheHypervisorPassesNone) {
  for (const char* vmm : {"ec2", "gce"})
    EXPECT_EQ(text_of(changed([&](auto& o) { o.vmm_type = vmm, o.vcpu_type.clear(); })),
              text_of(changed([&](auto& o) { o.vmm_type = vmm; })));
}

TEST_F(Measure, GoesOnFromTheOvmfHashOfAnImageWhoseTailIsAllItHas) {
  const std::string hash = text_of(changed([](auto& o) { o.mode = "snp:ovmf-hash"; }));
  const auto whole = test::measured_boot_image().build();
  const std::string tail = write("tail.fd", ByteView(whole).last(0x1000));
  EXPECT_EQ(text_of(changed([&](auto& o) { o.ovmf = tail, o.snp_ovmf_hash = hash; })), text_of(good_));
}

TEST_F(Measure, DumpsTheVmsasThatItMeasured) {
  const auto out = measure(changed([](auto& o) { o.dump_vmsa = true, o.vcpus = 3; }));
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(out.value().vmsas.size(), 3U);
  EXPECT_EQ(out.value().vmsas[0].file_name, "vmsa0.bin");
  EXPECT_EQ(out.value().vmsas[2].file_name, "vmsa2.bin");
  EXPECT_EQ(from_bytes<snp::Vmsa>(out.value().vmsas[0].content).cs.base, 0xffff0000U);
  EXPECT_EQ(from_bytes<snp::Vmsa>(out.value().vmsas[2].content).cs.base, 0x800000U);
  EXPECT_TRUE(measure(good_).value().vmsas.empty());
}

TEST_F(Measure, WarnsOfOptionsWithoutEffect) {
  const std::string svsm = write("svsm.bin", test::svsm_image().build());
  EXPECT_TRUE(measure(good_).value().warnings.empty());
  EXPECT_EQ(measure(changed([](auto& o) { o.vcpus = 0; })).value().warnings.size(), 1U);
  EXPECT_EQ(measure(changed([](auto& o) { o.mode = "seves", o.guest_features = 0x21; })).value().warnings.size(), 1U);
  EXPECT_EQ(measure(changed([&](auto& o) {
              o.mode = "snp:svsm", o.svsm = svsm, o.vars_size = 4096, o.kernel = "/dev/null", o.guest_features = 3;
            })).value().warnings.size(),
            2U);
}

TEST(LaunchDigestOfPlan, FoldsPermissionsOfRawPages) {
  const std::vector<host::RawPages> pages{{.type = snp::PageType::zero,
                                           .gpa = {0x1000},
                                           .size = 0x1000,
                                           .content = nullptr,
                                           .permissions = {.vmpl1 = 1, .vmpl2 = 3, .vmpl3 = 7}}};
  const auto plan = host::plan_raw_launch(pages);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(hex_digits(launch_digest_of(plan.value()).value()),
            "7bd84918477171f489c5cbd2e188834bb76cc9134d90f392f7186817d21ab31668bcaf43731fe0c63350554f4230d8cf");
}

TEST(Base64, PadsToWholeGroups) {
  const auto text = [](const std::string& in) {
    return base64_text(ByteView(reinterpret_cast<const std::uint8_t*>(in.data()), in.size()));
  };
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("f"), "Zg==");
  EXPECT_EQ(text("fo"), "Zm8=");
  EXPECT_EQ(text("foo"), "Zm9v");
  EXPECT_EQ(text("foobar"), "Zm9vYmFy");
  EXPECT_EQ(text("\xff\xfe\xfb"), "//77");
}

}  // namespace
}  // namespace swtee::measure
