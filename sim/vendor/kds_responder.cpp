// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_responder.h"

#include "firmware/crypto/utc_time.h"
#include "sim/vendor/provider.h"

#include <nlohmann/json.hpp>

namespace swtee::vendor {
namespace {

constexpr std::string_view kDer = "application/pkix-cert";
constexpr std::string_view kPem = "application/x-pem-file";
constexpr std::string_view kCrl = "application/pkix-crl";
constexpr std::string_view kBinary = "application/octet-stream";
constexpr std::string_view kJson = "application/json";
constexpr std::size_t kMaxHashSticks = 256;
constexpr std::size_t kMaxLimits = 65536;

KdsReply refuse(unsigned status, std::string why) {
  KdsReply reply;
  reply.status = status;
  reply.body = std::make_shared<const std::string>(std::move(why) + "\n");
  return reply;
}

KdsReply method_not_allowed(std::string_view allow) {
  KdsReply reply = refuse(405, "method not allowed");
  reply.allow = allow;
  return reply;
}

std::string text_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

std::string hex(ByteView bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

/// A key that tells every two different bodies apart: what, line, TCB, and who.
std::string key_of(char what, const ProductLine& line, const snp::Tcb& tcb, std::string_view who) {
  const le64 number(snp::encode(tcb, line.tcb_layout));
  return std::string(1, what) + std::string(1, static_cast<char>(index_of(line))) + text_of(bytes_of(number)) + std::string(who);
}

/// VLEKs are the same on all products of a line.
const ProductRow& product_of(const ProductLine& line) {
  for (const ProductRow& row : products())
    if (row.line == line.name) return row;
  return products()[0];
}

}  // namespace

KdsResponder::KdsResponder(std::shared_ptr<const VendorAuthority> authority, std::unique_ptr<Fleet> fleet, const KdsRules& rules)
    : authority_(std::move(authority)), fleet_(std::move(fleet)), rules_(rules), cache_(rules.cache_entries) {}

KdsReply KdsResponder::answer(Method method, std::string_view target, std::string_view body, const KdsClient& client) {
  const KdsRequest request = parse_kds_target(target, rules_.missing_spl);
  if (const auto* sticks = std::get_if<HashSticksRequest>(&request))
    return method == Method::post ? serve(*sticks, body, client) : method_not_allowed("POST");
  if (method != Method::get && method != Method::head) return method_not_allowed("GET, HEAD");
  if (const auto* vcek = std::get_if<VcekRequest>(&request)) return serve(*vcek, client);
  if (const auto* chain = std::get_if<CertChainRequest>(&request)) return serve(*chain, client);
  if (const auto* crl = std::get_if<CrlRequest>(&request)) return serve(*crl, client);
  if (const auto* vlek = std::get_if<VlekRequest>(&request)) return serve(*vlek, client);
  if (const auto* cek = std::get_if<CekRequest>(&request)) return serve(*cek, client);
  const auto& refused = std::get<RefusedRequest>(request);
  return refuse(refused.status, refused.why);
}

template <class Make>
KdsReply KdsResponder::cached(const std::string& key, std::string_view content_type, const Make& make) {
  KdsReply reply;
  reply.content_type = content_type;
  reply.body = cache_.find(key);
  reply.from_cache = reply.body != nullptr;
  if (!reply.from_cache) {
    reply.body = std::make_shared<const std::string>(make());
    cache_.put(key, reply.body);
  }
  return reply;
}

KdsReply KdsResponder::serve(const VcekRequest& request, const KdsClient& client) {
  const std::string key = key_of('c', *request.line, request.tcb, text_of(request.hardware_id));
  if (const unsigned wait = limited(client.address, key); wait != 0) {
    KdsReply reply = refuse(429, "too many requests");
    reply.retry_after = wait;
    return reply;
  }
  KdsReply reply;
  reply.content_type = kDer;
  reply.body = cache_.find(key);
  reply.from_cache = reply.body != nullptr;
  if (reply.from_cache) return reply;
  const auto chip = fleet_->find(*request.line, request.hardware_id);
  if (!chip) return refuse(404, "no such chip");
  reply.body = std::make_shared<const std::string>(text_of(authority_->vcek(*chip, request.tcb)));
  cache_.put(key, reply.body);
  return reply;
}

KdsReply KdsResponder::serve(const CekRequest& request, const KdsClient& client) {
  const std::string key = "e" + text_of(request.id);
  if (const unsigned wait = limited(client.address, key); wait != 0) {
    KdsReply reply = refuse(429, "too many requests");
    reply.retry_after = wait;
    return reply;
  }
  KdsReply reply;
  reply.content_type = kBinary;
  reply.body = cache_.find(key);
  reply.from_cache = reply.body != nullptr;
  if (reply.from_cache) return reply;
  // The path names no line; ids of lines with short ones end in zeros.
  for (const ProductLine& line : product_lines()) {
    const ByteView id(request.id);
    if (!all_zero(id.subspan(line.hardware_id_size))) continue;
    const auto chip = fleet_->find(line, id.first(line.hardware_id_size));
    if (!chip) continue;
    reply.body = std::make_shared<const std::string>(text_of(authority_->cek(*chip)));
    cache_.put(key, reply.body);
    return reply;
  }
  return refuse(404, "no such chip");
}

KdsReply KdsResponder::serve(const CertChainRequest& request, const KdsClient&) {
  return cached(key_of('h', *request.line, {}, name_of(request.kind)), kPem,
                [&] { return authority_->cert_chain(*request.line, request.kind); });
}

KdsReply KdsResponder::serve(const CrlRequest& request, const KdsClient&) {
  const std::string state = std::to_string(crypto::start_of_day(authority_->now())) + "/" + std::to_string(authority_->revocation_count());
  return cached(key_of('r', *request.line, {}, state), kCrl, [&] { return text_of(authority_->crl(*request.line)); });
}

KdsReply KdsResponder::serve(const VlekRequest& request, const KdsClient& client) {
  if (!client.vlek_endpoint) return refuse(404, "VLEKs are served on the endpoint for providers");
  if (!client.common_name) return refuse(403, "the client certificate names nobody");
  const auto provider = Provider::create(authority_->universe(), *client.common_name);
  if (!provider.ok()) return refuse(403, provider.error().what());
  const std::string csp_id = provider.value().csp_id();
  const std::string who = std::to_string(crypto::start_of_year(authority_->now())) + "/" + csp_id;
  return cached(key_of('l', *request.line, request.tcb, who), kDer,
                [&] { return text_of(authority_->vlek(product_of(*request.line), csp_id, request.tcb)); });
}

KdsReply KdsResponder::serve(const HashSticksRequest& request, std::string_view body, const KdsClient& client) {
  if (!client.vlek_endpoint) return refuse(404, "hash sticks are served on the endpoint for providers");
  if (!client.common_name) return refuse(403, "the client certificate names nobody");
  const auto provider = Provider::create(authority_->universe(), *client.common_name);
  if (!provider.ok()) return refuse(403, provider.error().what());
  const auto asked = nlohmann::json::parse(body, nullptr, false);
  if (!asked.is_object() || !asked.contains("hwids") || !asked["hwids"].is_array())
    return refuse(400, "the body must be {\"hwids\": [\"...\"]}");
  const nlohmann::json& ids = asked["hwids"];
  if (ids.size() > kMaxHashSticks) return refuse(400, "at most " + std::to_string(kMaxHashSticks) + " hwids in one request");
  nlohmann::json results = nlohmann::json::array();
  for (const nlohmann::json& id : ids) {
    if (!id.is_string()) return refuse(400, "every hwid must be a string");
    const auto& text = id.get_ref<const std::string&>();
    const auto bytes = parse_hex(text);
    if (!bytes) return refuse(400, "a hwid is not a string of hex digits");
    const auto chip = fleet_->find(*request.line, *bytes);
    const std::string stick = chip ? hex(bytes_of(provider.value().hash_stick(*chip, request.tcb))) : "not found";
    results.push_back({{text, stick}});
  }
  KdsReply reply;
  reply.content_type = kJson;
  reply.body = std::make_shared<const std::string>(nlohmann::json{{"results", results}}.dump());
  return reply;
}

unsigned KdsResponder::limited(const std::string& client, const std::string& key) {
  if (rules_.rate_limit_seconds == 0) return 0;
  const std::int64_t now = authority_->now();
  const std::int64_t window = rules_.rate_limit_seconds;
  const std::lock_guard lock(limits_mutex_);
  if (last_served_.size() >= kMaxLimits) {
    for (auto entry = last_served_.begin(); entry != last_served_.end();)
      entry = now - entry->second >= window ? last_served_.erase(entry) : std::next(entry);
    // Still full: forget, rather than grow or refuse those who did nothing.
    if (last_served_.size() >= kMaxLimits) last_served_.clear();
  }
  const auto [entry, is_new] = last_served_.try_emplace(client + '\0' + key, now);
  const std::int64_t since = now - entry->second;
  if (is_new || since >= window || since < 0) {
    entry->second = now;
    return 0;
  }
  return static_cast<unsigned>(window - since);
}

}  // namespace swtee::vendor
