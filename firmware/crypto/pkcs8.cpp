// SPDX-License-Identifier: Apache-2.0
#include "firmware/crypto/pkcs8.h"

#include "firmware/contract/require.h"
#include "firmware/crypto/pem.h"
#include "firmware/crypto/secret.h"

namespace swtee::crypto {

Result<PrivateKeyInfo> parse_private_key_info(ByteView der) {
  DerReader outer(der);
  DerReader info = SWTEE_TRY(outer.enter(der::kSequence, "PrivateKeyInfo"));
  SWTEE_TRY(outer.finish("PrivateKeyInfo"));
  const std::uint64_t version = SWTEE_TRY(info.number("PrivateKeyInfo version"));
  SWTEE_REQUIRE(version <= 1, Error("PrivateKeyInfo version is " + std::to_string(version)));
  DerReader algorithm = SWTEE_TRY(info.enter(der::kSequence, "key algorithm"));
  std::string type = SWTEE_TRY(algorithm.oid("key type"));
  const ByteView key = SWTEE_TRY(info.expect(der::kOctetString, "private key")).content;
  return PrivateKeyInfo{std::move(type), algorithm, key};
}

std::string private_key_pem(ByteView algorithm, ByteView key) {
  const DerBytes version = der_integer(std::uint64_t{0});
  DerBytes wrapped = der_element(der::kOctetString, {key});
  DerBytes info = der_element(der::kSequence, {version, algorithm, wrapped});
  std::string pem = to_pem("PRIVATE KEY", info);
  cleanse(wrapped);
  cleanse(info);
  return pem;
}

}  // namespace swtee::crypto
