// SPDX-License-Identifier: Apache-2.0
/// SHA-2 digests and HMAC over OpenSSL EVP.
///
/// These calls cannot fail for any input. A digest that OpenSSL refuses means a broken installation; the process
/// then ends (SWTEE_ASSERT) rather than go on with a wrong measurement.
#pragma once

#include <swtee/abi/wire.h>

#include <memory>

namespace swtee::crypto {

using Sha256Digest = Bytes<32>;
using Sha384Digest = Bytes<48>;

Sha256Digest sha256(ByteView data);
Sha384Digest sha384(ByteView data);
Sha256Digest hmac_sha256(ByteView key, ByteView data);
Sha384Digest hmac_sha384(ByteView key, ByteView data);

/// SHA-384 over data that arrives in pieces. `finish` may be called once; after it the object starts anew.
class Sha384 {
 public:
  Sha384();
  ~Sha384();
  Sha384(const Sha384&) = delete;
  Sha384& operator=(const Sha384&) = delete;
  void update(ByteView data);
  Sha384Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The same for SHA-256.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(ByteView data);
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace swtee::crypto
