// SPDX-License-Identifier: Apache-2.0
#include "tests/support/snp_attempt.h"
#include "tests/support/snp_guest.h"
#include "tests/support/snp_owner.h"

#include <map>

namespace swtee::test {
namespace {

using snp::GuestState;
using snp::Status;

/// Signatures cost a millisecond, and most attempts sign the same block.
const snp::IdAuthInfo& signed_identity(const snp::IdBlock& block) {
  static std::map<std::vector<std::uint8_t>, snp::IdAuthInfo> known;
  const ByteView bytes = bytes_of(block);
  const std::vector<std::uint8_t> key(bytes.begin(), bytes.end());
  const auto found = known.find(key);
  return found != known.end() ? found->second : known.emplace(key, sign_identity(block, owner_key(1), owner_key(2))).first->second;
}

/// With ID block and author key. The ID block lies unaligned, as Linux passes it.
struct Finish {
  SnpMachine machine;
  snp::SnpLaunchFinishBuffer buffer{};
  Spa gctx;
  Spa id_pages = machine.take_page();
  Spa auth_page = machine.take_page();
  snp::IdBlock block{};
  snp::IdAuthInfo auth{};
  std::function<void(snp::IdAuthInfo&)> after_signing = [](snp::IdAuthInfo&) {};

  Finish() {
    machine.init();
    gctx = machine.guest(GuestState::launch);
    block.version = 1u;
    block.policy = snp::policy::kDefault;
    block.ld = machine.context(gctx).launch_digest;
    buffer.gctx_paddr = gctx.value;
    buffer.id_block_paddr = id_pages.value + 0x123;
    buffer.id_auth_paddr = auth_page.value;
    buffer.flags = 3u;
    buffer.host_data.fill(0xd5);
    place();
  }
  /// Puts the signed structures into memory; the wrong ones are signed as well, so that one thing is wrong at a time.
  void place() {
    auth = signed_identity(block);
    after_signing(auth);
    machine.write(id_pages + 0x123, bytes_of(block));
    machine.write(auth_page, bytes_of(auth));
  }
  Status call() { return machine.command(id::kLaunchFinish, buffer); }
};

void spoil_auth(Finish& a, std::function<void(snp::IdAuthInfo&)> change) {
  a.after_signing = [before = a.after_signing, change](snp::IdAuthInfo& auth) {
    before(auth);
    change(auth);
  };
  a.place();
}

const FaultList<Finish> kFaults{
    {"platform not initialised", "platform", Status::invalid_platform_state, [](Finish& a) { a.machine.shutdown(); }},
    {"flag 3", "flags", Status::invalid_param, [](Finish& a) { a.buffer.flags = a.buffer.flags | 8u; }},
    {"flag 63", "flags", Status::invalid_param, [](Finish& a) { a.buffer.flags = a.buffer.flags | std::uint64_t{1} << 63; }},
    {"author key without ID block", "flags", Status::invalid_param, [](Finish& a) { a.buffer.flags = 2u; }},
    {"context page unaligned", "gctx", Status::invalid_address, [](Finish& a) { a.buffer.gctx_paddr = a.gctx.value + 8; }},
    {"context page outside memory", "gctx", Status::invalid_address, [](Finish& a) { a.buffer.gctx_paddr = kNoMemory; }},
    {"no context page", "gctx", Status::invalid_guest, [](Finish& a) { a.buffer.gctx_paddr = a.machine.firmware_page().value; }},
    {"guest in INIT", "gctx", Status::invalid_guest_state, [](Finish& a) { a.buffer.gctx_paddr = a.machine.gctx_create().value; }},
    {"guest RUNNING", "gctx", Status::invalid_guest_state,
     [](Finish& a) { a.buffer.gctx_paddr = a.machine.guest(GuestState::running, {2}).value; }},
    {"ID block outside memory", "block address", Status::invalid_address, [](Finish& a) { a.buffer.id_block_paddr = kNoMemory; }},
    {"ID block ends outside memory", "block address", Status::invalid_address,
     [](Finish& a) { a.buffer.id_block_paddr = a.machine.machine().memory().software_size() - 0x5f; }},
    {"ID authentication outside memory", "auth address", Status::invalid_address, [](Finish& a) { a.buffer.id_auth_paddr = ~0ull; }},
    {"ID block version 2", "version", Status::invalid_param, [](Finish& a) { a.block.version = 2u, a.place(); }},
    {"another digest", "ld", Status::bad_measurement, [](Finish& a) { a.block.ld[47] ^= 1, a.place(); }},
    {"another policy", "policy", Status::policy_failure, [](Finish& a) { a.block.policy = 0xb0000u, a.place(); }},
    {"reserved byte 8h", "auth reserved", Status::invalid_param, [](Finish& a) { spoil_auth(a, [](auto& i) { i.reserved_8h[0] = 1; }); }},
    {"reserved byte 67fh", "auth reserved", Status::invalid_param, [](Finish& a) { spoil_auth(a, [](auto& i) { i.reserved_644h[59] = 1; }); }},
    {"reserved byte fffh", "auth reserved", Status::invalid_param, [](Finish& a) { spoil_auth(a, [](auto& i) { i.reserved_c84h[891] = 1; }); }},
    {"ID key algorithm 0", "id algo", Status::invalid_param, [](Finish& a) { spoil_auth(a, [](auto& i) { i.id_key_algo = 0u; }); }},
    {"author key algorithm 2", "author algo", Status::invalid_param, [](Finish& a) { spoil_auth(a, [](auto& i) { i.auth_key_algo = 2u; }); }},
    {"ID block signature", "block sig", Status::bad_signature, [](Finish& a) { spoil_auth(a, [](auto& i) { i.id_block_sig.r[0] ^= 1; }); }},
    {"ID block signature padding", "block sig", Status::bad_signature, [](Finish& a) { spoil_auth(a, [](auto& i) { i.id_block_sig.s[48] = 1; }); }},
    {"ID block signature r = 0", "block sig", Status::bad_signature, [](Finish& a) { spoil_auth(a, [](auto& i) { i.id_block_sig.r = {}; }); }},
    {"ID key curve", "id key", Status::bad_signature, [](Finish& a) { spoil_auth(a, [](auto& i) { i.id_key.curve = 1u; }); }},
    {"ID key not on the curve", "id key", Status::bad_signature, [](Finish& a) { spoil_auth(a, [](auto& i) { i.id_key.qx[5] ^= 1; }); }},
    {"ID key signature", "key sig", Status::bad_signature, [](Finish& a) { spoil_auth(a, [](auto& i) { i.id_key_sig.s[3] ^= 0x80; }); }},
    {"author key is another", "author key", Status::bad_signature,
     [](Finish& a) { spoil_auth(a, [](auto& i) { i.author_key = wire_key(owner_key(3).public_key()); }); }},
};
SWTEE_COMMAND_TESTS(SnpLaunchFinish, Finish, kFaults)

TEST(SnpLaunchFinish, BindsIdentityAndHostDataWhenAllIsSigned) {
  Finish a;
  a.block.guest_svn = 9u;
  a.block.family_id.fill(0xfa);
  a.block.image_id.fill(0x1a);
  a.place();
  ASSERT_EQ(a.call(), Status::success);
  const snp::GuestContext& guest = a.machine.context(a.gctx);
  EXPECT_EQ(guest.state(), GuestState::running);
  EXPECT_EQ(guest.host_data, a.buffer.host_data);
  EXPECT_EQ(guest.id_key_digest, crypto::sha384(bytes_of(a.auth.id_key)));
  EXPECT_EQ(guest.author_key_digest, crypto::sha384(bytes_of(a.auth.author_key)));
  ASSERT_TRUE(guest.id_block.has_value());
  EXPECT_EQ(guest.id_block->guest_svn, 9u);
}

TEST(SnpLaunchFinish, AcceptsIdBlockVersionZero) {
  Finish a;
  a.block.version = 0u;
  a.place();
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpLaunchFinish, IgnoresTheAuthorKeyWhenItIsNotEnabled) {
  Finish a;
  a.buffer.flags = 1u;
  spoil_auth(a, [](auto& i) { i.id_key_sig = {}, i.auth_key_algo = 77u; });
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_TRUE(all_zero(a.machine.context(a.gctx).author_key_digest));
}

TEST(SnpLaunchFinish, ReadsNoIdBlockWhenItIsNotEnabled) {
  Finish a;
  a.buffer.flags = 0u;
  a.buffer.id_block_paddr = kNoMemory;
  a.buffer.id_auth_paddr = kNoMemory;
  ASSERT_EQ(a.call(), Status::success);
  EXPECT_FALSE(a.machine.context(a.gctx).id_block.has_value());
}

TEST(SnpLaunchFinish, SealsTheLaunch) {
  Finish a;
  ASSERT_EQ(a.call(), Status::success);
  const Spa page = a.machine.pre_guest_page({1}, 0x5000);
  EXPECT_EQ(a.machine.launch_update(a.gctx, page), Status::invalid_guest_state);
  EXPECT_EQ(a.call(), Status::invalid_guest_state);
}

/// Some owner keys and blocks give an R or S that begins with a zero byte; tools that drop it produced signatures which
/// failed now and then.
TEST(SnpLaunchFinish, AcceptsSignaturesWithLeadingZeroBytes) {
  bool zero_in_r = false;
  bool zero_in_s = false;
  for (std::uint32_t svn = 0; svn < 3000 && !(zero_in_r && zero_in_s); ++svn) {
    snp::IdBlock block{};
    block.version = 1u;
    block.policy = snp::policy::kDefault;
    block.guest_svn = svn;
    const snp::WireSignature signature = wire_signature(owner_key(1), bytes_of(block));
    const bool r = signature.r[47] == 0 && !zero_in_r;
    const bool s = signature.s[47] == 0 && !zero_in_s;
    if (!r && !s) continue;
    Finish a;
    a.block = block;
    a.place();
    EXPECT_EQ(a.call(), Status::success) << "svn " << svn;
    zero_in_r = zero_in_r || r;
    zero_in_s = zero_in_s || s;
  }
  EXPECT_TRUE(zero_in_r && zero_in_s);
}

Bytes<72> little_endian(const char* digits) {
  Bytes<72> field{};
  for (std::size_t i = 0; i < 48; ++i) field[47 - i] = static_cast<std::uint8_t>(std::stoul(std::string(digits + 2 * i, 2), nullptr, 16));
  return field;
}

/// Nobody holds the private key: R = 5a5ah and S = 3 were chosen, and the public key for them computed from the block with
/// a few lines of big-number arithmetic. Launch tools use such keys to bind a block without a signer.
TEST(SnpLaunchFinish, AcceptsAKeyThatWasRecoveredFromAChosenSignature) {
  Finish a;
  a.buffer.flags = 1u;
  ASSERT_TRUE(all_zero(a.block.ld));
  spoil_auth(a, [](auto& i) {
    i.id_key.qx = little_endian("e64267537aa27865b2812e8366508a10611574d456caf40b90bff54e3e72066249a2900d683ac093a865da3caae24370");
    i.id_key.qy = little_endian("ed22354783057ce45278aa094e9aa1d06ec2af59bafd9bb725cbbf6f4118ae9d80c19dc8d0d3d415a3c5d9647795700d");
    i.id_block_sig = {};
    i.id_block_sig.r[0] = 0x5a;
    i.id_block_sig.r[1] = 0x5a;
    i.id_block_sig.s[0] = 3;
  });
  EXPECT_EQ(a.call(), Status::success);
}

TEST(SnpLaunchFinish, RefusesBigEndianSignatures) {
  Finish a;
  spoil_auth(a, [](auto& i) {
    std::reverse(i.id_block_sig.r.begin(), i.id_block_sig.r.begin() + 48);
    std::reverse(i.id_block_sig.s.begin(), i.id_block_sig.s.begin() + 48);
  });
  EXPECT_EQ(a.call(), Status::bad_signature);
}

}  // namespace
}  // namespace swtee::test
