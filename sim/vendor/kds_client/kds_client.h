// SPDX-License-Identifier: Apache-2.0
/// A client of the vendor's key distribution service, or of one that speaks like it.  [VCEK-KDS r0.51 §REST]
///
/// What it brings is not trusted: whoever uses it verifies certificates and CRL as if an attacker had sent them.
#pragma once

#include "firmware/crypto/x509.h"
#include "sim/vendor/kds_client/http_get.h"

#include <swtee/abi/snp/tcb.h>

#include <optional>
#include <string>
#include <vector>

namespace swtee::kds {

class Client {
 public:
  /// `url`: "https://kdsintf.amd.com". Fails when it is no URL.
  static Result<Client> create(const std::string& url, HttpOptions options);

  /// VCEK of the chip at this TCB. Nothing when the service does not know the chip (404). `line` is "Milan", `hwid` the
  /// significant bytes of CHIP_ID.
  Result<std::optional<crypto::Certificate>> vcek(const std::string& line, ByteView hwid, const snp::Tcb& tcb,
                                                  snp::TcbLayout layout) const;
  /// ASK or ASVK, and ARK. `kind` is "vcek" or "vlek".
  Result<std::vector<crypto::Certificate>> cert_chain(const std::string& kind, const std::string& line) const;
  Result<crypto::Crl> crl(const std::string& kind, const std::string& line) const;

  /// The URL as given.
  const std::string& url() const { return url_; }

 private:
  Client(std::string url, HttpUrl base, HttpOptions options)
      : url_(std::move(url)), base_(std::move(base)), options_(std::move(options)) {}
  Result<HttpAnswer> get(const std::string& target) const;
  Result<std::vector<std::uint8_t>> get_found(const std::string& target) const;

  std::string url_;
  HttpUrl base_;
  HttpOptions options_;
};

}  // namespace swtee::kds
