# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the run.sh of every client shares. A run.sh reads:
#
#   . "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
#   needs swtee client:snpguest vectors     # or SKIP with the reason
#   unprivileged "$@"                       # from here on: nobody, no capabilities, an empty folder as $PWD
#   ... checks ...
#   finish
#
# Exit status: 0 all checks held, 1 one did not, 77 skipped (1 when SWTEE_REQUIRE_ALL=1).
# Clients are judged by what they print; exit statuses of several of them say nothing.
set -euo pipefail

CONFORMANCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RUN=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)/$(basename "${BASH_SOURCE[1]}")
NOBODY=65534

skip() {
  if [[ ${SWTEE_REQUIRE_ALL:-0} == 1 ]]; then
    echo "FAILED: $* (SWTEE_REQUIRE_ALL=1 forbids to skip)"
    exit 1
  fi
  echo "SKIPPED: $*"
  exit 77
}

# ---- staging: become an unprivileged user in a folder that this user can read ---------------------

STAGED=()

# needs swtee|vectors|client:NAME|tool:NAME|command:NAME…: stages each, or skips. A tool is a program of the build's tests.
needs() {
  [[ -z ${SWTEE_STAGE:-} ]] || return 0
  local need folder name
  for need in "$@"; do
    name=${need#*:}
    case $need in
      swtee)
        [[ -x ${SWTEE_BIN:-} ]] || skip "no swtee program at '${SWTEE_BIN:-}' (set SWTEE_BIN)"
        STAGED+=("$SWTEE_BIN" bin/swtee)
        ;;
      vectors)
        [[ -d ${SWTEE_VECTORS:-}/snp ]] || skip "no folder with real reports: SWTEE_VECTORS is '${SWTEE_VECTORS:-}'"
        STAGED+=("$SWTEE_VECTORS/snp" vectors)
        ;;
      client:*)
        folder=$(bash "$CONFORMANCE/clients.sh" path "$name") ||
          skip "client $name is not installed: $(bash "$CONFORMANCE/clients.sh" why "$name")"
        STAGED+=("$folder" "clients/$name")
        ;;
      tool:*)
        [[ -x ${SWTEE_TOOLS:-}/$name ]] || skip "no program $name in '${SWTEE_TOOLS:-}' (set SWTEE_TOOLS)"
        STAGED+=("$SWTEE_TOOLS/$name" "bin/$name")
        ;;
      command:*) command -v "$name" >/dev/null || skip "no $name on this machine" ;;
    esac
  done
}

unprivileged() {
  [[ -z ${SWTEE_STAGE:-} ]] || { enter_stage; return; }
  local stage status=0 path=/usr/local/bin:/usr/bin:/bin drop=() dropped=no index folder
  stage=$(mktemp -d /tmp/swtee-conformance.XXXXXX)
  # shellcheck disable=SC2064  # the folder of now is meant
  trap "rm -rf '$stage'" EXIT
  mkdir -p "$stage/bin" "$stage/clients" "$stage/work" "$stage/tests"
  for ((index = 0; index < ${#STAGED[@]}; index += 2)); do
    cp -R "${STAGED[index]}" "$stage/${STAGED[index + 1]}"
  done
  cp "$CONFORMANCE/lib.sh" "$stage/tests/"
  cp -R "$(dirname "$RUN")" "$stage/tests/"
  for folder in "$stage"/clients/*/bin; do
    [[ -d $folder ]] && path=$folder:$path
  done
  chmod -R u+w,a+rX "$stage"
  if [[ $(id -u) == 0 ]]; then
    chown "$NOBODY:$NOBODY" "$stage/work"
    dropped=yes
    drop=(setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs)
  fi
  "${drop[@]}" env -i PATH="$stage/bin:$path" HOME="$stage/work" LANG=C.UTF-8 TERM=dumb \
    SWTEE_STAGE="$stage" SWTEE_DROPPED="$dropped" SWTEE_REQUIRE_ALL="${SWTEE_REQUIRE_ALL:-0}" \
    bash "$stage/tests/$(basename "$(dirname "$RUN")")/$(basename "$RUN")" "$@" </dev/null || status=$?
  exit "$status"
}

enter_stage() {
  export VECTORS=$SWTEE_STAGE/vectors
  cd "$SWTEE_STAGE/work"
  [[ $(id -u) != 0 ]] || { echo "FAILED: still root"; exit 1; }
  if [[ ${SWTEE_DROPPED:-} == yes ]]; then
    grep -q '^CapBnd:[[:space:]]*0*$' /proc/self/status || { echo "FAILED: the bounding set is not empty"; exit 1; }
  fi
}

# ---- checks --------------------------------------------------------------------------------------

CHECKS=0
FAILURES=0

held() {
  CHECKS=$((CHECKS + 1))
  printf '  ok    %s\n' "$*"
}

broken() {
  CHECKS=$((CHECKS + 1))
  FAILURES=$((FAILURES + 1))
  printf '  FAIL  %s\n' "$*"
}

# Shows the last command and all that it printed, for the reader of a failure.
evidence() {
  printf '        $ %s\n' "${LAST_COMMAND:0:400}"
  sed 's/^/        | /' last-output.txt | tail -n 25
  printf '        exit status %s\n' "$LAST_STATUS"
}

# attempt COMMAND…: runs it; output (both streams) in last-output.txt, status in $LAST_STATUS.
attempt() {
  LAST_COMMAND="$*"
  LAST_STATUS=0
  if [[ $(type -t "$1") == function ]]; then
    ("$@") >last-output.txt 2>&1 || LAST_STATUS=$?
  else
    timeout 120 "$@" >last-output.txt 2>&1 || LAST_STATUS=$?
  fi
}

printed() { grep -qF -- "$1" last-output.txt; }

# says DESCRIPTION TEXT… -- COMMAND…: the command exits 0 and prints every TEXT.
says() {
  local description=$1 texts=() text
  shift
  while [[ $1 != -- ]]; do texts+=("$1"); shift; done
  shift
  attempt "$@"
  for text in "${texts[@]}"; do
    printed "$text" || { broken "$description (did not print: $text)"; evidence; return; }
  done
  if [[ $LAST_STATUS == 0 ]]; then held "$description"; else broken "$description"; evidence; fi
}

# refuses DESCRIPTION TEXT… -- COMMAND…: the command fails, prints one of the TEXTs as its reason, and none of the
# sentences that it prints after a success (set in ACCEPTANCE).
ACCEPTANCE=()
refuses() {
  local description=$1 texts=() text reason=
  shift
  while [[ $1 != -- ]]; do texts+=("$1"); shift; done
  shift
  attempt "$@"
  for text in "${ACCEPTANCE[@]}"; do
    if printed "$text"; then broken "$description (accepted: $text)"; evidence; return; fi
  done
  for text in "${texts[@]}"; do
    if [[ -z $reason ]] && printed "$text"; then reason=$text; fi
  done
  if [[ $LAST_STATUS != 0 && -n $reason ]]; then
    held "$description: $reason"
  else
    broken "$description (exit status $LAST_STATUS; none of the expected reasons)"
    evidence
  fi
}

# same DESCRIPTION EXPECTED ACTUAL
same() {
  if [[ $2 == "$3" ]]; then held "$1"; else broken "$1"; printf '        expected %s\n        got      %s\n' "$2" "$3"; fi
}

differs() {
  if [[ $2 != "$3" ]]; then held "$1"; else broken "$1"; printf '        both are %s\n' "$2"; fi
}

# Ends the test when a step failed that everything later builds on.
or_stop() {
  ((FAILURES == 0)) || finish
}

finish() {
  printf '%d checks, %d failures\n' "$CHECKS" "$FAILURES"
  ((CHECKS > 0)) || { echo "FAILED: no check ran"; exit 1; }
  exit $((FAILURES > 0))
}

# ---- bytes ---------------------------------------------------------------------------------------

# hex FILE [OFFSET [LENGTH]]
hex() { od -An -v -tx1 -j"$((${2:-0}))" ${3:+-N"$(($3))"} "$1" | tr -d ' \n'; }

unhex() { local text; text=$(cat); printf '%b' "$(sed 's/../\\x&/g' <<<"$text")"; }

reversed() { fold -w2 | tac | tr -d '\n'; }

little32() { printf '%08x' "$1" | reversed; }

# flip FROM OFFSET [BIT] >TO: one bit inverted.
flip() {
  local offset=$(($2)) byte
  byte=$(od -An -tu1 -j"$offset" -N1 "$1")
  head -c "$offset" "$1"
  printf '%02x' $((byte ^ (1 << ${3:-0}))) | unhex
  tail -c +"$((offset + 2))" "$1"
}

size() { stat -Lc %s "$1"; }

# extended_report REPORT vcek|vlek LEAF-DER ASK-DER ARK-DER >TO: report and table, as an extended report is passed on.
# GUIDs in text order, offsets from the start of the table, an entry of zeros at the end [GHCB r2.03 §SNP Extended Guest Request].
extended_report() {
  local report=$1 offset=$((4 * 24)) index file
  local guids=(63da758de6644564adc5f4b93be8accd 4ab7b379bbac4fe4a02f05aef327c782 c0b406a4a803495297433fb6014cd0ae)
  [[ $2 != vlek ]] || guids[0]=a8074bc2a25a483eaae639c045a0b8a1
  shift 2
  cat "$report"
  for index in 0 1 2; do
    file=${*:index+1:1}
    printf '%s%s%s' "${guids[index]}" "$(little32 "$offset")" "$(little32 "$(size "$file")")" | unhex
    offset=$((offset + $(size "$file")))
  done
  head -c 24 /dev/zero
  cat "$@"
}

# ---- evidence folders ----------------------------------------------------------------------------

# evidence_from_chain FOLDER CHAIN-PEM VEK: ark.pem, ask.pem (or asvk.pem), vcek (or vlek).der from files as AMD serves them.
evidence_from_chain() {
  local folder=$1 chain=$2 vek=$3 signer=ask leaf=vcek
  mkdir -p "$folder"
  awk -v folder="$folder" '/BEGIN CERT/ { n++ } { print > (folder "/part" n ".pem") }' "$chain"
  if openssl x509 -in "$folder/part1.pem" -noout -subject | grep -q 'SEV-VLEK'; then signer=asvk leaf=vlek; fi
  mv "$folder/part1.pem" "$folder/$signer.pem"
  mv "$folder/part2.pem" "$folder/ark.pem"
  if grep -q BEGIN "$vek"; then
    openssl x509 -in "$vek" -outform der -out "$folder/$leaf.der"
  else
    cat "$vek" >"$folder/$leaf.der"
  fi
}

# The cases of ../vectors/snp with a report: name, report, chain, leaf certificate, snpguest's model.
vector_evidence() {
  mkdir -p vectors
  unhex <"$VECTORS/milan-report-v2.hex" >vectors/milan-a.bin
  cp "$VECTORS/milan-report-b.bin" vectors/milan-b.bin
  cp "$VECTORS/report-c.bin" vectors/milan-c.bin
  cp "$VECTORS/vlek-report.bin" vectors/milan-vlek.bin
  evidence_from_chain vectors/milan-a "$VECTORS/milan-chain.pem" "$VECTORS/milan-vcek-a.der"
  evidence_from_chain vectors/milan-b "$VECTORS/milan-chain.pem" "$VECTORS/milan-vcek-b.der"
  evidence_from_chain vectors/milan-c "$VECTORS/milan-chain.pem" "$VECTORS/vcek-c.der"
  evidence_from_chain vectors/milan-vlek "$VECTORS/milan-vlek-chain.pem" "$VECTORS/vlek.der"
  evidence_from_chain vectors/genoa "$VECTORS/genoa-chain.pem" "$VECTORS/genoa-vcek.pem"
  evidence_from_chain vectors/turin "$VECTORS/turin-chain.pem" "$VECTORS/turin-vcek.der"
}

# Where one bit is flipped in a report of 1184 bytes: signed body, and both halves of the signature.
REPORT_FLIPS=("version:0x000" "policy:0x008" "report data:0x050" "measurement:0x090" "chip id:0x1a0" "launch TCB:0x1f0"
  "R:0x2a0" "S:0x2e8")

# damaged_certificates FOLDER OUT WHICH: copy with one bit flipped in the signature of WHICH (ark, ask, vcek, …).
damaged_certificates() {
  local folder=$1 out=$2 which=$3
  rm -rf "$out"
  cp -R "$folder" "$out"
  [[ -f $out/$which.der ]] || openssl x509 -in "$out/$which.pem" -outform der -out "$out/$which.der"
  rm -f "$out/$which.pem"
  flip "$out/$which.der" $(($(size "$out/$which.der") - 16)) >flipped.der
  mv flipped.der "$out/$which.der"
}
