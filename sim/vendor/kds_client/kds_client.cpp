// SPDX-License-Identifier: Apache-2.0
#include "sim/vendor/kds_client/kds_client.h"

#include "firmware/contract/require.h"

namespace swtee::kds {
namespace {

constexpr unsigned kFound = 200;
constexpr unsigned kNotFound = 404;
constexpr unsigned kTooMany = 429;

std::string lower_hex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
  return text;
}

std::string patch_levels(const snp::Tcb& tcb, snp::TcbLayout layout) {
  const std::string fmc = layout == snp::TcbLayout::turin ? "fmcSPL=" + std::to_string(tcb.fmc) + "&" : "";
  return fmc + "blSPL=" + std::to_string(tcb.boot_loader) + "&teeSPL=" + std::to_string(tcb.tee) +
         "&snpSPL=" + std::to_string(tcb.snp) + "&ucodeSPL=" + std::to_string(tcb.microcode);
}

std::string status_text(unsigned status) {
  if (status == kTooMany) return "answers 429: too many requests, try again in some seconds";
  return "answers with HTTP status " + std::to_string(status);
}

}  // namespace

Result<Client> Client::create(const std::string& url, HttpOptions options) {
  HttpUrl base = SWTEE_TRY(parse_http_url(url));
  return Client(url, std::move(base), std::move(options));
}

Result<HttpAnswer> Client::get(const std::string& target) const {
  auto answer = http_get(base_, target, options_);
  if (!answer.ok()) return fail(url_ + ": " + answer.error().what());
  return std::move(answer).value();
}

Result<std::vector<std::uint8_t>> Client::get_found(const std::string& target) const {
  HttpAnswer answer = SWTEE_TRY(get(target));
  if (answer.status != kFound) return fail(url_ + target + " " + status_text(answer.status));
  return std::move(answer.body);
}

Result<std::optional<crypto::Certificate>> Client::vcek(const std::string& line, ByteView hwid, const snp::Tcb& tcb,
                                                           snp::TcbLayout layout) const {
  const std::string target = "/vcek/v1/" + line + "/" + lower_hex(hwid) + "?" + patch_levels(tcb, layout);
  const HttpAnswer answer = SWTEE_TRY(get(target));
  if (answer.status == kNotFound) return std::optional<crypto::Certificate>();
  if (answer.status != kFound) return fail(url_ + target + " " + status_text(answer.status));
  auto certificate = crypto::Certificate::from_der(answer.body);
  if (!certificate.ok()) return fail(url_ + target + " answers with what is no certificate: " + certificate.error().what());
  return std::optional(std::move(certificate).value());
}

Result<std::vector<crypto::Certificate>> Client::cert_chain(const std::string& kind, const std::string& line) const {
  const std::string target = "/" + kind + "/v1/" + line + "/cert_chain";
  const std::vector<std::uint8_t> body = SWTEE_TRY(get_found(target));
  auto chain = crypto::certificates_from_pem({reinterpret_cast<const char*>(body.data()), body.size()});
  if (!chain.ok()) return fail(url_ + target + " answers with what is no chain: " + chain.error().what());
  return std::move(chain).value();
}

Result<crypto::Crl> Client::crl(const std::string& kind, const std::string& line) const {
  const std::string target = "/" + kind + "/v1/" + line + "/crl";
  auto crl = crypto::Crl::from_der(SWTEE_TRY(get_found(target)));
  if (!crl.ok()) return fail(url_ + target + " answers with what is no CRL: " + crl.error().what());
  return std::move(crl).value();
}

}  // namespace swtee::kds
