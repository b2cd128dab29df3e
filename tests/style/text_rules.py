# SPDX-License-Identifier: Apache-2.0
"""Rules that need only the text of one file: licence, names, sizes, and what must never be committed."""
import re

from tree import Finding

# Put together from pieces, so that this file does not report itself.
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")
PRIVATE_KEY = re.compile("-----BEGIN " + r"[A-Z ]*PRIVATE KEY-----")
KEY_BODY = re.compile(r"^[\"'\s]*[A-Za-z0-9+/]{40,}")
# Folders of one machine.
MACHINE_PATH = re.compile(r"(?<![\w.~$}/-])/(work|root|Users|home/[a-z_][\w-]*)(?=/|[\s\"'`,;:)]|$)")
REGISTRY = re.compile(
    r"\b(" + "|".join(map(re.escape, ("crates" + ".io", "proxy.golang" + ".org", "sum.golang" + ".org", "pypi" + ".org",
                                       "pythonhosted" + ".org", "npmjs" + ".org", "deb.debian" + ".org", "archive.ubuntu" + ".com")))
    + r")\b|https?://[\w.-]*(artifactory|nexus|mirror|registry|goproxy)[\w.-]*", re.IGNORECASE)
# The canonical name of the index, which cargo itself writes into lock files on every machine.
LOCK_FILE = re.compile(r"(^|/)Cargo\.lock$")

BANNED_NAMES = ("common", "base", "util", "utils", "helper", "helpers", "misc")
SIZE_LIMIT = 600

DATA = re.compile(r"^tests/fuzz/seeds/|^tests/vectors/.*\.json$|^LICENSE|/go\.sum$")


def licence_of(path):
    if path.startswith("firmware/include/swtee/rules/"):
        return "MIT"
    if path.startswith("sim/qemu/"):
        return "GPL-2.0-or-later"
    return "Apache-2.0"


def spdx(tree):
    for path in tree.sources():
        wanted = f"SPDX-License-Identifier: {licence_of(path)}"
        if not any(wanted in line for number, line in tree.lines(path) if number <= 3):
            yield Finding(path, 1, "spdx", f"the first three lines lack \"{wanted}\"")


def path_names(tree):
    for path in tree.files:
        for part in path.split("/"):
            if part.split(".")[0].lower() in BANNED_NAMES:
                yield Finding(path, 1, "path-name", f"\"{part}\" says nothing about what belongs there")


def unfinished(tree):
    for path in tree.files:
        if DATA.search(path):
            continue
        for number, line in tree.lines(path):
            found = UNFINISHED.search(line)
            if found:
                yield Finding(path, number, "unfinished", f"{found.group()}: a gap belongs in docs/deviations.md")


def marked_for_tests(path, lines, number):
    """A key that a parser's test reads: below tests/, and the lines above it say what it is."""
    return path.startswith("tests/") and any("TEST ONLY key" in line for line in lines[max(0, number - 6):number])


def secrets(tree):
    for path in tree.files:
        if path.startswith("sim/vendor/test-roots/"):
            continue
        lines = tree.files[path].splitlines()
        for number, line in enumerate(lines, 1):
            body = PRIVATE_KEY.search(line) and any(KEY_BODY.match(next_line) for next_line in lines[number:number + 3])
            if body and not marked_for_tests(path, lines, number):
                yield Finding(path, number, "private-key", "private keys belong in sim/vendor/test-roots or are made at run time")


def machine_paths(tree):
    for path in tree.files:
        if DATA.search(path):
            continue
        for number, line in tree.lines(path):
            found = MACHINE_PATH.search(line)
            if found:
                yield Finding(path, number, "machine-path", f"{found.group()} exists on one machine only")


def registries(tree):
    for path in tree.files:
        if LOCK_FILE.search(path) or DATA.search(path):
            continue
        for number, line in tree.lines(path):
            found = REGISTRY.search(line)
            if found:
                yield Finding(path, number, "registry-host", f"{found.group()}: package managers know their hosts by configuration")


def sizes(tree):
    for path in tree.sources():
        count = len(tree.files[path].splitlines())
        if count > SIZE_LIMIT:
            yield Finding(path, SIZE_LIMIT + 1, "file-size", f"{count} lines; at most {SIZE_LIMIT}")
