// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_request.h"

#include <array>
#include <optional>
#include <vector>

namespace swtee::vendor {
namespace {

struct SplParameter {
  std::string_view name;
  std::uint8_t snp::Tcb::*component;
};
constexpr SplParameter kSplParameters[] = {{"blSPL", &snp::Tcb::boot_loader},
                                           {"teeSPL", &snp::Tcb::tee},
                                           {"snpSPL", &snp::Tcb::snp},
                                           {"ucodeSPL", &snp::Tcb::microcode},
                                           {"fmcSPL", &snp::Tcb::fmc}};

RefusedRequest not_found(std::string why) { return {404, std::move(why)}; }
RefusedRequest bad(std::string why) { return {400, std::move(why)}; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Undoes %XX. Nothing when an escape is cut off or no hex.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

/// "http://host/path" becomes "/path": what a client sends that takes us for a proxy.
std::string_view without_origin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.substr(0, scheme.size()) != scheme) continue;
    const std::size_t path = target.find('/', scheme.size());
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  return target;
}

std::optional<std::uint8_t> parse_spl(std::string_view text) {
  if (text.empty() || text.size() > 3) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  if (value > 255) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

/// The SPLs of a query into `tcb`; a refusal when something is wrong with them.
std::optional<RefusedRequest> parse_spls(std::string_view query, const ProductLine& line, MissingSpl missing, snp::Tcb& tcb) {
  const std::size_t known = line.tcb_layout == snp::TcbLayout::turin ? 5 : 4;
  std::array<bool, 5> seen{};
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const auto name = unescape(pair.substr(0, equals));
    const auto value = unescape(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1));
    if (!name || !value) return bad("malformed escape in the query");
    std::size_t index = 0;
    while (index < known && kSplParameters[index].name != *name) ++index;
    if (index == known) return bad("unknown parameter for " + std::string(line.name) + "; known are blSPL, teeSPL, snpSPL, ucodeSPL" +
                                   (known == 5 ? ", fmcSPL" : ""));
    const std::string parameter(kSplParameters[index].name);
    if (seen[index]) return bad(parameter + " is given twice");
    const auto spl = parse_spl(*value);
    if (!spl) return bad(parameter + " must be a decimal number from 0 to 255");
    seen[index] = true;
    tcb.*kSplParameters[index].component = *spl;
  }
  if (missing == MissingSpl::refused)
    for (std::size_t index = 0; index < known; ++index)
      if (!seen[index]) return bad(std::string(kSplParameters[index].name) + " is missing");
  return std::nullopt;
}

}  // namespace

std::optional<crypto::DerBytes> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  crypto::DerBytes bytes(text.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = hex_digit(text[2 * i]);
    const int low = hex_digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return bytes;
}

namespace {

/// Ids as GET_ID gives them: Turin's have 8 bytes.
constexpr std::size_t kCekIdSize = 64, kShortCekIdSize = 8;

KdsRequest parse_cek(std::string_view hex) {
  auto id = parse_hex(hex);
  if (!id) return bad("the id is not a string of hex digits");
  if (id->size() != kCekIdSize && id->size() != kShortCekIdSize) return not_found("ids of chips have 128 hex digits, of Turin 16");
  id->resize(kCekIdSize);
  return CekRequest{std::move(*id)};
}

}  // namespace

KdsRequest parse_kds_target(std::string_view target, MissingSpl missing) {
  target = without_origin(target);
  const std::size_t question = target.find('?');
  std::string_view path = target.substr(0, question);
  const std::string_view query = question == std::string_view::npos ? std::string_view() : target.substr(question + 1);

  std::vector<std::string> segments;
  while (!path.empty() && path[0] == '/' && segments.size() < 5) {
    path.remove_prefix(1);
    const std::size_t end = path.find('/');
    auto segment = unescape(path.substr(0, end));
    if (!segment) return bad("malformed escape in the path");
    segments.push_back(std::move(*segment));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  if (segments.size() == 3 && path.empty() && segments[0] == "cek" && segments[1] == "id") return parse_cek(segments[2]);
  const bool known = segments.size() == 4 && path.empty() && (segments[0] == "vcek" || segments[0] == "vlek") && segments[1] == "v1";
  if (!known) return not_found("no such resource");
  const KeyKind kind = segments[0] == "vcek" ? KeyKind::vcek : KeyKind::vlek;
  const ProductLine* const line = find_product_line(segments[2]);
  if (line == nullptr) return not_found("no such product line; known are Milan, Genoa, Turin");

  const std::string& last = segments[3];
  if (last == "cert_chain") return CertChainRequest{line, kind};
  if (last == "crl") return CrlRequest{line, kind};
  snp::Tcb tcb;
  if (kind == KeyKind::vlek) {
    if (last != "cert" && last != "hash_sticks") return not_found("no such resource");
    if (auto refused = parse_spls(query, *line, missing, tcb)) return std::move(*refused);
    if (last == "cert") return VlekRequest{line, tcb};
    return HashSticksRequest{line, tcb};
  }
  auto hardware_id = parse_hex(last);
  if (!hardware_id) return bad("the hardware id is not a string of hex digits");
  if (hardware_id->size() != line->hardware_id_size)
    return not_found("hardware ids of " + std::string(line->name) + " have " + std::to_string(2 * line->hardware_id_size) + " hex digits");
  if (auto refused = parse_spls(query, *line, missing, tcb)) return std::move(*refused);
  return VcekRequest{line, std::move(*hardware_id), tcb};
}

}  // namespace swtee::vendor
