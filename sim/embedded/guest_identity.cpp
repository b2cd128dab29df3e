// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/crypto/ecdsa.h"
#include "firmware/crypto/pem.h"
#include "firmware/snp/wire_ecdsa.h"
#include "sim/embedded/guest_launch.h"
#include "sim/measure/input_file.h"
#include "sim/measure/measure.h"

#include <algorithm>
#include <string>

namespace swtee::embedded {
namespace {

constexpr std::size_t kIdentityFileMax = 64 * 1024;

Result<host::SharedBytes> read_file(const std::string& path) {
  auto file = SWTEE_TRY(measure::InputFile::open(path));
  return file.read_all(kIdentityFileMax);
}

/// A structure from a file, raw or in base64: the tools that make ID blocks write base64.
template <WireStruct T>
Result<T> read_struct(const std::string& path, const std::string& what) {
  const host::SharedBytes bytes = SWTEE_TRY(read_file(path));
  if (bytes->size() == sizeof(T)) return from_bytes<T>(*bytes);
  std::string text(bytes->begin(), bytes->end());
  text.erase(std::remove_if(text.begin(), text.end(), [](unsigned char c) { return c == '\n' || c == '\r' || c == ' '; }), text.end());
  const auto decoded = crypto::from_base64(text);
  if (!decoded.ok() || decoded.value().size() != sizeof(T))
    return fail(path + " is no " + what + ": " + std::to_string(sizeof(T)) + " bytes are wanted, raw or in base64");
  return from_bytes<T>(decoded.value());
}

Result<crypto::EcPrivateKey> read_key(const std::string& path) {
  const host::SharedBytes bytes = SWTEE_TRY(read_file(path));
  auto key = crypto::EcPrivateKey::from_pem(std::string(bytes->begin(), bytes->end()));
  if (!key.ok()) return Failure(key.error().in(path));
  if (key.value().public_key().curve() != crypto::Curve::p384) return fail(path + ": the key is not on P-384");
  return key;
}

snp::WirePublicKey to_wire(const crypto::EcPublicKey& key) {
  snp::WirePublicKey wire{};
  wire.curve = snp::kCurveP384;
  const auto x = key.x();
  const auto y = key.y();
  std::reverse_copy(x.begin(), x.end(), wire.qx.begin());
  std::reverse_copy(y.begin(), y.end(), wire.qy.begin());
  return wire;
}

Result<void> make_identity(const config::GuestConfig& guest, const host::LaunchPlan& plan, host::GuestOptions& options) {
  const crypto::EcPrivateKey id_key = SWTEE_TRY(read_key(guest.identity.id_key_file));
  snp::IdBlock block{};
  block.ld = SWTEE_TRY(measure::launch_digest_of(plan));
  block.family_id = guest.identity.family_id;
  block.image_id = guest.identity.image_id;
  block.version = 1;
  block.guest_svn = guest.identity.guest_svn;
  block.policy = guest.policy;
  snp::IdAuthInfo auth{};
  auth.id_key_algo = snp::kKeyAlgoEcdsaP384;
  auth.id_block_sig = snp::to_wire(id_key.sign(crypto::sha384(bytes_of(block))));
  auth.id_key = to_wire(id_key.public_key());
  if (!guest.identity.author_key_file.empty()) {
    const crypto::EcPrivateKey author = SWTEE_TRY(read_key(guest.identity.author_key_file));
    auth.auth_key_algo = snp::kKeyAlgoEcdsaP384;
    auth.id_key_sig = snp::to_wire(author.sign(crypto::sha384(bytes_of(auth.id_key))));
    auth.author_key = to_wire(author.public_key());
    options.author_key_enabled = true;
  }
  options.id_block = block;
  options.id_auth = auth;
  return {};
}

}  // namespace

Result<host::GuestOptions> guest_options(const config::GuestConfig& guest, const host::LaunchPlan& plan) {
  host::GuestOptions options;
  options.policy = guest.policy;
  options.host_data = guest.host_data;
  options.vcek_disabled = guest.vcek_disabled;
  const config::GuestIdentity& identity = guest.identity;
  if (!identity.id_block_file.empty() && !identity.id_key_file.empty())
    return fail("an ID block comes from files or is made from keys, not both");
  if (!identity.id_key_file.empty()) SWTEE_TRY(make_identity(guest, plan, options));
  if (!identity.id_block_file.empty()) {
    if (identity.id_auth_file.empty()) return fail("an ID block needs its ID authentication file");
    options.id_block = SWTEE_TRY(read_struct<snp::IdBlock>(identity.id_block_file, "ID block"));
    options.id_auth = SWTEE_TRY(read_struct<snp::IdAuthInfo>(identity.id_auth_file, "ID authentication information"));
    options.author_key_enabled = identity.author_key;
  }
  return options;
}

}  // namespace swtee::embedded
