// SPDX-License-Identifier: Apache-2.0
#include "sim/config/guest_config.h"

#include "firmware/contract/require.h"
#include "sim/config/json_members.h"

#include <array>
#include <utility>

namespace swtee::config {
namespace {

constexpr std::uint64_t kAny = ~std::uint64_t{0};

constexpr std::array kPageTypes{
    std::pair{std::string_view{"normal"}, snp::PageType::normal},         std::pair{std::string_view{"vmsa"}, snp::PageType::vmsa},
    std::pair{std::string_view{"zero"}, snp::PageType::zero},             std::pair{std::string_view{"unmeasured"}, snp::PageType::unmeasured},
    std::pair{std::string_view{"secrets"}, snp::PageType::secrets},       std::pair{std::string_view{"cpuid"}, snp::PageType::cpuid},
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Setter page_type_into(snp::PageType& target) {
  return [&target](const Json& value) -> Result<void> {
    if (value.is_string())
      for (const auto& [name, type] : kPageTypes)
        if (value.get_ref<const std::string&>() == name) {
          target = type;
          return {};
        }
    return fail("one of \"normal\", \"vmsa\", \"zero\", \"unmeasured\", \"secrets\" and \"cpuid\" is wanted");
  };
}

Result<void> pages_member(const Json& value, const std::string& path, std::vector<GuestPages>& pages) {
  if (!value.is_array()) return fail(path + ": an array is wanted");
  for (std::size_t i = 0; i < value.size(); ++i) {
    GuestPages entry;
    const Setters setters{{"type", page_type_into(entry.type)}, {"gpa", number_into(entry.gpa, kAny)},
                          {"size", number_into(entry.size, kAny)}, {"file", text_into(entry.file)}, {"hex", bytes_into(entry.content)}};
    SWTEE_TRY(apply(value[i], setters, path + "[" + std::to_string(i) + "]"));
    pages.push_back(std::move(entry));
  }
  return {};
}

Setters image_members(GuestImage& image) {
  return {{"ovmf", text_into(image.ovmf)},           {"kernel", text_into(image.kernel)},       {"initrd", text_into(image.initrd)},
          {"append", text_into(image.append)},       {"vcpus", number_into(image.vcpus, 65536)}, {"vcpu_type", text_into(image.vcpu_type)},
          {"vmm_type", text_into(image.vmm_type)},   {"guest_features", number_into(image.guest_features, kAny)}};
}

Setters identity_members(GuestIdentity& identity) {
  return {{"id_block", text_into(identity.id_block_file)}, {"id_auth", text_into(identity.id_auth_file)},
          {"author_key_enabled", flag_into(identity.author_key)}, {"id_key", text_into(identity.id_key_file)},
          {"author_key", text_into(identity.author_key_file)}, {"family_id", hex_into(identity.family_id)},
          {"image_id", hex_into(identity.image_id)}, {"guest_svn", number_into(identity.guest_svn, 0xffffffff)}};
}

}  // namespace

Result<void> parse_hex(std::string_view text, MutableBytes out) {
  bool fits = text.size() == 2 * out.size();
  for (std::size_t i = 0; fits && i < out.size(); ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    fits = high >= 0 && low >= 0;
    if (fits) out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  if (!fits) return fail(std::to_string(2 * out.size()) + " hexadecimal digits are wanted");
  return {};
}

Result<GuestConfig> parse_guest(std::string_view text) {
  const Json json = SWTEE_TRY(parse_document(text));
  GuestConfig guest;
  if (!json.contains("guest")) return guest;
  const Setters image = image_members(guest.image);
  const Setters identity = identity_members(guest.identity);
  SWTEE_TRY(apply(json["guest"],
                  {{"policy", number_into(guest.policy, kAny)},
                   {"host_data", hex_into(guest.host_data)},
                   {"vcek_disabled", flag_into(guest.vcek_disabled)},
                   {"vmpl", number_into(guest.vmpl, 3)},
                   {"kernel", text_into(guest.kernel)},
                   {"certificates", text_into(guest.certificates)},
                   {"image", [&image](const Json& v, const std::string& path) { return apply(v, image, path); }},
                   {"pages", [&guest](const Json& v, const std::string& path) { return pages_member(v, path, guest.pages); }},
                   {"identity", [&identity](const Json& v, const std::string& path) { return apply(v, identity, path); }}},
                  "guest"));
  return guest;
}

}  // namespace swtee::config
