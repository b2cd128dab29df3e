// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/roots.h"

#include "firmware/crypto/pem.h"
#include "vendor_fixture.h"

#include <sys/stat.h>

#include <set>

namespace swtee::vendor {
namespace {

namespace fs = std::filesystem;

/// The embedded roots as a directory, so that no test but one has to make new keys.
void copy_roots(const TemporaryDirectory& directory) {
  for (const EmbeddedRoot& root : embedded_roots()) directory.write(std::string(root.file_name), root.text);
}

TEST(EmbeddedRoots, AreNineDifferentKeysThatShout) {
  std::set<crypto::DerBytes> keys;
  const RootKeys roots = RootKeys::embedded();
  for (const ProductLine& line : product_lines())
    for (const Ca ca : {Ca::ark, Ca::ask, Ca::asvk}) {
      const auto public_key = roots.key(line, ca).public_key();
      EXPECT_EQ(public_key.modulus_bits(), 4096u);
      keys.insert(public_key.spki());
    }
  EXPECT_EQ(keys.size(), 9u);
  EXPECT_EQ(embedded_roots().size(), 9u);
  for (const EmbeddedRoot& root : embedded_roots())
    EXPECT_EQ(root.text.substr(0, 12), "# TEST ONLY!") << root.file_name;
}

TEST(RootDirectory, LoadsAllKeysOfACompleteDirectory) {
  TemporaryDirectory directory;
  copy_roots(directory);
  const auto roots = RootKeys::from_directory(directory.file(""));
  ASSERT_TRUE(roots.ok()) << roots.error().what();
  const ProductLine& line = *find_product_line("Genoa");
  EXPECT_EQ(roots.value().key(line, Ca::asvk).public_key().spki(), RootKeys::embedded().key(line, Ca::asvk).public_key().spki());
}

TEST(RootDirectory, NamesTheFileThatIsMissingOrWrong) {
  TemporaryDirectory directory;
  const auto refused_with = [&](const std::string& words) {
    const auto roots = RootKeys::from_directory(directory.file(""));
    ASSERT_FALSE(roots.ok()) << words;
    EXPECT_NE(roots.error().what().find("genoa-ask.pem"), std::string::npos) << roots.error().what();
    EXPECT_NE(roots.error().what().find(words), std::string::npos) << roots.error().what();
  };
  copy_roots(directory);
  const std::string victim = directory.file("genoa-ask.pem");
  fs::remove(victim);
  refused_with("No such file");
  ASSERT_EQ(::mkfifo(victim.c_str(), 0600), 0);
  refused_with("not a regular file");
  fs::remove(victim);
  fs::create_directory(victim);
  refused_with("not a regular file");
  fs::remove(victim);
  directory.write("genoa-ask.pem", std::string(1 << 20, 'x'));
  refused_with("larger than");
  directory.write("genoa-ask.pem", std::string("not a key"));
  refused_with("exactly one PEM block");
  directory.write("genoa-ask.pem", crypto::to_pem("PRIVATE KEY", crypto::DerBytes(100, 0x30)));
  refused_with("DER");
  directory.write("genoa-ask.pem", crypto::RsaPrivateKey::generate(2048).pem());
  refused_with("2048 bits");
}

TEST(RootDirectory, IsMadeAllAtOnceAndNeverOverwritten) {
  TemporaryDirectory directory;
  const std::string path = directory.file("mine");
  int told = 0;
  const auto made = create_roots(path, [&](int done, int total, const std::string&) {
    EXPECT_EQ(done, told++);
    EXPECT_EQ(total, 9);
    EXPECT_FALSE(fs::exists(path)) << "nothing is visible before all is there";
  });
  ASSERT_TRUE(made.ok()) << made.error().what();
  EXPECT_EQ(told, 9);
  EXPECT_TRUE(RootKeys::from_directory(path).ok());
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(path)) {
    EXPECT_EQ(entry.status().permissions(), fs::perms::owner_read | fs::perms::owner_write);
    ++files;
  }
  EXPECT_EQ(files, 9u);
  EXPECT_FALSE(create_roots(path).ok());
  EXPECT_TRUE(RootKeys::from_directory(path).ok());
  EXPECT_FALSE(create_roots(directory.file("no/such/parent")).ok());
}

}  // namespace
}  // namespace swtee::vendor
