#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh vectors | PLATFORM: go-sev-guest's attest and check, over the ioctl and over configfs-tsm.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in
  vectors) needs vectors client:go-sev-guest command:openssl ;;
  milan | genoa | bergamo | siena | turin) needs swtee client:go-sev-guest command:openssl ;;
  *) echo "usage: run.sh vectors | milan | genoa | bergamo | siena | turin" >&2; exit 2 ;;
esac
unprivileged "$@"

VERSIONS=(v0.14.1 v0.15.0)
# check prints nothing when all is well; what counts is that it exits 0 here and otherwise with a reason.
SIGNATURE="report signature verification error: x509: ECDSA verification failure"

# prepare FOLDER: DER forms and the bundle (ASK, then ARK) that -product_key_path wants.
prepare() {
  local folder=$1 name
  for name in ark ask asvk vcek vlek; do
    if [[ -f $folder/$name.pem ]]; then openssl x509 -in "$folder/$name.pem" -outform der -out "$folder/$name.der"; fi
    if [[ -f $folder/$name.der ]]; then openssl x509 -inform der -in "$folder/$name.der" -out "$folder/$name.pem"; fi
  done
  cat "$folder/${2:-ask}.pem" "$folder/ark.pem" >"$folder/bundle.pem"
}

# refuses_each_flip CHECK EXTENDED-REPORT OPTION…: one wrong bit in the report.
refuses_each_flip() {
  local check=$1 extended=$2 flip_at
  shift 2
  for flip_at in "${REPORT_FLIPS[@]}"; do
    flip "$extended" "${flip_at#*:}" >flipped.bin
    # Of a wrong version other bytes must be zero, and another product's root is looked for, before the signature's turn.
    refuses "$check: flipped bit in ${flip_at%:*}" "$SIGNATURE" "could not verify attestation signature" \
      "could not parse attestation report" -- \
      "$check" -in flipped.bin "$@"
  done
}

# evidence_holds CHECK FOLDER SIGNER LEAF REPORT OPTION…
evidence_holds() {
  local check=$1 folder=$2 signer=$3 leaf=$4 report=$5 at
  shift 5
  local options=(-inform bin -network=false -product_key_path "$folder/bundle.pem" "$@")
  extended_report "$report" "$leaf" "$folder/$leaf.der" "$folder/$signer.der" "$folder/ark.der" >extended.bin
  says "$check: $report" -- "$check" -in extended.bin "${options[@]}"
  refuses_each_flip "$check" extended.bin "${options[@]}"

  damaged_certificates "$folder" damaged "$leaf"
  extended_report "$report" "$leaf" "damaged/$leaf.der" "$folder/$signer.der" "$folder/ark.der" >flipped.bin
  refuses "$check: flipped bit in $leaf" "could not be verified by any trusted roots" -- "$check" -in flipped.bin "${options[@]}"
  damaged_certificates "$folder" damaged "$signer"
  openssl x509 -inform der -in "damaged/$signer.der" | cat - "$folder/ark.pem" >damaged.pem
  refuses "$check: flipped bit in $signer" "could not be verified by any trusted roots" "crypto/rsa: verification error" -- \
    "$check" -in extended.bin -inform bin -network=false -product_key_path damaged.pem "$@"
}

on_vectors() {
  vector_evidence
  local name version
  prepare vectors/milan-vlek asvk
  for name in milan-a milan-b milan-c; do prepare "vectors/$name"; done
  for version in "${VERSIONS[@]}"; do
    # The policies of the real machines: debug, SMT, and in one case firmware that is not committed yet.
    for name in milan-a milan-b milan-c; do
      evidence_holds "check-$version" "vectors/$name" ask vcek "vectors/$name.bin" \
        -product Milan -guest_policy 0xb0000 -platform_info 0x3 -provisional=true
    done
    refuses "check-$version: policy without debug" "found unauthorized debug capability" -- "check-$version" \
      -in <(extended_report vectors/milan-b.bin vcek vectors/milan-b/{vcek,ask,ark}.der) -inform bin -network=false \
      -product_key_path vectors/milan-b/bundle.pem -product Milan -guest_policy 0x30000 -platform_info 0x3
  done
}

# attest_both_ways VERSION PLATFORM REPORT-VERSION: ioctl.bin and configfs.bin with report data $DATA.
attest_both_ways() {
  local tool=attest-$1 platform=snp:$2 number=$3
  # Linux 6.1 has no configfs-tsm, so that the client falls back to the ioctl.
  says "$tool: version $number over the ioctl" -- swtee run --platform "$platform" --report-version "$number" \
    --guest-kernel 6.1 -- "$tool" -inform hex -in "$DATA" -out ioctl.bin
  says "$tool: version $number over configfs-tsm" -- swtee run --platform "$platform" --report-version "$number" \
    -- "$tool" -inform hex -in "$DATA" -out configfs.bin
  or_stop
  for at in ioctl configfs; do
    same "$tool: $at: size" 1184 "$(size "$at.bin")"
    same "$tool: $at: version" "$(little32 "$number")" "$(hex "$at.bin" 0 4)"
    same "$tool: $at: report data" "$DATA" "$(hex "$at.bin" 0x050 64)"
  done
  says "$tool: extended, textproto" "vcek_cert" "measurement" -- swtee run --platform "$platform" --report-version "$number" \
    -- "$tool" -inform hex -in "$DATA" -extended -outform textproto
}

on_known_platform() {
  local platform=$1 line=${1^} version number numbers=(3 5) at
  # The product name of a version 2 report comes from the certificate, and "Genoa" without stepping is refused.
  [[ $platform != milan ]] || numbers=(2 3 5)
  for version in "${VERSIONS[@]}"; do
    for number in "${numbers[@]}"; do
      attest_both_ways "$version" "$platform" "$number"
      for at in ioctl configfs; do
        evidence_holds "check-$version" certs ask vcek "$at.bin" -product "$line" -guest_policy 0x30000 -report_data "$DATA"
      done
    done
    if [[ $platform == genoa ]]; then
      says "attest-$version: version 2 of Genoa" -- swtee run --platform snp:genoa --report-version 2 -- \
        "attest-$version" -inform hex -in "$DATA" -out v2.bin
      extended_report v2.bin vcek certs/vcek.der certs/ask.der certs/ark.der >v2-extended.bin
      refuses "check-$version: version 2 of Genoa" 'unknown product name (new stepping published?): "Genoa"' -- \
        "check-$version" -in v2-extended.bin -inform bin -network=false -product_key_path certs/bundle.pem -product Genoa
    fi
    refuses "check-$version: other report data" "report field REPORT_DATA" -- "check-$version" -in extended.bin -inform bin \
      -network=false -product_key_path certs/bundle.pem -product "$line" -guest_policy 0x30000 -report_data "${DATA//0/1}"
    says "check-$version: VCEK and CRL from the vendor's service" -- swtee run --platform "snp:$platform" -- \
      "check-$version" -in configfs.bin -inform bin -network=true -check_crl=true -product_key_path certs/bundle.pem \
      -product "$line" -guest_policy 0x30000 -report_data "$DATA" -timeout 20s
  done
}

# on_unknown_platform PLATFORM LINE REASON: attest works, check refuses for a reason that says nothing about the evidence.
on_unknown_platform() {
  local platform=$1 line=$2 reason=$3 version
  for version in "${VERSIONS[@]}"; do
    attest_both_ways "$version" "$platform" 5
    extended_report configfs.bin vcek certs/vcek.der certs/ask.der certs/ark.der >extended.bin
    refuses "check-$version: $platform" "$reason" -- "check-$version" -in extended.bin -inform bin -network=false \
      -product_key_path certs/bundle.pem -product "$line" -guest_policy 0x30000
  done
  ACCEPTANCE=("report verified")
  signature_holds configfs.bin
}

signature_holds() {
  local report=$1 flip_at
  says "library: chain and signature" "chain verified" "report verified" -- \
    signature-v0.15.0 "$report" certs/vcek.pem certs/ask.pem certs/ark.pem
  for flip_at in "${REPORT_FLIPS[@]}"; do
    flip "$report" "${flip_at#*:}" >flipped.bin
    refuses "library: flipped bit in ${flip_at%:*}" "$SIGNATURE" "ECDSA verification failure" "report:" -- \
      signature-v0.15.0 flipped.bin certs/vcek.pem certs/ask.pem certs/ark.pem
  done
}

on_platform() {
  local platform=$1
  DATA=$(printf '%064x%064x' "$((RANDOM * 32768 + RANDOM))" 7)
  says "swtee report writes the certificates" -- swtee report --platform "snp:$platform" --out first.bin --certs certs
  or_stop
  prepare certs
  case $platform in
    milan | genoa) on_known_platform "$platform" ;;
    bergamo | siena) on_unknown_platform "$platform" Genoa "VCEK could not be verified by any trusted roots. Last error: <nil>" ;;
    turin) on_unknown_platform turin Turin "not an AMD KDS OID: 1.3.6.1.4.1.3704.1.3.9" ;;
  esac
}

if [[ $1 == vectors ]]; then on_vectors; else on_platform "$1"; fi
finish
