#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh FOLDER: what ./bootstrap demo shows; leaves report and certificates in FOLDER. Needs coreutils and openssl.
# run.sh script: the same as a test, as an unprivileged user.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [[ ${1:-} == script ]]; then
  . "$here/../lib.sh"
  needs swtee command:openssl
  unprivileged "$@"
  PATH=/usr/bin:/bin SWTEE_BIN=$SWTEE_STAGE/bin/swtee attempt bash "$SWTEE_STAGE/tests/demo/run.sh" "$PWD/demo"
  cat last-output.txt
  for sentence in "sev_guest" "1184 bytes" "vcek.pem: OK" "Verified OK" "not trusted" "refused, as it must be"; do
    if printed "$sentence"; then held "the demo says: $sentence"; else broken "the demo does not say: $sentence"; fi
  done
  same "the demo succeeds" 0 "$LAST_STATUS"
  finish
fi

swtee=${SWTEE_BIN:?}
platform=${SWTEE_PLATFORM:-snp:genoa}
folder=${1:?usage: run.sh FOLDER | script}
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi
number=0
part() { number=$((number + 1)); printf '\n%s%d. %s%s\n' "$bold" "$number" "$1" "$plain"; shift; printf '   %s\n' "$@"; }
show() { printf '   %s$ %s%s\n' "$dim" "${*//$swtee/swtee}" "$plain"; }
indent() { sed 's/^/     /'; }
hex() { od -An -v -tx1 -j"$(($2))" -N"$(($3))" "$1" | tr -d ' \n'; }
fail() { printf '\n%s\n' "The demo failed: $*" >&2; exit 1; }

part "A program asks for evidence" \
  "Inside a confidential VM, Linux offers /sys/kernel/config/tsm/report. A program makes a folder there, writes 64 bytes" \
  "of its choice (a nonce, or the hash of a key) and reads back a report signed by the processor. Here the programs" \
  "are mkdir, cat and rmdir of your system, unchanged; 'swtee run' gives them a SEV-SNP processor made of software."
head -c 64 /dev/urandom >nonce.bin
cat >guest.sh <<'GUEST'
entry=/sys/kernel/config/tsm/report/demo
mkdir $entry
cat nonce.bin > $entry/inblob
cat $entry/outblob > report.bin
printf 'provider: '; cat $entry/provider
rmdir $entry
GUEST
show swtee run --platform "$platform" -- sh guest.sh
indent <guest.sh
"$swtee" run --platform "$platform" -- sh guest.sh | indent || fail "no report"
[[ $(stat -c %s report.bin) == 1184 ]] || fail "report.bin is not 1184 bytes"
printf '   report.bin: %s bytes\n' "$(stat -c %s report.bin)"

part "What is in the report" \
  "The nonce, the measurement of the VM's first memory, its policy, the firmware's version, the processor's identity." \
  "At offset 0x50 stand the 64 bytes that the program wrote, at 0x90 the measurement:"
[[ $(hex report.bin 0x50 64) == "$(hex nonce.bin 0 64)" ]] || fail "the report does not hold the nonce"
printf '     nonce        %s…\n     report data  %s…\n     measurement  %s…\n' \
  "$(hex nonce.bin 0 24)" "$(hex report.bin 0x50 24)" "$(hex report.bin 0x90 24)"

part "Who vouches for it: the certificates" \
  "The report is signed by a key of this one processor (VCEK), which the vendor certifies: ARK signs ASK, ASK signs VCEK." \
  "All three say 'swtee TEST ONLY': no verifier trusts them unless it is told to. openssl checks the chain:"
show swtee pki export --platform "$platform" --out certs
"$swtee" pki export --platform "$platform" --out certs >pki.log || fail "pki export: $(cat pki.log)"
openssl x509 -in certs/vcek.pem -noout -subject | indent
show openssl verify -CAfile certs/ark.pem -untrusted certs/ask.pem certs/vcek.pem
openssl verify -CAfile certs/ark.pem -untrusted certs/ask.pem certs/vcek.pem | indent || fail "chain"

part "The signature, checked by openssl alone" \
  "ECDSA P-384 over the first 0x2a0 bytes; R and S follow, little-endian. openssl wants them as DER:"
little_endian() { hex report.bin "$1" 72 | fold -w2 | tac | tr -d '\n'; }
printf 'asn1=SEQUENCE:signature\n[signature]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "$(little_endian 0x2a0)" \
  "$(little_endian 0x2e8)" >signature.cnf
openssl asn1parse -genconf signature.cnf -noout -out signature.der
openssl x509 -in certs/vcek.pem -noout -pubkey >vcek.key
head -c $((0x2a0)) report.bin >body.bin
show openssl dgst -sha384 -verify vcek.key -signature signature.der body.bin
openssl dgst -sha384 -verify vcek.key -signature signature.der body.bin | indent || fail "signature"

part "A verifier that knows no test key must refuse" \
  "'swtee verify' checks what a relying party checks. Without being told, it does not trust the test root:"
show swtee verify --certs certs report.bin
status=0
"$swtee" verify --certs certs report.bin >refusal.log 2>&1 || status=$?
indent <refusal.log
[[ $status == 1 ]] || fail "verify without --root exited $status, not 1"

part "One wrong bit" "Any change of the signed part must be noticed. Here the lowest bit of the measurement:"
{ head -c $((0x90)) report.bin
  printf "\\x$(printf '%02x' $((0x$(hex report.bin 0x90 1) ^ 1)))"
  tail -c +$((0x92)) report.bin; } >forged.bin
show swtee verify --root swtee-test --certs certs forged.bin
status=0
"$swtee" verify --root swtee-test --certs certs forged.bin >refusal.log 2>&1 || status=$?
indent <refusal.log
[[ $status == 1 ]] || fail "verify of a forged report exited $status, not 1"
echo "   refused, as it must be"

part "Verified" "With the test root named, all of it holds:"
show swtee verify --root swtee-test --certs certs report.bin
"$swtee" verify --root swtee-test --certs certs report.bin | indent || fail "verify"

printf '\n%sNext%s (files of this demo: %s)\n' "$bold" "$plain" "$folder"
cat <<TEXT
   build/release/bin/swtee show build/demo/report.bin                 every field of the report, by name
   build/release/bin/swtee run --platform snp:turin -- YOUR-PROGRAM   your attestation client, unchanged
   build/release/bin/swtee serve                                      the vendor's key service, for your verifier
TEXT
