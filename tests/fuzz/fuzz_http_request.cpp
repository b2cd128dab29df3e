// SPDX-License-Identifier: Apache-2.0
/// A request to the key service as it comes over the wire: the HTTP parser with the service's limits, the target's
/// parser, and the answer. A Host with port 444 stands for the endpoint that demands client certificates.
#include "sim/vendor/kds_responder.h"
#include "tests/fuzz/harness.h"

#include <boost/beast/http.hpp>

namespace swtee::fuzz {
namespace {

namespace http = boost::beast::http;

class FixedClock final : public Clock {
 public:
  std::int64_t unix_seconds() const override { return 1772600767; }
};

vendor::KdsResponder& responder() {
  static const FixedClock clock;
  static vendor::KdsResponder kds = [] {
    vendor::AuthorityOptions options;
    options.clock = &clock;
    auto authority = std::make_shared<const vendor::VendorAuthority>(vendor::VendorAuthority::create(std::move(options)).value());
    auto fleet = std::make_unique<vendor::Fleet>(authority->universe(), 1);
    return vendor::KdsResponder(std::move(authority), std::move(fleet), {});
  }();
  return kds;
}

vendor::Method method_of(http::verb verb) {
  if (verb == http::verb::get) return vendor::Method::get;
  if (verb == http::verb::head) return vendor::Method::head;
  return verb == http::verb::post ? vendor::Method::post : vendor::Method::other;
}

void check_target(std::string_view target) {
  for (const auto missing : {vendor::MissingSpl::zero, vendor::MissingSpl::refused}) {
    const auto read = vendor::parse_kds_target(target, missing);
    if (const auto* refused = std::get_if<vendor::RefusedRequest>(&read)) {
      FUZZ_REQUIRE((refused->status == 400 || refused->status == 404) && !refused->why.empty());
    }
    if (const auto* vcek = std::get_if<vendor::VcekRequest>(&read)) {
      FUZZ_REQUIRE(vcek->line != nullptr && vcek->hardware_id.size() == vcek->line->hardware_id_size);
      FUZZ_REQUIRE(vcek->tcb.fmc == 0 || vcek->line->tcb_layout == snp::TcbLayout::turin);
    }
    if (target.starts_with('/'))  // what a client sends that takes us for a proxy
      FUZZ_REQUIRE(vendor::parse_kds_target("https://kdsintf.amd.com" + std::string(target), missing).index() == read.index());
  }
}

void check_answer(vendor::Method method, std::string_view target, std::string_view body, const vendor::KdsClient& client) {
  const auto first = responder().answer(method, target, body, client);
  FUZZ_REQUIRE(first.body != nullptr && !first.content_type.empty());
  FUZZ_REQUIRE(first.status == 200 || (first.status >= 400 && first.status < 500));
  FUZZ_REQUIRE(first.status != 200 || method != vendor::Method::other);
  const auto second = responder().answer(method, target, body, client);
  FUZZ_REQUIRE(second.status == first.status && *second.body == *first.body);
}

}  // namespace

void fuzz_one(ByteView input) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(8 * 1024);
  parser.body_limit(64 * 1024);
  parser.eager(true);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(input.data(), input.size()), error);
  if (error || !parser.is_header_done()) {
    // What is no HTTP may still be a target.
    check_target({reinterpret_cast<const char*>(input.data()), input.size()});
    return;
  }
  const auto& request = parser.get();
  const std::string_view target(request.target().data(), request.target().size());
  check_target(target);

  vendor::KdsClient client{"192.0.2.1", false, {}};
  if (request[http::field::host].ends_with(":444")) {
    client.vlek_endpoint = true;
    client.common_name = "example-provider";
  }
  check_answer(method_of(request.method()), target, request.body(), client);
}

}  // namespace swtee::fuzz
