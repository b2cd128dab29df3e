#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# install.sh DESTINATION SCRATCH: takes the headers out of a pinned package of the Debian archive that this machine's apt is
# configured for. Nothing of the system is touched: lists and packages go to SCRATCH, and root is not needed.
# install.sh newest SCRATCH: prints the line for `pins` of the newest kernel in each suite that `pins` names.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$2"
scratch=$(cd "$2" && pwd)
pins=$(grep -v '^#' "$here/pins")

# Of the whole package, what the comparison reads.
FILES=(include/linux/psp-sev.h include/uapi/linux/psp-sev.h include/uapi/linux/sev-guest.h
  arch/x86/include/asm/sev.h arch/x86/include/asm/sev-common.h arch/x86/include/asm/svm.h arch/x86/include/uapi/asm/svm.h)

# By the archive's own label; before the first `apt-get update`, which there is no label without, by how its address ends.
archive=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' | awk '$2 == "Debian" && !n++ { print $1 }')
[[ -n $archive ]] || archive=$(apt-get indextargets --no-release-info --format '$(REPO_URI)' | awk '/\/debian\/?$/ && !n++')
if [[ -z $archive ]]; then
  echo "apt is not configured for a Debian archive here" >&2
  exit 1
fi

# The machine's own apt configuration (proxies, certificates) with lists and sources of our own.
mkdir -p "$scratch/lists/partial" "$scratch/cache/archives/partial" "$scratch/sources"
apt_options=(-o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$scratch/sources" -o "Dir::State::lists=$scratch/lists"
  -o "Dir::Cache=$scratch/cache" -o "Debug::NoLocking=true" -o "APT::Sandbox::User=$(id -un)" -o "Acquire::Languages=none"
  -o "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false")
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
for suite in $(cut -d' ' -f1 <<<"$pins" | sort -u); do
  echo "deb [signed-by=$keyring] $archive $suite main" >"$scratch/sources/$suite.list"
done
apt-get "${apt_options[@]}" -q update

if [[ $1 == newest ]]; then
  for suite in $(cut -d' ' -f1 <<<"$pins" | sort -u); do
    for name in $(apt-cache "${apt_options[@]}" pkgnames linux-headers- | grep -E '^linux-headers-[0-9.]+\+deb[0-9]+-common$' | sort -Vr); do
      version=$(apt-cache "${apt_options[@]}" madison "$name" | grep -F " $suite/" | cut -d'|' -f2 | tr -d ' ' | head -n 1)
      [[ -n $version ]] || continue
      echo "$suite $name $version $(apt-cache "${apt_options[@]}" show "$name=$version" | sed -n 's/^SHA256: //p')"
      break
    done
  done
  exit 0
fi

while read -r suite name version sha256; do
  cd "$scratch"
  if ! apt-get "${apt_options[@]}" -q download "$name=$version"; then
    echo "the archive does not have $name $version in $suite any more" >&2
    continue
  fi
  package=$(find "$scratch" -maxdepth 1 -name "${name}_*.deb")
  echo "$sha256  $package" | sha256sum --check --quiet
  dpkg-deb --extract "$package" "$scratch/unpacked"
  for file in "${FILES[@]}"; do
    install -D -m 644 "$scratch/unpacked/usr/src/${name%-common}-common/$file" "$1/$file"
  done
  echo "$name $version" >"$1/version"
  exit 0
done <<<"$pins"
echo "none of the pinned packages is to be had; 'install.sh newest SCRATCH' prints a line to put into $here/pins" >&2
exit 1
