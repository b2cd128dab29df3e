#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh milan | genoa | bergamo | siena | turin: sevctl judges the certificates and the guests of a legacy SEV platform.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in
  milan | genoa | bergamo | siena | turin) needs tool:sev_platform client:sevctl ;;
  *) echo "usage: run.sh milan | genoa | bergamo | siena | turin" >&2; exit 2 ;;
esac
unprivileged "$@"

# Offsets in a chain of four certificates, PDH PEK OCA CEK, of 0x824 bytes each: a signed byte, one of the key, one of each signature.
CERTIFICATE=0x824
VERSION=0x4
KEY=0x20
SIGNATURES=(0x420 0x628)

verify() { sevctl verify --sev "$1" --ca "$2"; }

chain_holds() {
  local chain=$1 index name flip_at names=(PDH PEK OCA CEK)
  says "$chain: verify" "PDH EP384 D256" "⬑" "PEK EP384 E256" "OCA EP384 E256" "CEK EP384 E256" "ASK R4096 R384" "ARK R4096 R384" -- \
    verify "$chain" ask_ark.cert
  for index in 0 1 2 3; do
    name=${names[index]}
    flip "$chain" $((index * CERTIFICATE + VERSION)) >damaged.chain
    refuses "$chain: flipped bit in the version of $name" "verification failed" -- verify damaged.chain ask_ark.cert
    # Such a point is not on the curve; sevctl gives up when it comes to print it.
    flip "$chain" $((index * CERTIFICATE + KEY)) >damaged.chain
    refuses "$chain: flipped bit in the key of $name" "a formatting trait implementation returned an error" -- \
      verify damaged.chain ask_ark.cert
    flip "$chain" $((index * CERTIFICATE + SIGNATURES[0])) >damaged.chain
    refuses "$chain: flipped bit in the signature of $name" "verification failed" -- verify damaged.chain ask_ark.cert
  done
  # A PEK has two signers, and sevctl wants both.
  flip "$chain" $((CERTIFICATE + SIGNATURES[1])) >damaged.chain
  refuses "$chain: flipped bit in the second signature of PEK" "verification failed" -- verify damaged.chain ask_ark.cert
}

on_platform() {
  says "the platform gives its certificates" -- sev_platform "snp:$1" .
  or_stop
  same "the vendor's file has two certificates" $((2 * 0x640)) "$(size ask_ark.cert)"
  chain_holds self.chain
  chain_holds owned.chain
  for flip_at in 0x50 0x300 0x500 0x690 0x900 0xb00; do
    flip ask_ark.cert $((flip_at)) >damaged.cert
    refuses "ask_ark.cert: flipped bit at $flip_at" "verification failed" -- verify self.chain damaged.cert
  done
  refuses "without the test roots named" "could not find a matching builtin certificate" "failed to deduce platform generation" -- \
    sevctl verify --sev self.chain
  says "the owner is who it was" "⬑" -- sevctl verify --sev owned.chain --ca ask_ark.cert --oca oca.cert
  refuses "another owner" "verification failed" -- sevctl verify --sev self.chain --ca ask_ark.cert --oca oca.cert
}

# launch_holds PLATFORM POLICY: an owner's session, measurement, secret and report, all made or judged by sevctl.
launch_holds() {
  local platform=$1 policy=$2 major minor build measured=()
  rm -f vm_* secret.*
  says "policy $policy: session" -- sevctl session --name vm pdh.cert "$policy"
  says "policy $policy: LAUNCH_START opens it" -- sev_platform "snp:$platform" . launch "$policy"
  or_stop
  read -r major minor build <version
  measured=(--api-major "$major" --api-minor "$minor" --build-id "$build" --tik vm_tik.bin --firmware image.bin --nonce nonce.bin)
  if ((policy & 4)); then measured+=(--num-cpus 2 --vmsa-cpu0 vmsa0.bin --vmsa-cpu1 vmsa1.bin); fi
  says "policy $policy: measurement build" "Wrote outfile" -- \
    sevctl measurement build "${measured[@]}" --policy "$policy" --outfile expected.bin
  same "policy $policy: LAUNCH_MEASURE is what sevctl expects" "$(hex expected.bin)" "$(hex measurement.bin)"
  says "another policy" "Wrote outfile" -- sevctl measurement build "${measured[@]}" --policy "$((policy ^ 2))" --outfile expected.bin
  differs "policy $policy: another policy is another measurement" "$(hex expected.bin)" "$(hex measurement.bin)"

  echo "what only the guest may know" >secret.txt
  says "policy $policy: secret build" "Wrote payload" -- sevctl secret build --tik vm_tik.bin --tek vm_tek.bin \
    --launch-measure-blob measurement.bin --secret 736869e5-84f0-4973-92ec-06879ce3da0b:secret.txt secret.header secret.payload
  says "policy $policy: LAUNCH_SECRET takes it" -- sev_platform "snp:$platform" . launch "$policy"
  if grep -q "what only the guest may know" secret.bin; then held "policy $policy: the guest has it"; else broken "secret.bin"; fi
  flip secret.payload 20 >flipped.bin
  mv flipped.bin secret.payload
  refuses "policy $policy: flipped bit in the secret" "LAUNCH_SECRET: BAD_MEASUREMENT" -- sev_platform "snp:$platform" . launch "$policy"
  rm -f secret.header secret.payload
  base64 -d vm_session.b64 >session.bin
  flip session.bin 0x20 | base64 -w0 >vm_session.b64
  refuses "policy $policy: flipped bit in the session" "LAUNCH_START: BAD_MEASUREMENT" -- sev_platform "snp:$platform" . launch "$policy"

  says "policy $policy: the PEK signed the report" -- sevctl validate self.chain report.bin
  for flip_at in 0x0 0x10 0x30 0x40 0x88; do
    flip report.bin "$flip_at" >damaged.bin
    refuses "policy $policy: flipped bit at $flip_at of the report" "PEK does not sign" "Error" -- sevctl validate self.chain damaged.bin
  done
}

on_platform "$1"
launch_holds "$1" 1
launch_holds "$1" 5
finish
