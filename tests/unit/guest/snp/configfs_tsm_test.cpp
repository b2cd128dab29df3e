// SPDX-License-Identifier: Apache-2.0
/// Rows refer to the list of checkable behaviours in the attestation reference.
#include "tests/unit/guest/snp/configfs_fixture.h"

namespace swtee::test {
namespace {

using guest::snp::ConfigfsTsm;
using guest::snp::TsmStat;

class ConfigfsTsmEntry : public ConfigfsTest {};
class ConfigfsTsmWrite : public ConfigfsTest {};
class ConfigfsTsmRead : public ConfigfsTest {};

TEST_F(ConfigfsTsmEntry, IsMadeWithAllAttributesAtOnce) {
  const auto names = fs.list("a");
  ASSERT_TRUE(names.ok());
  EXPECT_EQ(names.value(), (std::vector<std::string_view>{"auxblob", "outblob", "inblob", "privlevel_floor", "privlevel", "provider", "generation"}));
}

TEST_F(ConfigfsTsmEntry, ShowsServiceAttributesOnlyWithAnSvsm) {
  for (const char* name : {"manifestblob", "service_provider", "service_guid", "service_manifest_version"}) {
    EXPECT_EQ(open_error(name, kReadOnly), -ENOENT) << name;
    EXPECT_EQ(fs.stat("a", name).error(), -ENOENT) << name;
  }
  provider.services = true;
  EXPECT_EQ(fs.list("a").value().size(), 11u);
  EXPECT_EQ(fs.list("a").value().front(), "manifestblob");
  EXPECT_EQ(open_error("manifestblob", kReadOnly), 0);
  EXPECT_EQ(open_error("service_guid", kWriteOnly), 0);
}

TEST_F(ConfigfsTsmEntry, NamesAreUniqueAndComeNewestFirst) {
  EXPECT_EQ(fs.mkdir("a"), -EEXIST);
  EXPECT_EQ(fs.mkdir("zz"), 0);
  EXPECT_EQ(fs.mkdir("b"), 0);
  EXPECT_EQ(fs.list(), (std::vector<std::string>{"b", "zz", "a"}));
  EXPECT_EQ(fs.stat().links, 5u);
  EXPECT_EQ(fs.rmdir("zz"), 0);
  EXPECT_EQ(fs.rmdir("zz"), -ENOENT);
  EXPECT_EQ(fs.list(), (std::vector<std::string>{"b", "a"}));
}

TEST_F(ConfigfsTsmEntry, RefusesNamesThatAreNone) {
  EXPECT_EQ(fs.mkdir(""), -ENOENT);
  EXPECT_EQ(fs.mkdir("."), -EEXIST);
  EXPECT_EQ(fs.mkdir(".."), -EEXIST);
  EXPECT_EQ(fs.mkdir("x/y"), -EINVAL);
  EXPECT_EQ(fs.mkdir(std::string(255, 'n')), 0);
  EXPECT_EQ(fs.mkdir(std::string(256, 'n')), -ENAMETOOLONG);
}

TEST_F(ConfigfsTsmEntry, NeedsAProvider) {
  ConfigfsTsm without(nullptr);
  EXPECT_EQ(without.mkdir("a"), -ENXIO);
  EXPECT_TRUE(without.list().empty());
}

TEST_F(ConfigfsTsmEntry, StatsAsConfigfsDoes) {
  const auto same = [](const TsmStat& a, const TsmStat& b) { return a.mode == b.mode && a.links == b.links && a.size == b.size; };
  EXPECT_TRUE(same(fs.stat(), {0040755, 3, 0}));
  EXPECT_TRUE(same(fs.stat("a").value(), {0040755, 2, 0}));
  EXPECT_TRUE(same(fs.stat("a", "provider").value(), {0100444, 1, 4096}));
  EXPECT_TRUE(same(fs.stat("a", "privlevel").value(), {0100200, 1, 4096}));
  EXPECT_TRUE(same(fs.stat("a", "inblob").value(), {0100200, 1, 0}));
  EXPECT_TRUE(same(fs.stat("a", "outblob").value(), {0100444, 1, 0}));
  EXPECT_EQ(fs.stat("b").error(), -ENOENT);
  EXPECT_EQ(fs.stat("a", "b").error(), -ENOENT);
}

TEST_F(ConfigfsTsmEntry, OpensEachAttributeOneWayOnly) {
  for (const char* name : {"generation", "provider", "privlevel_floor", "outblob", "auxblob"}) {
    EXPECT_EQ(open_error(name, kReadOnly), 0) << name;
    EXPECT_EQ(open_error(name, kWriteOnly), -EACCES) << name;
    EXPECT_EQ(open_error(name, {.read = true, .write = true}), -EACCES) << name;
  }
  for (const char* name : {"inblob", "privlevel"}) {
    EXPECT_EQ(open_error(name, kWriteOnly), 0) << name;
    EXPECT_EQ(open_error(name, kReadOnly), -EACCES) << name;
    EXPECT_EQ(open_error(name, {.read = true, .write = true}), -EACCES) << name;
  }
}

TEST_F(ConfigfsTsmEntry, TakesTheFlagsOfShellRedirection) {
  EXPECT_EQ(open_error("inblob", {.write = true, .create = true}), 0);
  EXPECT_EQ(open_error("inblob", {.write = true, .create = true, .exclusive = true}), -EEXIST);
  EXPECT_EQ(open_error("newfile", {.write = true, .create = true}), -EACCES);
  EXPECT_EQ(open_error("newfile", kWriteOnly), -ENOENT);
  EXPECT_EQ(open_error("outblob", {.read = true, .directory = true}), -ENOTDIR);
  EXPECT_EQ(open_error("inblob", kWriteOnly, "none"), -ENOENT);
}

TEST_F(ConfigfsTsmEntry, KeepsReadersAndWritersApart) {
  std::vector<std::uint8_t> buffer(10);
  EXPECT_EQ(open("inblob", kWriteOnly)->read(buffer, 0), -EBADF);
  EXPECT_EQ(open("generation", kReadOnly)->write(buffer, 0), -EBADF);
  EXPECT_EQ(cat("generation"), "0\n");
}

TEST_F(ConfigfsTsmWrite, StoresTheInblobAtRelease) {  // row 11
  const auto bytes = nonce();
  const auto file = open("inblob", kWriteOnly);
  EXPECT_EQ(file->write(ByteView(bytes).first(32), 0), 32);
  EXPECT_EQ(cat("generation"), "0\n");
  EXPECT_EQ(file->write(ByteView(bytes).subspan(32), 32), 32);
  EXPECT_EQ(cat("generation"), "0\n");
  file->release();
  EXPECT_EQ(cat("generation"), "1\n");
  file->release();
  EXPECT_EQ(cat("generation"), "1\n") << "one close, one store";
  EXPECT_EQ(cat("outblob"), "report 1");
  EXPECT_EQ(provider.last.inblob, bytes);
}

TEST_F(ConfigfsTsmWrite, RefusesTheSixtyFifthByte) {  // row 12
  const auto file = open("inblob", kWriteOnly);
  EXPECT_EQ(file->write(nonce(65), 0), -EFBIG);
  EXPECT_EQ(file->write(nonce(64), 0), 64);
  EXPECT_EQ(file->write(nonce(1), 64), -EFBIG);
  EXPECT_EQ(file->write(nonce(1), ~std::uint64_t{0}), -EFBIG);
  file->release();
  EXPECT_EQ(cat("outblob"), "report 1") << "what fitted counts";
}

TEST_F(ConfigfsTsmWrite, EmptiesTheInblobWhenTheFirstWriteWasTooLong) {
  ASSERT_EQ(write("inblob", nonce()), 64);
  EXPECT_EQ(write("inblob", nonce(65)), -EFBIG);
  EXPECT_EQ(cat("generation"), "2\n");
  EXPECT_EQ(cat("outblob"), error_text(EINVAL));
  EXPECT_EQ(provider.made, 0);
}

TEST_F(ConfigfsTsmWrite, DoesNothingWhenOpenedAndClosed) {
  ASSERT_EQ(write("inblob", nonce()), 64);
  open("inblob", kWriteOnly)->release();
  EXPECT_EQ(cat("generation"), "1\n");
  EXPECT_EQ(cat("outblob"), "report 1");
}

TEST_F(ConfigfsTsmWrite, PutsBytesWhereTheOffsetSays) {
  const auto file = open("inblob", kWriteOnly);
  EXPECT_EQ(file->write(bytes_from("end"), 61), 3);
  EXPECT_EQ(file->write(bytes_from("start"), 0), 5);
  file->release();
  ASSERT_EQ(cat("outblob"), "report 1");
  auto expected = bytes_from("start");
  expected.resize(61);
  for (char c : {'e', 'n', 'd'}) expected.push_back(static_cast<std::uint8_t>(c));
  EXPECT_EQ(provider.last.inblob, expected);
}

TEST_F(ConfigfsTsmWrite, FaultsOnNothingToWrite) {
  EXPECT_EQ(write("inblob", ""), -EFAULT);
  EXPECT_EQ(write("privlevel", ""), -EFAULT);
  EXPECT_EQ(cat("generation"), "1\n") << "the empty inblob is stored, the empty text is not";
}

TEST_F(ConfigfsTsmWrite, StoresPrivlevelAtOnce) {
  const auto file = open("privlevel", kWriteOnly);
  EXPECT_EQ(file->write(bytes_from("2"), 0), 1);
  EXPECT_EQ(cat("generation"), "1\n");
  EXPECT_EQ(file->write(bytes_from("0x3\n"), 1), 4) << "the offset of a text does not matter";
  EXPECT_EQ(cat("generation"), "2\n");
  ASSERT_EQ(write("inblob", nonce()), 64);
  EXPECT_EQ(cat("outblob"), "report 1");
  EXPECT_EQ(provider.last.privlevel, 3u);
}

TEST_F(ConfigfsTsmWrite, RefusesPrivlevelsOutsideFloorAndThree) {  // row 13
  provider.floor = 2;
  for (const char* text : {"4", "1", "0", "-1", "two", "4294967295", "\2", ""}) EXPECT_LT(write("privlevel", text), 0) << text;
  EXPECT_EQ(write("privlevel", "4"), -EINVAL);
  EXPECT_EQ(write("privlevel", "1"), -EINVAL);
  EXPECT_EQ(write("privlevel", "4294967296"), -ERANGE);
  EXPECT_EQ(cat("generation"), "0\n");
  EXPECT_EQ(write("privlevel", "2"), 1);
  EXPECT_EQ(write("privlevel", "3\n"), 2);
  EXPECT_EQ(cat("generation"), "2\n");
  EXPECT_EQ(cat("privlevel_floor"), "2\n");
}

TEST_F(ConfigfsTsmWrite, TakesAtMost4095BytesOfTextAtATime) {
  provider.services = true;
  EXPECT_EQ(write("service_provider", std::string(5000, 'x')), 4095);
  EXPECT_EQ(cat("generation"), "1\n");
}

TEST_F(ConfigfsTsmWrite, StoresServiceAttributes) {
  provider.services = true;
  EXPECT_EQ(write("service_provider", "svsm\n"), 5);
  EXPECT_EQ(write("service_guid", "c476f1eb-0123-45a5-9641-b4e7dde5bfe3"), 36);
  EXPECT_EQ(write("service_manifest_version", "0x10"), 4);
  EXPECT_EQ(write("inblob", nonce()), 64);
  ASSERT_EQ(cat("outblob"), "report 1");
  EXPECT_EQ(provider.last.service_provider, "svsm");
  EXPECT_EQ(provider.last.service_guid[0], 0xc4);
  EXPECT_EQ(provider.last.service_manifest_version, 16u);
  EXPECT_EQ(cat("generation"), "4\n");
}

TEST_F(ConfigfsTsmWrite, CountsAGuidThatDoesNotParse) {
  provider.services = true;
  ASSERT_EQ(write("service_guid", "c476f1eb-0123-45a5-9641-b4e7dde5bfe3"), 36);
  EXPECT_EQ(write("service_guid", "nonsense"), -EINVAL);
  EXPECT_EQ(write("service_manifest_version", "nonsense"), -EINVAL);
  EXPECT_EQ(cat("generation"), "2\n");
  ASSERT_EQ(write("inblob", nonce()), 64);
  ASSERT_EQ(cat("outblob"), "report 1");
  EXPECT_TRUE(all_zero(provider.last.service_guid));
}

TEST_F(ConfigfsTsmWrite, IsRefusedWhenTheCounterIsUsedUp) {
  provider.services = true;
  ASSERT_EQ(write("inblob", nonce()), 64);
  ASSERT_EQ(cat("outblob"), "report 1");
  ASSERT_EQ(fs.set_generation("a", ~std::uint64_t{0}, 0), 0);
  EXPECT_EQ(cat("generation"), "18446744073709551615\n");
  EXPECT_EQ(write("privlevel", "1"), -EBUSY);
  EXPECT_EQ(write("service_provider", "svsm"), -EBUSY);
  EXPECT_EQ(write("service_guid", "nonsense"), -EBUSY);
  EXPECT_EQ(write("service_manifest_version", "1"), -EBUSY);
  EXPECT_EQ(write("inblob", bytes_from("lost")), 4) << "collected; the error at release is lost";
  EXPECT_EQ(cat("generation"), "18446744073709551615\n");
  ASSERT_EQ(cat("outblob"), "report 2");
  EXPECT_EQ(provider.last.inblob, nonce());
  EXPECT_EQ(write("privlevel", "1"), 1) << "a read makes room";
  EXPECT_EQ(cat("generation"), "0\n");
}

TEST_F(ConfigfsTsmRead, GivesTheSameReportUntilSomethingIsWritten) {  // row 14
  ASSERT_EQ(write("inblob", nonce()), 64);
  EXPECT_EQ(cat("outblob"), "report 1");
  EXPECT_EQ(cat("auxblob"), "certs 1");
  EXPECT_EQ(cat("outblob"), "report 1");
  EXPECT_EQ(cat("auxblob"), "certs 1");
  EXPECT_EQ(cat("generation"), "1\n");
  EXPECT_EQ(provider.made, 1);
  ASSERT_EQ(write("inblob", nonce()), 64);
  EXPECT_EQ(cat("auxblob"), "certs 2") << "whichever blob is read first makes the report";
  EXPECT_EQ(cat("outblob"), "report 2");
  ASSERT_EQ(write("privlevel", "1"), 1);
  EXPECT_EQ(cat("outblob"), "report 3");
}

TEST_F(ConfigfsTsmRead, GivesTheProvidersText) {  // row 15
  EXPECT_EQ(cat("provider"), "sev_guest\n");
  EXPECT_EQ(cat("privlevel_floor"), "0\n");
}

TEST_F(ConfigfsTsmRead, NeedsAnInblob) {
  EXPECT_EQ(cat("outblob"), error_text(EINVAL));
  EXPECT_EQ(cat("auxblob"), error_text(EINVAL));
  EXPECT_EQ(provider.made, 0);
}

TEST_F(ConfigfsTsmRead, PassesTheProvidersErrorAndKeepsNothing) {
  ASSERT_EQ(write("inblob", nonce()), 64);
  ASSERT_EQ(cat("outblob"), "report 1");
  ASSERT_EQ(write("privlevel", "1"), 1);
  provider.error = -ENXIO;
  EXPECT_EQ(cat("outblob"), error_text(ENXIO));
  EXPECT_EQ(cat("auxblob"), error_text(ENXIO));
  provider.error = 0;
  EXPECT_EQ(cat("outblob"), "report 4") << "no report of an older generation";
}

TEST_F(ConfigfsTsmRead, EndsAtOnceWithoutCertificates) {
  provider.has_certificates = false;
  ASSERT_EQ(write("inblob", nonce()), 64);
  EXPECT_EQ(cat("auxblob"), "");
  EXPECT_EQ(cat("outblob"), "report 1");
}

TEST_F(ConfigfsTsmRead, AsksAgainForABlobThatWasEmpty) {
  provider.has_certificates = false;
  ASSERT_EQ(write("inblob", nonce()), 64);
  const auto file = open("auxblob", kReadOnly);
  std::vector<std::uint8_t> buffer(100);
  EXPECT_EQ(file->read(buffer, 0), 0);
  provider.has_certificates = true;
  ASSERT_EQ(write("privlevel", "1"), 1);
  EXPECT_EQ(file->read(buffer, 0), 7);
}

TEST_F(ConfigfsTsmRead, KeepsItsOwnCopyForEachDescription) {
  ASSERT_EQ(write("inblob", nonce()), 64);
  const auto early = open("outblob", kReadOnly);
  std::vector<std::uint8_t> buffer(4);
  ASSERT_EQ(early->read(buffer, 0), 4);
  ASSERT_EQ(write("inblob", nonce()), 64);
  EXPECT_EQ(cat("outblob"), "report 2");
  ASSERT_EQ(early->read(buffer, 4), 4);
  EXPECT_EQ(buffer, bytes_from("rt 1"));
  EXPECT_EQ(early->read(buffer, 0), 4) << "pread from the start";
  EXPECT_EQ(buffer, bytes_from("repo"));
}

TEST_F(ConfigfsTsmRead, RefusesABlobAboveItsLimit) {
  ASSERT_EQ(write("inblob", nonce()), 64);
  provider.outblob_size = guest::snp::kTsmOutblobMax;
  EXPECT_EQ(cat("outblob", "a", 4096).size(), guest::snp::kTsmOutblobMax);
  ASSERT_EQ(write("inblob", nonce()), 64);
  provider.outblob_size = guest::snp::kTsmOutblobMax + 1;
  EXPECT_EQ(cat("outblob"), error_text(EFBIG));
  EXPECT_EQ(cat("auxblob"), "certs 2");
}

TEST_F(ConfigfsTsmRead, FaultsOnNoRoomBeforeTheEnd) {
  const auto file = open("provider", kReadOnly);
  EXPECT_EQ(file->read({}, 0), -EFAULT);
  EXPECT_EQ(file->read({}, 10), 0);
  EXPECT_EQ(file->read({}, ~std::uint64_t{0}), 0);
}

TEST_F(ConfigfsTsmRead, SeeksInTextsOnly) {
  EXPECT_TRUE(open("provider", kReadOnly)->seekable());
  EXPECT_FALSE(open("outblob", kReadOnly)->seekable());
  EXPECT_EQ(open("outblob", kReadOnly)->stat().size, 0u);
}

TEST_F(ConfigfsTsmEntry, RemovedAnswersNoEntryThroughOpenFiles) {
  provider.services = true;
  ASSERT_EQ(write("inblob", nonce()), 64);
  const auto unread = open("outblob", kReadOnly);
  const auto had = open("auxblob", kReadOnly);
  const auto text = open("generation", kReadOnly);
  const auto privlevel = open("privlevel", kWriteOnly);
  const auto inblob = open("inblob", kWriteOnly);
  std::vector<std::uint8_t> buffer(100);
  ASSERT_EQ(had->read(buffer, 0), 7);
  ASSERT_EQ(fs.rmdir("a"), 0);
  EXPECT_EQ(unread->read(buffer, 0), -ENOENT);
  EXPECT_EQ(text->read(buffer, 0), -ENOENT);
  EXPECT_EQ(had->read(buffer, 0), 7) << "it has its copy";
  EXPECT_EQ(privlevel->write(bytes_from("1"), 0), -ENOENT);
  EXPECT_EQ(inblob->write(nonce(), 0), 64) << "only collected";
  inblob->release();
  EXPECT_EQ(open_error("generation", kReadOnly), -ENOENT);
  ASSERT_EQ(fs.mkdir("a"), 0);
  EXPECT_EQ(cat("generation"), "0\n") << "the same name is a new entry";
  EXPECT_EQ(unread->read(buffer, 0), -ENOENT);
}

TEST_F(ConfigfsTsmEntry, IsApartFromOtherEntries) {
  ASSERT_EQ(fs.mkdir("b"), 0);
  ASSERT_EQ(write("inblob", nonce(), "a"), 64);
  EXPECT_EQ(cat("generation", "b"), "0\n");
  EXPECT_EQ(cat("outblob", "b"), error_text(EINVAL));
  EXPECT_EQ(cat("outblob", "a"), "report 1");
}

TEST_F(ConfigfsTsmEntry, WorksForTheStepsOfAGoClient) {  // row 17: probe, write, read, compare generations
  const std::string before = cat("generation");
  ASSERT_EQ(cat("provider"), "sev_guest\n");
  ASSERT_EQ(write("inblob", nonce()), 64);
  ASSERT_EQ(write("privlevel", "0"), 1);
  EXPECT_EQ(cat("auxblob"), "certs 1");
  EXPECT_EQ(cat("generation"), "2\n");
  EXPECT_EQ(cat("outblob"), "report 1");
  EXPECT_EQ(cat("generation"), "2\n");
  EXPECT_EQ(before, "0\n");
  EXPECT_EQ(fs.rmdir("a"), 0);
}

}  // namespace
}  // namespace swtee::test
