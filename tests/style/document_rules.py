# SPDX-License-Identifier: Apache-2.0
"""Rules that tie documents to the code: citations, the oracle table, links, deviations."""
import os
import re

from source_rules import GTEST, wire_structs
from tree import Finding

REFERENCES = "docs/spec-references.md"
TESTING = "docs/testing.md"
DEVIATIONS = "docs/deviations.md"

CITATION = re.compile(r"\[([^\[\]\n]*§[^\[\]\n]*)\]")
# Inside a citation: the words before each "§", unless it goes on from the one before it ("§A, §B").
CITED = re.compile(r"(?:^|[;,])\s*([^;,§]*?)\s*§")
NOTES = re.compile(r"\[[^\[\]\n]*\b[\w-]+\.md \d[^\[\]\n]*\]")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
ROW = re.compile(r"^\|(.*)\|\s*$")
TICKED = re.compile(r"`([^`]+)`")


def cells(line):
    found = ROW.match(line)
    return [cell.strip() for cell in found.group(1).replace("\\|", "\0").split("|")] if found else []


def table_rows(tree, path, heading):
    """Line number and cells of each row of the tables below a heading."""
    inside = False
    for number, line in tree.lines(path):
        if line.startswith("#"):
            inside = line.lstrip("# ").strip() == heading
        elif inside and line.startswith("|") and not re.match(r"^\|[\s:|-]+\|$", line):
            yield number, cells(line)


def defined_references(tree):
    return {tick for _, row in table_rows(tree, REFERENCES, "Keys") for tick in TICKED.findall(row[0])} if REFERENCES in tree.files else set()


def citations(tree):
    defined = defined_references(tree)
    for path in tree.matching(r"\.(h|cpp|c|py|sh|md|go|rs)$|CMakeLists\.txt$"):
        if path.startswith("tests/style/") or path == REFERENCES:
            continue
        for number, line in tree.lines(path):
            if path.endswith((".h", ".cpp")) and NOTES.search(line):
                yield Finding(path, number, "spec-reference", f"{NOTES.search(line).group()}: not a public source")
            for citation in CITATION.findall(line):
                for key in CITED.findall(citation):
                    if key and key not in defined:
                        yield Finding(path, number, "spec-reference", f"\"{key}\" is not a key of {REFERENCES}")


def test_names(tree):
    """Names as ctest has them, as far as the text shows: Suite.Test, and those of add_test()."""
    names = set()
    for path in tree.matching(r"^tests/.*\.cpp$"):
        for _, line in tree.lines(path):
            found = GTEST.match(line)
            if found:
                names.add(".".join(found.groups()))
    for path in tree.matching(r"^tests/.*CMakeLists\.txt$"):
        text = tree.files[path]
        for client, cases in re.findall(r"swtee_conformance\((\S+)\s+\d+\s+([^)]*)\)", text):
            names.update(f"conformance.{client}.{case}" for case in cases.split())
        names.update(f"fuzz-seeds.{target}" for target in re.findall(r"swtee_fuzz\((\w+)", text))
        names.update(f"style.{name}" for name in re.findall(r"swtee_style\(([\w-]+)", text))
    return names


def oracle_rows(tree):
    """Line number, structures and ctests of each row of the oracle table."""
    for number, row in table_rows(tree, TESTING, "Oracle table") if TESTING in tree.files else ():
        if row[0] not in ("what", "structure"):
            yield number, TICKED.findall(row[0]), TICKED.findall(row[-1])


def oracles(tree):
    names = test_names(tree)
    judged = set()
    for number, structures, tests in oracle_rows(tree):
        judged.update(structures)
        if not tests:
            yield Finding(TESTING, number, "oracle-test", "the row names no ctest")
        for test in tests:
            if test not in names:
                yield Finding(TESTING, number, "oracle-test", f"there is no test {test}")
    for path, line, name in wire_structs(tree):
        if name not in judged:
            yield Finding(path, line, "oracle", f"{name} has no row in the oracle table of {TESTING}")


def links(tree):
    folders = {path.rsplit("/", i)[0] for path in tree.files for i in range(1, path.count("/") + 1)}
    for path in tree.matching(r"\.md$"):
        for number, line in tree.lines(path):
            for target in LINK.findall(line):
                if re.match(r"^[a-z]+:", target):
                    continue
                wanted = os.path.normpath(os.path.join(os.path.dirname(path), target))
                if wanted not in tree.files and wanted not in folders:
                    yield Finding(path, number, "link", f"{target} does not exist")


def snippets(tree):
    """A block of C++ in a document is found, word for word, in a source file."""
    sources = [tree.files[path] for path in tree.cpp()]
    for path in tree.matching(r"\.md$"):
        for found in re.finditer(r"^```cpp\n(.*?)^```$", tree.files[path], re.DOTALL | re.MULTILINE):
            if not any(found.group(1) in text for text in sources):
                yield Finding(path, tree.files[path].count("\n", 0, found.start()) + 1, "snippet", "no source file has this code any more")


def deviations(tree):
    """A file whose comment says DEVIATION is named in the table of deviations."""
    marked = [(path, number) for path in tree.cpp() for number, line in tree.lines(path) if "DEVIATION:" in line]
    told = tree.files.get(DEVIATIONS, "")
    for path, number in marked:
        if path not in told:
            yield Finding(path, number, "deviation", f"{DEVIATIONS} does not name this file")
