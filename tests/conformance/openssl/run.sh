#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh vectors | PLATFORM: openssl as verifier of chains, CRL and report signature.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in
  vectors) needs vectors command:openssl ;;
  milan | genoa | bergamo | siena | turin) needs swtee command:openssl ;;
  *) echo "usage: run.sh vectors | milan | genoa | bergamo | siena | turin" >&2; exit 2 ;;
esac
unprivileged "$@"

ACCEPTANCE=("Verified OK" ".pem: OK" "verify OK")

# Some of the real certificates have expired; those of the test chain must hold today.
if [[ $1 == vectors ]]; then TIME=(-no_check_time); else TIME=(); fi

pem_of() { if [[ -f $1.pem ]]; then cat "$1.pem"; else openssl x509 -inform der -in "$1.der"; fi; }

# check_chain FOLDER SIGNER LEAF: the command line that a user would type.
check_chain() {
  local folder=$1 signer=$2 leaf=$3
  pem_of "$folder/ark" >chain-ark.pem && pem_of "$folder/$signer" >chain-signer.pem && pem_of "$folder/$leaf" >chain-leaf.pem &&
    openssl verify "${TIME[@]}" -CAfile chain-ark.pem -untrusted chain-signer.pem chain-leaf.pem
}

# check_report FOLDER LEAF REPORT: ECDSA over bytes 0x000-0x29f; R and S are little-endian, 72 bytes each.
check_report() {
  local folder=$1 leaf=$2 report=$3
  head -c $((0x2a0)) "$report" >body.bin
  printf 'asn1=SEQUENCE:signature\n[signature]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' \
    "$(hex "$report" 0x2a0 72 | reversed)" "$(hex "$report" 0x2e8 72 | reversed)" >signature.cnf
  openssl asn1parse -genconf signature.cnf -noout -out signature.der
  pem_of "$folder/$leaf" | openssl x509 -noout -pubkey >leaf-key.pem
  openssl dgst -sha384 -verify leaf-key.pem -signature signature.der body.bin
}

# evidence_holds FOLDER SIGNER LEAF [REPORT]: what holds, and that nothing holds when one bit is wrong.
evidence_holds() {
  local folder=$1 signer=$2 leaf=$3 report=${4:-} flip_at
  says "$folder: chain" "chain-leaf.pem: OK" -- check_chain "$folder" "$signer" "$leaf"
  for which in ark "$signer" "$leaf"; do
    damaged_certificates "$folder" damaged "$which"
    if [[ $which == ark ]]; then
      # A trust anchor's own signature is not part of path validation; ask for it by name.
      refuses "$folder: flipped bit in $which" "signature failure" -- check_self_signed damaged
    else
      refuses "$folder: flipped bit in $which" "signature failure" -- check_chain damaged "$signer" "$leaf"
    fi
  done
  [[ -n $report ]] || return 0
  says "$folder: report signature" "Verified OK" -- check_report "$folder" "$leaf" "$report"
  for flip_at in "${REPORT_FLIPS[@]}"; do
    flip "$report" "${flip_at#*:}" >flipped.bin
    refuses "$folder: flipped bit in ${flip_at%:*}" "Verification failure" "Verification Failure" -- \
      check_report "$folder" "$leaf" flipped.bin
  done
}

check_self_signed() {
  pem_of "$1/ark" >chain-ark.pem
  openssl verify "${TIME[@]}" -check_ss_sig -CAfile chain-ark.pem chain-ark.pem
}

on_vectors() {
  vector_evidence
  local name
  for name in milan-a milan-b milan-c; do evidence_holds "vectors/$name" ask vcek "vectors/$name.bin"; done
  evidence_holds vectors/milan-vlek asvk vlek vectors/milan-vlek.bin
  evidence_holds vectors/genoa ask vcek
  evidence_holds vectors/turin ask vcek
}

# `openssl crl -verify` exits 0 whatever it found.
check_crl() {
  openssl crl -inform der -in "$1" -noout -verify -CAfile chain-ark.pem >crl-verdict.txt 2>&1 || true
  cat crl-verdict.txt
  grep -q '^verify OK' crl-verdict.txt
}

on_platform() {
  local platform=snp:$1 line=${1^} number
  [[ $1 != bergamo && $1 != siena ]] || line=Genoa
  says "swtee report writes report and certificates" -- swtee report --platform "$platform" --out report.bin --certs certs
  or_stop
  evidence_holds certs ask vcek report.bin
  says "swtee pki export" -- swtee pki export --platform "$platform" --out pki
  or_stop
  says "the exported chain is the reported one" -- cmp certs/ark.pem pki/ark.pem
  says "the VLEK's signer" "chain-signer.pem: OK" -- check_asvk pki

  says "the CRL of the vendor's service" -- swtee run --platform "$platform" --report-version 3 -- \
    bash -c "$(declare -f http_get); http_get kdsintf.amd.com /vcek/v1/$line/crl >crl.der"
  pem_of pki/ark >chain-ark.pem
  says "ARK signs the CRL" "verify OK" -- check_crl crl.der
  flip crl.der $(($(size crl.der) - 16)) >crl-flipped.der
  refuses "flipped bit in the CRL" "verify failure" -- check_crl crl-flipped.der
  openssl crl -inform der -in crl.der -out crl.pem
  for number in ask asvk; do
    says "the CRL does not revoke the $number" "chain-signer.pem: OK" -- check_crl_covers pki "$number"
  done

  for number in ark ask asvk vcek; do
    says "$number says that it is a test certificate" "swtee TEST ONLY" -- bash -c "$(declare -f pem_of); pem_of pki/$number | openssl x509 -noout -subject -issuer"
  done
}

# GET over TLS with nothing but openssl; prints the body.
http_get() {
  printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$2" "$1" |
    openssl s_client -quiet -verify_return_error -CAfile /etc/ssl/certs/ca-certificates.crt -connect "$1:443" -servername "$1" 2>s_client.log | sed '1,/^\r$/d'
}

check_asvk() {
  pem_of "$1/ark" >chain-ark.pem && pem_of "$1/asvk" >chain-signer.pem &&
    openssl verify -CAfile chain-ark.pem chain-signer.pem
}

# The ARK's list speaks of what the ARK signed: the ASK and the ASVK.
check_crl_covers() {
  pem_of "$1/ark" >chain-ark.pem && pem_of "$1/$2" >chain-signer.pem &&
    openssl verify -crl_check -CRLfile crl.pem -CAfile chain-ark.pem chain-signer.pem
}

if [[ $1 == vectors ]]; then on_vectors; else on_platform "$1"; fi
finish
