#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# run.sh tables | host: snphost as a host's administrator uses it.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

case ${1:-} in
  tables | host) needs swtee client:snphost command:openssl ;;
  *) echo "usage: run.sh tables | host" >&2; exit 2 ;;
esac
unprivileged "$@"

# The marks of `verify certs`: a sound one, and one that is struck out.
SOUND=("ARK •" "ARK ⬑ ask" "ask ⬑ vcek")
STRUCK=$'\xcc\xb7'
STRUCK_TOO=$'\xcc\xb8'

plain() { sed 's/\x1b\[[0-9;]*m//g'; }
# Without the line that explains the marks.
verify_certs() { snphost verify certs "$1" | plain | grep -v 'self signed'; }

chain_holds() {
  local folder=$1 which
  says "$folder: verify certs" "${SOUND[@]}" -- verify_certs "$folder"
  if printed "$STRUCK" || printed "$STRUCK_TOO"; then broken "$folder: no mark is struck out"; evidence; fi
  for which in ark ask vcek; do
    damaged_certificates "$folder" damaged "$which"
    attempt verify_certs damaged
    if printed "$STRUCK" || printed "$STRUCK_TOO"; then held "$folder: flipped bit in $which is struck out"; else broken "$folder: flipped bit in $which"; evidence; fi
  done
}

on_tables() {
  local name
  for name in milan genoa turin; do
    says "$name: certificates" -- swtee report --platform "snp:$name" --out report.bin --certs "$name"
    # A table has one signer: the VCEK's.
    rm -f "$name"/asvk.*
    for kind in pem der; do
      rm -rf out in.table
      says "$name: import" -- snphost import "$name" in.table
      says "$name: export as $kind" -- snphost export "$kind" in.table out
      for which in ark ask vcek; do
        same "$name: $which comes back as $kind" "$(fingerprint "$(found "$name" "$which")")" "$(fingerprint "out/$which.$kind")"
      done
    done
    chain_holds "$name"
    says "$name: a guest gets the imported table" -- swtee run --platform "snp:$name" --certificates in.table -- \
      sh -c 'mkdir $0/e && head -c 64 /dev/zero >$0/e/inblob && cat $0/e/auxblob >aux.bin && rmdir $0/e' /sys/kernel/config/tsm/report
    same "$name: as it is" "$(hex in.table)" "$(hex aux.bin 0 "$(size in.table)")"
  done
}

found() { if [[ -f $1/$2.pem ]]; then echo "$1/$2.pem"; else echo "$1/$2.der"; fi; }
fingerprint() { openssl x509 -in "$1" -noout -fingerprint -sha256; }

# The platform that this machine's processor belongs to, as the CPUID instruction says; nothing for others.
own_platform() {
  local family model
  grep -q AuthenticAMD /proc/cpuinfo || return 0
  family=$(sed -n 's/^cpu family[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
  model=$(sed -n 's/^model[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
  case $family in
    25) if ((model < 16)); then echo milan; elif ((model < 32)); then echo genoa; fi ;;
    26) if ((model < 18)); then echo turin; fi ;;
  esac
}

# tcb HEADING BL TEE SNP UCODE FMC: the lines that snphost prints.
tcb() {
  printf '%s TCB: TCB Version:\n  Microcode:   %s\n  SNP:         %s\n  TEE:         %s\n  Boot Loader: %s\n  FMC:         %s\n' "$1" "$5" "$4" "$3" "$2" "$6"
}

# inside DESCRIPTION SCRIPT: the script in one run on the host; its output in last-output.txt.
inside() { says "$1" -- "${HOST[@]}" sh -ec "$2"; }

on_host() {
  local platform fmc=None with_fmc="" set_fmc="" id url
  platform=$(own_platform)
  if [[ -z $platform ]]; then
    refuses "another processor than AMD's is refused by snphost itself" "processor is not of know SEV-SNP" -- \
      swtee run --host -- snphost show tcb
    return
  fi
  if [[ $platform == turin ]]; then fmc=1 with_fmc="fmc:2," set_fmc=1; fi
  HOST=(swtee run --host --platform "snp:$platform" --guests 3 --tcb "current=${with_fmc}bl:9,tee:3,snp:12,ucode:77"
    --tcb "committed=${with_fmc/2/1}bl:8,tee:2,snp:11,ucode:70" --tcb "reported=${with_fmc/2/1}bl:7,tee:2,snp:10,ucode:69" --vlek CN=cc.example.com --)
  local current_fmc=${fmc/1/2}

  inside "show tcb" "snphost show tcb"
  same "reported and current TCB are the configured ones" "$(tcb Reported 7 2 10 69 "$fmc"; tcb Platform 9 3 12 77 "$current_fmc")" "$(cat last-output.txt)"
  inside "show guests" "snphost show guests"
  same "as many as were launched" 3 "$(cat last-output.txt)"
  says "show guests of an idle host" -- swtee run --host --platform "snp:$platform" -- snphost show guests
  same "none" 0 "$(cat last-output.txt)"
  cat >other-version.json <<<"{\"platform\": \"snp:$platform\", \"firmware\": \"1.56.7\", \"committed_firmware\": \"1.55.1\"}"
  says "show version" -- swtee run --host --config other-version.json -- snphost show version
  same "the configured firmware's" 1.56 "$(cat last-output.txt)"

  says "a guest's report of the same chip" -- swtee report --platform "snp:$platform" --out report.bin
  id=$(hex report.bin 0x1a0 64)
  [[ $platform != turin ]] || id=${id:0:16}
  inside "show identifier" "snphost show identifier"
  same "it is the CHIP_ID of reports" "${id^^}" "$(cat last-output.txt)"
  inside "show vcek-url" "snphost show vcek-url"
  url="https://kdsintf.amd.com/vcek/v1/${platform^}/${id^^}?${set_fmc:+fmcSPL=01&}blSPL=07&teeSPL=02&snpSPL=10&ucodeSPL=69"
  same "chip and reported TCB are in it" "$url" "$(cat last-output.txt)"
  inside "show vlek-url" "snphost show vlek-url"
  same "the reported TCB is in it" "https://kdsintf.amd.com:444/vlek/v1/${platform^}/cert?${url#*\?}" "$(cat last-output.txt)"

  inside "fetch ca, vek and crl" "snphost fetch ca pem certs; snphost fetch vek der certs; snphost fetch crl crl"
  chain_holds certs
  says "the VCEK is the reported TCB's" "SEV-VCEK" -- openssl x509 -inform der -in certs/vcek.der -noout -subject
  openssl crl -inform der -in "crl/${platform^}.crl" -noout -issuer >crl.txt 2>&1 || true
  same "the CRL is the ARK's" "issuer" "$(head -c 6 crl.txt)"

  inside "config set lowers the reported TCB and masks" "snphost config set 6 1 9 60 3 $set_fmc; snphost show tcb"
  same "that it is reported" "$(tcb Reported 6 1 9 60 "$fmc"; tcb Platform 9 3 12 77 "$current_fmc")" "$(cat last-output.txt)"
  inside "config reset" "snphost config set 6 1 9 60 0 $set_fmc; snphost config reset; snphost show tcb"
  same "brings the committed TCB back" "$(tcb Reported 8 2 11 70 "$fmc"; tcb Platform 9 3 12 77 "$current_fmc")" "$(cat last-output.txt)"
  refuses "config set above the committed TCB" "InvalidParam" -- "${HOST[@]}" snphost config set 9 2 11 70 0 $set_fmc
  refuses "config set with a reserved bit" "InvalidParam" -- "${HOST[@]}" snphost config set 6 1 9 60 4 $set_fmc
  inside "commit" "snphost commit; snphost show tcb"
  same "lifts the reported TCB to the current one" "$(tcb Reported 9 3 12 77 "$current_fmc"; tcb Platform 9 3 12 77 "$current_fmc")" "$(cat last-output.txt)"

  attempt "${HOST[@]}" snphost ok
  plain <last-output.txt >ok.txt
  cp ok.txt last-output.txt
  for line in "[ PASS ] - AMD CPU" "Comparing TCB values: The TCB versions did NOT match"; do
    if printed "$line"; then held "ok: $line"; else broken "ok: $line"; evidence; fi
  done
  # `ok` looks at kvm_amd only where it may open this machine's /dev/kvm, which nobody may here.
  inside "kvm_amd's parameters" "cd /sys/module/kvm_amd/parameters; cat sev sev_es sev_snp"
  same "SEV, SEV-ES and SEV-SNP are on" "$(printf 'Y\nY\nY')" "$(cat last-output.txt)"
  inside "SYSCFG of a core" "od -An -tx8 -j 0xc0010010 -N 8 /dev/cpu/1/msr"
  same "encryption, SNP, VMPLs and MFDM are on" " 0000000003880000" "$(cat last-output.txt)"
  head -c 431 /dev/zero >short.bin
  refuses "vlek-load of a file of another size" "Failed to parse VLEK" -- "${HOST[@]}" snphost vlek-load short.bin
  { head -c 12 /dev/urandom; head -c 4 /dev/zero; head -c 384 /dev/urandom; head -c 16 /dev/zero; head -c 16 /dev/urandom; } >wrong.bin
  refuses "vlek-load of what nobody wrapped for this chip" "Error loading VLEK" -- "${HOST[@]}" snphost vlek-load wrong.bin
}

if [[ $1 == tables ]]; then on_tables; else on_host; fi
finish
