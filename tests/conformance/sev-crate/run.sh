#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh vectors | milan | genoa | turin: the sev crate decodes, re-encodes and verifies reports.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in
  vectors) needs vectors client:sev-crate command:openssl ;;
  milan | genoa | bergamo | siena | turin) needs swtee client:sev-crate command:openssl ;;
  *) echo "usage: run.sh vectors | milan | genoa | bergamo | siena | turin" >&2; exit 2 ;;
esac
unprivileged "$@"

ACCEPTANCE=("report verified")

file_of() { if [[ -f $1.pem ]]; then echo "$1.pem"; else echo "$1.der"; fi; }

verify() { sev-crate verify "$(file_of "$1/ark")" "$(file_of "$1/$2")" "$(file_of "$1/$3")" "$4"; }

# evidence_holds FOLDER SIGNER LEAF REPORT VERSION
evidence_holds() {
  local folder=$1 signer=$2 leaf=$3 report=$4 version=$5 flip_at which
  says "$report" "decoded version $version" "re-encoded to the same bytes" "chain verified" "report verified" -- \
    verify "$folder" "$signer" "$leaf" "$report"
  for which in ark "$signer" "$leaf"; do
    damaged_certificates "$folder" damaged "$which"
    refuses "$report: flipped bit in $which" "does not RSA sign signee certificate" -- \
      verify damaged "$signer" "$leaf" "$report"
  done
  for flip_at in "${REPORT_FLIPS[@]}"; do
    flip "$report" "${flip_at#*:}" >flipped.bin
    refuses "$report: flipped bit in ${flip_at%:*}" "VEK does not sign the attestation report" "Error:" -- \
      verify "$folder" "$signer" "$leaf" flipped.bin
  done
}

on_vectors() {
  vector_evidence
  local name
  for name in milan-a milan-b milan-c; do evidence_holds "vectors/$name" ask vcek "vectors/$name.bin" 2; done
  evidence_holds vectors/milan-vlek asvk vlek vectors/milan-vlek.bin 3
}

on_platform() {
  local platform=snp:$1 version versions=(2 3 5)
  # Without CPUID fields a report could not say that it is Turin's; swtee refuses to make one.
  [[ $1 != turin ]] || versions=(3 5)
  for version in "${versions[@]}"; do
    says "report version $version" -- swtee report --platform "$platform" --report-version "$version" \
      --out "v$version.bin" --certs certs
    or_stop
    evidence_holds certs ask vcek "v$version.bin" "$version"
  done
}

if [[ $1 == vectors ]]; then on_vectors; else on_platform "$1"; fi
finish
