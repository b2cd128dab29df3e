// SPDX-License-Identifier: Apache-2.0
#include "firmware/contract/require.h"
#include "firmware/crypto/kdf.h"
#include "firmware/snp/attestation.h"
#include "firmware/snp/messages/messages.h"

namespace swtee::snp::messages {
namespace {

namespace gfs = guest_field_select;

constexpr std::uint32_t kReservedFlags = ~std::uint32_t{7};
constexpr std::uint64_t kFieldsV1 = 0x3f;
constexpr std::uint64_t kFieldsV2 = 0x7f;

/// The request with the differences between its versions taken out.
struct KeyRequest {
  KeyReq body{};
  std::uint64_t launch_mit_vector = 0;
  std::uint64_t known_fields = kFieldsV1;
};

/// What is mixed into a derived key. Fields that were not selected are zero.
struct KeyMix {
  le64 guest_field_select;
  le32 root;  ///< 0 VCEK, 1 VLEK, 2 VMRK
  le32 vmpl;
  le64 policy;
  Bytes<16> image_id;
  Bytes<16> family_id;
  Bytes<48> measurement;
  le32 guest_svn;
  le32 reserved;
  le64 tcb_version;
  le64 launch_mit_vector;
  Bytes<32> host_data;
  Bytes<48> id_key_digest;
};
SWTEE_WIRE_SIZE(KeyMix, 208);

Result<KeyRequest, Status> decode(const MessageRequest& request) {
  KeyRequest decoded;
  if (request.version == 1) {
    SWTEE_REQUIRE(request.payload.size() == sizeof(KeyReq), Status::invalid_param);
    decoded.body = from_bytes<KeyReq>(request.payload);
    return decoded;
  }
  SWTEE_REQUIRE(request.version == 2 && request.payload.size() == sizeof(KeyReqV2), Status::invalid_param);
  const auto v2 = from_bytes<KeyReqV2>(request.payload);
  decoded.body = v2.v1;
  decoded.launch_mit_vector = v2.launch_mit_vector;
  decoded.known_fields = kFieldsV2;
  return decoded;
}

/// The root: nothing for the VMRK, else which endorsement key.
Result<std::optional<EndorsementKey>, Status> check(const World& world, const GuestContext& guest, const MessageRequest& request,
                                                    const KeyRequest& wanted) {
  const KeyReq& body = wanted.body;
  SWTEE_REQUIRE((body.flags & kReservedFlags) == 0 && body.reserved_4h == 0, Status::invalid_param);
  SWTEE_REQUIRE((body.guest_field_select & ~wanted.known_fields) == 0, Status::invalid_param);
  SWTEE_REQUIRE(body.vmpl >= request.vmpck && body.vmpl <= 3, Status::invalid_param);
  const std::uint32_t guest_svn = guest.id_block.has_value() ? std::uint32_t{guest.id_block->guest_svn} : 0;
  SWTEE_REQUIRE(body.guest_svn <= guest_svn, Status::invalid_param);
  const TcbLayout layout = world.product().tcb_layout;
  SWTEE_REQUIRE((body.tcb_version & reserved_bits(layout)) == 0, Status::invalid_param);
  SWTEE_REQUIRE(world.permanent.committed_tcb.covers(decode_tcb(body.tcb_version, layout)), Status::invalid_param);
  SWTEE_REQUIRE((wanted.launch_mit_vector & ~guest.launch_mit_vector) == 0, Status::invalid_param);
  const auto select = static_cast<KeySelect>(KeyReqKeySelect::get(body.flags));
  SWTEE_REQUIRE(select != KeySelect::reserved, Status::invalid_param);
  if (RootKeySelectVmrk::get(body.flags)) return std::optional<EndorsementKey>{};
  const EndorsementKey key = SWTEE_TRY(select_key(world, guest, select));
  SWTEE_REQUIRE(key == EndorsementKey::vlek || !world.config.mask_chip_key, Status::invalid_key);
  if (key == EndorsementKey::vlek && gfs::TcbVersion::get(body.guest_field_select))
    SWTEE_REQUIRE(world.vlek->tcb().covers(decode_tcb(body.tcb_version, layout)), Status::invalid_param);
  return std::optional<EndorsementKey>{key};
}

KeyMix mix_of(const GuestContext& guest, const KeyRequest& wanted, std::uint32_t root) {
  const std::uint64_t select = wanted.body.guest_field_select;
  KeyMix mix{};
  mix.guest_field_select = select;
  mix.root = root;
  mix.vmpl = wanted.body.vmpl;
  if (gfs::GuestPolicy::get(select)) mix.policy = guest.policy;
  if (gfs::ImageId::get(select) && guest.id_block.has_value()) mix.image_id = guest.id_block->image_id;
  if (gfs::FamilyId::get(select) && guest.id_block.has_value()) mix.family_id = guest.id_block->family_id;
  if (gfs::Measurement::get(select)) mix.measurement = guest.launch_digest;
  if (gfs::GuestSvn::get(select)) mix.guest_svn = wanted.body.guest_svn;
  if (gfs::TcbVersion::get(select)) mix.tcb_version = wanted.body.tcb_version;
  if (gfs::LaunchMitVector::get(select)) mix.launch_mit_vector = wanted.launch_mit_vector;
  mix.host_data = guest.host_data;
  mix.id_key_digest = guest.id_key_digest;
  return mix;
}

Bytes<32> derive(World& world, const GuestContext& guest, const KeyRequest& wanted, std::optional<EndorsementKey> root) {
  Bytes<32> key{};
  if (!root.has_value()) {
    crypto::hkdf_sha384(guest.vmrk.expose(), {}, "swtee snp gmsg-keyreq 1", bytes_of(mix_of(guest, wanted, 2)), key);
    return key;
  }
  std::optional<Tcb> tcb;
  if (gfs::TcbVersion::get(wanted.body.guest_field_select))
    tcb = decode_tcb(wanted.body.tcb_version, world.product().tcb_layout);
  const std::uint32_t number = *root == EndorsementKey::vlek ? 1 : 0;
  crypto::hkdf_sha384(world.derivation_root(*root, tcb).expose(), {}, "swtee snp gmsg-keyreq 1",
                      bytes_of(mix_of(guest, wanted, number)), key);
  return key;
}

}  // namespace

/// MSG_KEY_REQ: a key that only this guest, or a guest equal in the selected fields, can derive on this chip or under
/// this VMRK.  [SNP-ABI r1.58 §MSG_KEY_REQ]
///
/// Command   INVALID_PARAM another MSG_VERSION than 1 or 2, or another size than the version's.
/// Statuses  INVALID_PARAM reserved bits, a field beyond the version, KEY_SEL 3, a VMPL above 3 or more privileged than the
///           key that sealed the request, GUEST_SVN above the ID block's, TCB_VERSION above the committed TCB in a
///           component, a mitigation bit that was not there at launch; INVALID_KEY the root cannot be used. The key is
///           then zero.
/// DEVIATION: the derivation function is not published; only its determinism can be seen.
Result<MessageResponse, Status> key(World& world, const MessageRequest& request) {
  const KeyRequest wanted = SWTEE_TRY(decode(request));
  const GuestContext& guest = *world.guest(request.gctx);
  KeyRsp response{};
  const auto root = check(world, guest, request, wanted);
  if (!root.ok()) {
    response.status = static_cast<std::uint32_t>(root.error());
    return MessageResponse::of(response, root.error());
  }
  response.derived_key = derive(world, guest, wanted, root.value());
  MessageResponse answer = MessageResponse::of(response, Status::success);
  crypto::cleanse(response.derived_key);
  return answer;
}

}  // namespace swtee::snp::messages
