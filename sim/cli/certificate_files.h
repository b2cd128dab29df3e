// SPDX-License-Identifier: Apache-2.0
/// Certificates in whatever form a person has them: DER, PEM, bundles, certificate tables, folders of such files.
#pragma once

#include "firmware/contract/result.h"
#include "firmware/crypto/x509.h"
#include "guest/verifier/evidence.h"
#include "guest/verifier/report.h"
#include "sim/cli/command.h"

#include <string>
#include <vector>

namespace swtee::cli {

/// What was found in one file, in its order.
struct CertificateFile {
  std::vector<crypto::Certificate> certificates;
  std::vector<crypto::Crl> crls;
};

/// A DER certificate or CRL, or a PEM text of them. `name` is for the error.
Result<CertificateFile> read_certificates(ByteView bytes, const std::string& name);

/// The bytes of a certificate table that begins with an entry of a known GUID.
bool looks_like_certificate_table(ByteView bytes);

/// A file (DER, PEM, bundle, certificate table), or a folder with files called ark, ask, asvk, vcek, vlek or crl and ending
/// in .pem, .der, .cert or .crl, as the vendor's tools leave them.
Result<CertificateFile> load_certificates(const std::string& path, Context& context);

/// Sorts certificates into the chain of a report signed with `key`, by their names. Those already in the chain stay; of
/// several for one place the first is taken, those of another kind of key are passed over.
void add_to_chain(const CertificateFile& found, verifier::SigningKey key, verifier::CertificateChain& chain);

}  // namespace swtee::cli
