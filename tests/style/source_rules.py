# SPDX-License-Identifier: Apache-2.0
"""Rules about C++ and its tests: names, labels, wire structures."""
import re

from tree import Finding

GTEST = re.compile(r"^\s*(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)")
# Folder to the labels that its tests may have.
LABELS = {
    "unit": ("unit", "vectors"),
    "command": ("command", "state"),
    "property": ("property",),
    "vectors": ("vectors",),
    "sandbox": ("sandbox",),
    "scenario": ("scenario",),
    "bench": ("bench",),
    "cli": ("cli",),
    "capi": ("capi", "vectors"),
    "state": ("state",),
}
KNOWN_LABELS = sorted({label for labels in LABELS.values() for label in labels}
                      | {"conformance", "fuzz-seeds", "style", "qemu", "qemu-boot"})
SWTEE_TEST = re.compile(r"swtee_test\(\s*(\w+)\s+LABEL\s+([\w-]+)(.*?)\)", re.DOTALL)

WIRE_MEMBER = re.compile(r"^\s*(u8|le16|le32|le64|Bytes<)[\s\w<]", re.MULTILINE)
STRUCT = re.compile(r"^struct\s+(\w+)[^;{]*\{", re.MULTILINE)


def test_names(tree):
    for path in tree.matching(r"^tests/.*\.cpp$"):
        for number, line in tree.lines(path):
            found = GTEST.match(line)
            for name in found.groups() if found else ():
                if "_" in name:
                    yield Finding(path, number, "test-name", f"{name}: GoogleTest names have no underscore")


def labels(tree):
    """Each *_test.cpp belongs to a swtee_test() of its folder, under a label that fits the folder."""
    labelled = {}
    for path in tree.matching(r"^tests/.*CMakeLists\.txt$"):
        folder = path.rsplit("/", 1)[0]
        for name, label, rest in SWTEE_TEST.findall(tree.files[path]):
            for file in re.findall(r"[\w./-]+\.cpp", rest):
                labelled.setdefault(f"{folder}/{file}", []).append((path, name, label))
    for path in tree.matching(r"^tests/.*_test\.cpp$"):
        kind = path.split("/")[1]
        if path not in labelled:
            yield Finding(path, 1, "test-label", "no swtee_test() of its folder names this file: it never runs")
        for _, name, label in labelled.get(path, ()):
            if label not in LABELS.get(kind, ()):
                yield Finding(path, 1, "test-label", f"{name} has the label {label}; tests/{kind} has {' or '.join(LABELS.get(kind, ('none',)))}")


def body_after(text, start):
    depth = 0
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return text[start:at]
    return text[start:]


def wire_structs(tree):
    """Path, line and name of each wire structure of the public ABI: a struct with wire integers or byte strings in it."""
    for path in tree.matching(r"^firmware/include/swtee/abi/.*\.h$"):
        text = tree.files[path]
        for found in STRUCT.finditer(text):
            if WIRE_MEMBER.search(body_after(text, found.end() - 1)):
                yield path, text.count("\n", 0, found.start()) + 1, found.group(1)


def wire_sizes(tree):
    for path, line, name in wire_structs(tree):
        if not re.search(rf"SWTEE_WIRE_SIZE\({name},", tree.files[path]):
            yield Finding(path, line, "wire-size", f"{name} has no SWTEE_WIRE_SIZE beneath it")


def own_header_first(tree):
    """x.cpp includes x.h first, so that each build proves that x.h needs nothing before it."""
    for path in tree.matching(r"^(firmware|guest|sim)/.*\.cpp$"):
        header = path[:-4] + ".h"
        if header not in tree.files:
            continue
        first = re.search(r'^#include\s*["<]([^">]+)', tree.files[path], re.MULTILINE)
        if first is None or first.group(1) != header:
            yield Finding(path, 1, "own-header-first", f"the first include must be \"{header}\"")
