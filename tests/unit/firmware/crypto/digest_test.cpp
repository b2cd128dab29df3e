// SPDX-License-Identifier: Apache-2.0
// Vectors: FIPS 180-2 appendix examples; RFC 4231 test cases 1, 2 and 6.
#include "firmware/crypto/digest.h"
#include "firmware/crypto/running_sha256.h"

#include "hex.h"

#include <atomic>
#include <thread>

namespace swtee::crypto {
namespace {

TEST(Sha2, HashesTheStandardsExamples) {
  EXPECT_EQ(to_hex(sha256(view_of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha384(view_of("abc"))),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha384({})),
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b");
}

TEST(Sha2, GivesTheSameDigestInPieces) {
  std::vector<std::uint8_t> data(1000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  for (const std::size_t cut : {0u, 1u, 63u, 64u, 127u, 128u, 129u, 1000u}) {
    Sha384 wide;
    wide.update(ByteView(data).first(cut));
    wide.update(ByteView(data).subspan(cut));
    EXPECT_EQ(wide.finish(), sha384(data)) << cut;
    Sha256 narrow;
    narrow.update(ByteView(data).first(cut));
    narrow.update(ByteView(data).subspan(cut));
    EXPECT_EQ(narrow.finish(), sha256(data)) << cut;
  }
}

TEST(Sha2, StartsAnewAfterFinish) {
  Sha384 hash;
  hash.update(view_of("something else"));
  (void)hash.finish();
  hash.update(view_of("abc"));
  EXPECT_EQ(hash.finish(), sha384(view_of("abc")));
}

TEST(Sha2, KeepsThreadsApart) {
  const Sha384Digest expected = sha384(view_of("abc"));
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i)
        if (sha384(view_of("abc")) != expected) ++wrong;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Hmac, MatchesRfc4231) {
  const std::vector<std::uint8_t> key1(20, 0x0b);
  EXPECT_EQ(to_hex(hmac_sha256(key1, view_of("Hi There"))), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(hmac_sha384(key1, view_of("Hi There"))),
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6");
  EXPECT_EQ(to_hex(hmac_sha256(view_of("Jefe"), view_of("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(to_hex(hmac_sha384(view_of("Jefe"), view_of("what do ya want for nothing?"))),
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
  const std::vector<std::uint8_t> long_key(131, 0xaa);
  const auto text = view_of("Test Using Larger Than Block-Size Key - Hash Key First");
  EXPECT_EQ(to_hex(hmac_sha256(long_key, text)), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(to_hex(hmac_sha384(long_key, text)),
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952");
}

TEST(RunningSha256, HashesTheStandardsExamplesInPieces) {
  RunningSha256 hash;
  EXPECT_EQ(to_hex(hash.digest()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  hash.update(view_of("a"));
  const RunningSha256 one_third = hash;
  hash.update(view_of("bc"));
  EXPECT_EQ(to_hex(hash.digest()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(hash.digest()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") << "asking changes nothing";
  EXPECT_EQ(to_hex(one_third.digest()), to_hex(sha256(view_of("a"))));
}

}  // namespace
}  // namespace swtee::crypto
