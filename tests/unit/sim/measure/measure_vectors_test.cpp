// SPDX-License-Identifier: Apache-2.0
/// Command lines and their results, as sev-snp-measure gives them: see tests/vectors/measure/README.md.
#include "sim/measure/measure.h"
#include "tests/support/firmware_image_builder.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

namespace swtee::measure {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using FileOf = std::function<std::string(const std::string&)>;

/// Options as the vectors have them: names of the command line, all values as text.
MeasureOptions options_of(const Json& row, const FileOf& file_of) {
  MeasureOptions o;
  const auto number = [](const std::string& text) { return std::stoull(text, nullptr, 0); };
  const auto small = [&number](const std::string& text) { return static_cast<std::uint32_t>(number(text)); };
  const std::map<std::string, std::function<void(const std::string&)>> setters{
      {"mode", [&](const std::string& v) { o.mode = v; }},
      {"vcpus", [&](const std::string& v) { o.vcpus = small(v); }},
      {"vcpu-type", [&](const std::string& v) { o.vcpu_type = v; }},
      {"vcpu-sig", [&](const std::string& v) { o.vcpu_sig = number(v); }},
      {"vcpu-family", [&](const std::string& v) { o.vcpu_family = small(v); }},
      {"vcpu-model", [&](const std::string& v) { o.vcpu_model = small(v); }},
      {"vcpu-stepping", [&](const std::string& v) { o.vcpu_stepping = small(v); }},
      {"vmm-type", [&](const std::string& v) { o.vmm_type = v; }},
      {"ovmf", [&](const std::string& v) { o.ovmf = file_of(v); }},
      {"kernel", [&](const std::string& v) { o.kernel = file_of(v); }},
      {"initrd", [&](const std::string& v) { o.initrd = file_of(v); }},
      {"append", [&](const std::string& v) { o.append = v; }},
      {"guest-features", [&](const std::string& v) { o.guest_features = number(v); }},
      {"snp-ovmf-hash", [&](const std::string& v) { o.snp_ovmf_hash = v; }},
      {"svsm", [&](const std::string& v) { o.svsm = file_of(v); }},
      {"vars-size", [&](const std::string& v) { o.vars_size = number(v); }},
      {"vars-file", [&](const std::string& v) { o.vars_file = file_of(v); }},
      {"output-format", [&](const std::string& v) { o.output_format = v; }},
      {"verbose", [&](const std::string&) { o.verbose = true; }}};
  for (const auto& [key, value] : row.at("options").items()) {
    const auto setter = setters.find(key);
    if (setter == setters.end()) ADD_FAILURE() << "unknown option " << key << " in " << row;
    else setter->second(value.get<std::string>());
  }
  return o;
}

Json rows_of(const char* file_name) {
  std::ifstream file(std::string(SWTEE_TEST_VECTORS "/measure/") + file_name);
  return Json::parse(file);
}

std::string written(const std::string& name, ByteView bytes) {
  const std::string path = testing::TempDir() + "swtee-measure-" + std::to_string(getpid()) + "-" + name;
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path;
}

std::string written(const std::string& name, const std::string& text) {
  return written(name, ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

TEST(MeasureVectors, PrintsWhatSevSnpMeasurePrintsForBuiltImages) {
  const std::map<std::string, std::string> files{{"measured-boot", written("ovmf", test::measured_boot_image().build())},
                                                 {"svsm", written("svsm", test::svsm_image().build())},
                                                 {"kernel", written("kernel", std::string("a kernel\n"))},
                                                 {"initrd", written("initrd", std::string("an initrd\n"))},
                                                 {"vars", written("vars", std::string(8192, '\0'))}};
  const Json rows = rows_of("built-images.json");
  ASSERT_GE(rows.size(), 27U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 2U) << row;
    const auto out = measure(options_of(row, [&files](const std::string& name) { return files.at(name); }));
    ASSERT_TRUE(out.ok()) << row << out.error().error.what();
    EXPECT_EQ(out.value().text, row.at("output").get<std::string>()) << row;
  }
  for (const auto& [name, path] : files) fs::remove(path);
}

TEST(MeasureVectors, ReproducesThePublishedDigestsOfRealImages) {
  const char* const folder = std::getenv("SWTEE_VECTORS");
  if (folder == nullptr || !fs::exists(fs::path(folder) / "snp/ovmf-amdsev-suffix.bin")) {
    const char* const require_all = std::getenv("SWTEE_REQUIRE_ALL");
    if (require_all != nullptr && std::string(require_all) == "1") FAIL() << "SWTEE_VECTORS names no vectors folder";
    GTEST_SKIP() << "SWTEE_VECTORS names no vectors folder";
  }
  const FileOf file_of = [folder](const std::string& name) {
    return name == "empty" ? std::string("/dev/null") : (fs::path(folder) / name).string();
  };
  const Json rows = rows_of("published.json");
  ASSERT_EQ(rows.size(), 24U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 3U) << row;
    const auto out = measure(options_of(row, file_of));
    if (row.contains("refused")) {
      ASSERT_FALSE(out.ok()) << row;
      EXPECT_EQ(out.error().kind, MeasureError::Kind::refused) << row;
      continue;
    }
    ASSERT_TRUE(out.ok()) << row << out.error().error.what();
    EXPECT_EQ(out.value().text, row.at("output").get<std::string>()) << row;
  }
}

}  // namespace
}  // namespace swtee::measure
