#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh vectors | milan | genoa | turin: snpguest as attester and verifier.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in
  vectors) needs vectors client:snpguest command:openssl ;;
  milan | genoa | bergamo | siena | turin) needs swtee client:snpguest command:openssl ;;
  *) echo "usage: run.sh vectors | milan | genoa | bergamo | siena | turin" >&2; exit 2 ;;
esac
unprivileged "$@"

ACCEPTANCE=("VEK signed the Attestation Report!")
# What snpguest says when it refuses a report: it may fail to decode it, miss the model, or fail the comparison or the signature.
REPORT_REASONS=("VEK did NOT sign the Attestation Report!" "mismatch encountered" "Failed to build report"
  "Could not open attestation report" "Processor family not supported" "Processor model not supported"
  "Update firmware to get a new version of the report")

# chain_holds FOLDER SIGNER LEAF
chain_holds() {
  local folder=$1 signer=$2 leaf=$3
  says "$folder: verify certs" "The AMD ARK was self-signed!" "The AMD ${signer^^} was signed by the AMD ARK!" \
    "The ${leaf^^} was signed by the AMD ${signer^^}!" -- snpguest verify certs "$folder"
  damaged_certificates "$folder" damaged ark
  refuses "$folder: flipped bit in ark" "The AMD ARK is not self-signed!" -- snpguest verify certs damaged
  damaged_certificates "$folder" damaged "$signer"
  refuses "$folder: flipped bit in $signer" "The AMD ${signer^^} was not signed by the AMD ARK!" -- snpguest verify certs damaged
  damaged_certificates "$folder" damaged "$leaf"
  refuses "$folder: flipped bit in $leaf" "The ${leaf^^} was not signed by the AMD ${signer^^}!" -- snpguest verify certs damaged
}

# report_holds FOLDER REPORT [SNPGUEST-OPTION…]
report_holds() {
  local folder=$1 report=$2 flip_at
  shift 2
  says "$report: verify attestation" "Reported TCB Boot Loader from certificate matches the attestation report." \
    "Reported TCB TEE from certificate matches" "Reported TCB SNP from certificate matches" \
    "Reported TCB Microcode from certificate matches" "VEK signed the Attestation Report!" -- \
    snpguest verify attestation "$@" "$folder" "$report"
  for flip_at in "${REPORT_FLIPS[@]}" "reported TCB:0x180"; do
    flip "$report" "${flip_at#*:}" >flipped.bin
    refuses "$report: flipped bit in ${flip_at%:*}" "${REPORT_REASONS[@]}" -- \
      snpguest verify attestation "$@" "$folder" flipped.bin
  done
}

# shown_field NAME: the hex digits that `snpguest display report` printed under a heading, on one line.
shown_field() {
  sed -n "/^$1:/,/^\$/p" display.txt | sed "s/^$1://" | tr -d ' \n' | tr 'A-F' 'a-f'
}

display_holds() {
  local report=$1
  says "$report: display report" "Attestation Report:" -- snpguest display report "$report"
  cp last-output.txt display.txt
  same "$report: displayed report data" "$(hex "$report" 0x050 64)" "$(shown_field 'Report Data')"
  same "$report: displayed measurement" "$(hex "$report" 0x090 48)" "$(shown_field 'Measurement')"
  same "$report: displayed host data" "$(hex "$report" 0x0c0 32)" "$(shown_field 'Host Data')"
  same "$report: displayed chip id" "$(hex "$report" 0x1a0 64)" "$(shown_field 'Chip ID')"
}

on_vectors() {
  vector_evidence
  local name
  for name in milan-a milan-b milan-c; do
    chain_holds "vectors/$name" ask vcek
    report_holds "vectors/$name" "vectors/$name.bin" -p milan
    display_holds "vectors/$name.bin"
  done
  chain_holds vectors/milan-vlek asvk vlek
  report_holds vectors/milan-vlek vectors/milan-vlek.bin
  display_holds vectors/milan-vlek.bin
  chain_holds vectors/genoa ask vcek
  chain_holds vectors/turin ask vcek
}

# What snpguest does with report VERSION on PLATFORM, from request to verdict.
on_version() {
  local platform=$1 version=$2 report=v$2.bin certs=certs-v$2 model=()
  local guest=(swtee run --platform "snp:$platform" --report-version "$version" --)
  # A version 2 report does not say which processor made it.
  [[ $version != 2 ]] || model=(-p "$platform")

  says "v$version: report --random" -- "${guest[@]}" snpguest report "$report" "request-v$version.bin" --random
  or_stop
  same "v$version: version field" "$(little32 "$version")" "$(hex "$report" 0 4)"
  same "v$version: report data is what was asked for" "$(hex "request-v$version.bin")" "$(hex "$report" 0x050 64)"
  same "v$version: VMPL is snpguest's default" "$(little32 1)" "$(hex "$report" 0x030 4)"
  display_holds "$report"

  if [[ $version == 2 ]]; then
    says "v2: fetch ca" -- "${guest[@]}" snpguest fetch ca pem "$certs" "$platform"
  else
    says "v$version: fetch ca" -- "${guest[@]}" snpguest fetch ca pem "$certs" -r "$report"
  fi
  says "v$version: fetch vcek" -- "${guest[@]}" snpguest fetch vcek pem "$certs" "$report" "${model[@]}"
  or_stop
  chain_holds "$certs" ask vcek
  report_holds "$certs" "$report" "${model[@]}"
  says "v$version: expected report data" "VEK signed the Attestation Report!" -- \
    snpguest verify attestation "${model[@]}" --report-data "0x$(hex "request-v$version.bin")" "$certs" "$report"
}

# Version 2 does not name the processor, so that neither side goes on: swtee makes no such report of Turin, and snpguest
# refuses one (here: version 3 without what is new in it) before it looks at the signature.
refused_version_of_turin() {
  refuses "v2: swtee makes no version 2 report of Turin" "report_version 2 cannot name snp:turin" -- \
    swtee run --platform snp:turin --report-version 2 -- snpguest report v2.bin request.bin --random
  { printf '02000000' | unhex; head -c $((0x188)) v3.bin | tail -c +5; head -c 3 /dev/zero; tail -c +$((0x18c)) v3.bin; } >v2.bin
  refuses "v2: snpguest does not verify version 2 of Turin" \
    "Turin Attestation is not supported in version 2 of the report." -- snpguest verify attestation -p turin certs-v3 v2.bin
}

on_platform() {
  local platform=$1 version versions=(2 3 5) guest=(swtee run --platform "snp:$1" --) slot
  [[ $platform != turin ]] || versions=(3 5)
  for version in "${versions[@]}"; do on_version "$platform" "$version"; done
  [[ $platform != turin ]] || refused_version_of_turin

  says "a report at VMPL 0" -- "${guest[@]}" snpguest report -v 0 vmpl0.bin request.bin --random
  same "VMPL 0 is in the report" "$(little32 0)" "$(hex vmpl0.bin 0x030 4)"
  says "report data from a file" -- "${guest[@]}" snpguest report again.bin request.bin
  same "its report data" "$(hex request.bin)" "$(hex again.bin 0x050 64)"

  says "swtee verify, test root named" "ACCEPTED, as TEST evidence" -- swtee verify --root swtee-test v3.bin
  ACCEPTANCE+=("ACCEPTED")
  refuses "swtee verify, no root named" "--root swtee-test" -- swtee verify v3.bin
  same "its exit status" 1 "$LAST_STATUS"
  for slot in "${REPORT_FLIPS[@]}"; do
    flip v3.bin "${slot#*:}" >flipped.bin
    refuses "swtee verify: flipped bit in ${slot%:*}" "REFUSED" "swtee verify:" -- \
      swtee verify --root swtee-test --certs certs-v3 flipped.bin
  done

  says "certificates of the extended report" -- "${guest[@]}" snpguest certificates pem table
  for slot in ark ask vcek; do
    same "the host's $slot is the vendor's" "$(cat "certs-v3/$slot.pem")" "$(cat "table/$slot.pem")"
  done
  says "a host without certificates" "No certificates were loaded by the host" -- \
    swtee run --platform "snp:$platform" --certificates none -- snpguest certificates pem empty-table
  says "fetch crl" -- "${guest[@]}" snpguest fetch crl pem crl "$platform"
  says "the CRL parses" "CRL" -- openssl crl -in crl/crl.pem -noout -text
  says "fetch ca of the VLEK" -- "${guest[@]}" snpguest fetch ca pem vlek-ca "$platform" --endorser vlek
  says "its signer is the ASVK" "SEV-VLEK-" -- openssl x509 -in vlek-ca/asvk.pem -noout -subject

  says "another chip's VCEK" -- swtee run --platform "snp:$platform" --chip 2 -- \
    bash -c 'snpguest report other.bin other-request.bin --random && snpguest fetch ca pem other -r other.bin &&
      snpguest fetch vcek pem other other.bin'
  refuses "it does not vouch for this chip's report" "VEK did NOT sign the Attestation Report!" -- \
    snpguest verify attestation other v3.bin

  for slot in "same:0x0:0" "again:0x0:0" "policy:0x1:0" "measurement:0x8:0"; do
    IFS=: read -r name select svn <<<"$slot"
    says "key $name" -- "${guest[@]}" snpguest key "key-$name.bin" vcek -g "$select" -s "$svn"
    same "key $name has 32 bytes" 32 "$(size "key-$name.bin")"
  done
  same "the same inputs give the same key" "$(hex key-same.bin)" "$(hex key-again.bin)"
  differs "mixing in the policy changes the key" "$(hex key-same.bin)" "$(hex key-policy.bin)"
  differs "mixing in the measurement changes the key" "$(hex key-policy.bin)" "$(hex key-measurement.bin)"
  says "display key" "$(hex key-same.bin 0 1) $(hex key-same.bin 1 1) $(hex key-same.bin 2 1)" -- snpguest display key key-same.bin
}

if [[ $1 == vectors ]]; then on_vectors; else on_platform "$1"; fi
finish
