#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh host: sevctl administers a platform's legacy SEV.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

[[ ${1:-} == host ]] || { echo "usage: run.sh host" >&2; exit 2; }
needs swtee client:sevctl
unprivileged "$@"

CERTIFICATE=0x824
# part CHAIN INDEX: one certificate of PDH, PEK, OCA, CEK, without signatures.
part() { hex "$1" $(($2 * CERTIFICATE)) 0x414; }

# inside DESCRIPTION SCRIPT: the script in one run on the host; its output in last-output.txt.
inside() { says "$1" -- swtee run --host --platform "snp:$PLATFORM" -- sh -ec "$2"; }

on_platform() {
  PLATFORM=$1
  says "$PLATFORM: the vendor's certificates" -- swtee pki export --platform "snp:$PLATFORM" --out certs
  inside "$PLATFORM: show" "sevctl show flags; sevctl show guests; sevctl show version"
  same "$PLATFORM: SEV-ES, own owner, no legacy guest, the firmware's version" "$(printf 'es\n0\n%s' "$2")" "$(cat last-output.txt)"
  says "$PLATFORM: a guest's report of the same chip" -- swtee report --platform "snp:$PLATFORM" --out report.bin
  local id
  id=$(hex report.bin 0x1a0 64)
  [[ $PLATFORM != turin ]] || id=${id:0:16}
  inside "$PLATFORM: show identifier" "sevctl show identifier"
  same "$PLATFORM: it is the CHIP_ID of reports" "${id^^}" "$(cat last-output.txt)"

  inside "$PLATFORM: export" "sevctl export self.chain"
  says "$PLATFORM: verify" "PDH EP384 D256" "CEK EP384 E256" "ASK R4096 R384" "ARK R4096 R384" -- sevctl verify --sev self.chain --ca certs/ask_ark.cert
  flip self.chain 0x420 >damaged.chain
  refuses "$PLATFORM: flipped bit in the PDH's signature" "verification failed" -- sevctl verify --sev damaged.chain --ca certs/ask_ark.cert
  refuses "$PLATFORM: export --full wants AMD's roots" "could not find a matching builtin certificate" -- \
    swtee run --host --platform "snp:$PLATFORM" -- sevctl export --full full.chain
  refuses "$PLATFORM: verify of the platform itself wants them too" "could not find a matching builtin certificate" -- \
    swtee run --host --platform "snp:$PLATFORM" -- sevctl verify
  inside "$PLATFORM: verify of the platform itself with the test roots" "sevctl verify --ca certs/ask_ark.cert"

  inside "$PLATFORM: rotate" "sevctl export before.chain; sevctl rotate; sevctl export after.chain"
  differs "$PLATFORM: another PDH" "$(part before.chain 0)" "$(part after.chain 0)"
  same "$PLATFORM: the same PEK" "$(part before.chain 1)" "$(part after.chain 1)"
  says "$PLATFORM: verify after rotate" "⬑" -- sevctl verify --sev after.chain --ca certs/ask_ark.cert

  says "$PLATFORM: generate an owner" -- sevctl generate oca.cert oca.key
  inside "$PLATFORM: provision" "sevctl provision oca.cert oca.key; sevctl show flags; sevctl export owned.chain"
  same "$PLATFORM: the platform is owned" "$(printf 'owned\nes')" "$(cat last-output.txt)"
  says "$PLATFORM: verify with the owner" "⬑" -- sevctl verify --sev owned.chain --oca oca.cert --ca certs/ask_ark.cert
  refuses "$PLATFORM: before, it was not the owner" "verification failed" -- sevctl verify --sev self.chain --oca oca.cert --ca certs/ask_ark.cert
  refuses "$PLATFORM: provision twice" "AlreadyOwned" -- swtee run --host --platform "snp:$PLATFORM" -- \
    sh -ec "sevctl provision oca.cert oca.key; sevctl provision oca.cert oca.key"
  inside "$PLATFORM: reset" "sevctl provision oca.cert oca.key; sevctl export one.chain; sevctl reset; sevctl export two.chain; sevctl show flags"
  differs "$PLATFORM: another PEK after reset" "$(part one.chain 1)" "$(part two.chain 1)"
  same "$PLATFORM: the same CEK after reset" "$(part one.chain 3)" "$(part two.chain 3)"
  if printed owned; then broken "$PLATFORM: reset gives the platform back to itself"; evidence; else held "$PLATFORM: reset gives the platform back to itself"; fi
  says "$PLATFORM: verify after reset" "⬑" -- sevctl verify --sev two.chain --ca certs/ask_ark.cert
  inside "$PLATFORM: session for the exported PDH" "sevctl session --name s self.chain 1; ls s_godh.b64 s_session.b64"
}

on_platform milan 1.55.29
on_platform turin 1.58.3
finish
