// SPDX-License-Identifier: Apache-2.0
/// What the key service answers, without the network: a request goes in, a reply comes out.
#pragma once

#include "sim/vendor/authority.h"
#include "sim/vendor/certificate_cache.h"
#include "sim/vendor/kds_fleet.h"
#include "sim/vendor/kds_request.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace swtee::vendor {

enum class Method : std::uint8_t { get, head, post, other };

/// Who asks.
struct KdsClient {
  std::string address;                      ///< for the rate limit
  bool vlek_endpoint = false;               ///< came in through the endpoint that demands client certificates
  std::optional<std::string> common_name;   ///< CN of the client certificate, already verified
};

struct KdsReply {
  unsigned status = 200;
  std::string_view content_type = "text/plain";
  std::shared_ptr<const std::string> body;
  std::string_view allow;        ///< of a 405
  unsigned retry_after = 0;      ///< seconds, of a 429
  bool from_cache = false;
};

struct KdsRules {
  MissingSpl missing_spl = MissingSpl::zero;
  /// At most one VCEK of the same chip and TCB for each client address and so many seconds; 0 switches the limit off.
  /// The real service's window is about 10.
  unsigned rate_limit_seconds = 0;
  std::size_t cache_entries = 4096;
};

/// Safe to use from several threads.
class KdsResponder {
 public:
  KdsResponder(std::shared_ptr<const VendorAuthority> authority, std::unique_ptr<Fleet> fleet, const KdsRules& rules);

  KdsReply answer(Method method, std::string_view target, std::string_view body, const KdsClient& client);
  /// Ends lookups that wait for a large fleet's table.
  void stop() { fleet_->stop(); }

 private:
  KdsReply serve(const VcekRequest& request, const KdsClient& client);
  KdsReply serve(const CertChainRequest& request, const KdsClient& client);
  KdsReply serve(const CrlRequest& request, const KdsClient& client);
  KdsReply serve(const VlekRequest& request, const KdsClient& client);
  KdsReply serve(const HashSticksRequest& request, std::string_view body, const KdsClient& client);
  KdsReply serve(const CekRequest& request, const KdsClient& client);
  template <class Make>
  KdsReply cached(const std::string& key, std::string_view content_type, const Make& make);
  /// Seconds to wait, or 0.
  unsigned limited(const std::string& client, const std::string& key);

  std::shared_ptr<const VendorAuthority> authority_;
  std::unique_ptr<Fleet> fleet_;
  KdsRules rules_;
  CertificateCache cache_;
  std::mutex limits_mutex_;
  std::unordered_map<std::string, std::int64_t> last_served_;
};

}  // namespace swtee::vendor
