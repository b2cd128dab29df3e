#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""selftest.py: each rule must report a small bad input, where it is bad, and be silent about the good one beside it."""
import os
import shutil
import sys
import tempfile

import check
import headers
import inventory
from tree import Tree

CPP = "// SPDX-License-Identifier: Apache-2.0\n"
REFERENCES = {"docs/spec-references.md": "# R\n\n## Keys\n\n| key | what |\n|---|---|\n| `SNP-ABI r1.58` | x |\n| `GHCB r2.03` | y |\n"}
ABI = "firmware/include/swtee/abi/snp/x.h"
STRUCT = CPP + "struct Thing {\n  le32 a;\n};\nSWTEE_WIRE_SIZE(Thing, 4);\n"
TABLE = "# T\n\n## Oracle table\n\n| structure | oracle | ctest |\n|---|---|---|\n"
UNIT = "swtee_test(t LABEL unit\n  SOURCES a_test.cpp b_test.cpp\n  DEPENDS x)\n"
TEST = CPP + "TEST(Suite, SaysWhat) {}\n"
KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w" + "\n"


def include(line):
    return CPP + f"#include {line}\n"


# Rule, bad files, where it must be reported, good files.
CASES = (
    ("layer", {"firmware/snp/a.h": include('"firmware/tdx/b.h"')}, ("firmware/snp/a.h", 2), {"firmware/snp/a.h": include('"firmware/keys/b.h"')}),
    ("layer", {"firmware/tdx/a.h": include('"firmware/snp/b.h"')}, ("firmware/tdx/a.h", 2), {"firmware/tdx/a.h": include('"firmware/tdx/b.h"')}),
    ("layer", {"guest/snp/a.h": include('"sim/host/b.h"')}, ("guest/snp/a.h", 2), {"guest/snp/a.h": include('"firmware/crypto/b.h"')}),
    ("layer", {"guest/verifier/a.h": include('"firmware/keys/b.h"')}, ("guest/verifier/a.h", 2), {"guest/verifier/a.h": include("<swtee/abi/snp/report.h>")}),
    ("layer", {"sim/memory/a.h": include('"sim/cpu/b.h"')}, ("sim/memory/a.h", 2), {"sim/cpu/a.h": include('"sim/memory/b.h"')}),
    ("layer", {"sim/config/a.h": include('"firmware/snp/world.h"')}, ("sim/config/a.h", 2), {"sim/config/a.h": include('"firmware/snp/settings.h"')}),
    ("layer", {"sim/vendor/a.h": include('"sim/vendor/kds_client/b.h"')}, ("sim/vendor/a.h", 2), {"sim/vendor/a.h": include('"sim/vendor/b.h"')}),
    ("layer", {"sim/vendor/kds_client/a.h": include('"sim/vendor/b.h"')}, ("sim/vendor/kds_client/a.h", 2), {"sim/cli/a.h": include('"sim/vendor/kds_client/b.h"')}),
    ("layer", {"sim/sandbox/a.h": include('"sim/embedded/b.h"')}, ("sim/sandbox/a.h", 2), {"sim/embedded/a.h": include('"sim/host/b.h"')}),
    ("layer", {"firmware/new/a.h": CPP}, ("firmware/new/a.h", 1), {"firmware/crypto/a.h": CPP}),
    ("include-form", {"sim/host/a.h": include('"b.h"')}, ("sim/host/a.h", 2), {"tests/unit/a.h": include('"b.h"')}),
    ("openssl-place", {"firmware/keys/a.h": include("<openssl/evp.h>")}, ("firmware/keys/a.h", 2), {"firmware/crypto/a.h": include("<openssl/evp.h>")}),
    ("options-place", {"sim/config/a.h": include("<boost/program_options.hpp>")}, ("sim/config/a.h", 2), {"sim/cli/a.h": include("<boost/program_options.hpp>")}),
    ("json-place", {"sim/host/a.h": include("<nlohmann/json.hpp>")}, ("sim/host/a.h", 2), {"sim/config/a.h": include("<nlohmann/json.hpp>")}),
    ("boost-place", {"sim/sandbox/a.h": include("<boost/asio.hpp>")}, ("sim/sandbox/a.h", 2), {"sim/vendor/a.h": include("<boost/asio/ssl.hpp>")}),
    ("pure", {"sim/machine/a.h": include("<unistd.h>")}, ("sim/machine/a.h", 2), {"sim/sandbox/a.h": include("<unistd.h>")}),
    ("spdx", {"sim/cli/a.cpp": "int a;\n"}, ("sim/cli/a.cpp", 1), {"bootstrap": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n"}),
    ("spdx", {"firmware/include/swtee/rules/a.h": CPP}, ("firmware/include/swtee/rules/a.h", 1),
     {"firmware/include/swtee/rules/a.h": "/* SPDX-License-Identifier: MIT */\n"}),
    ("path-name", {"sim/util/a.txt": ""}, ("sim/util/a.txt", 1), {"sim/utility/a.txt": ""}),
    ("path-name", {"sim/host/helpers.txt": ""}, ("sim/host/helpers.txt", 1), {"sim/host/base64.txt": ""}),
    ("unfinished", {"a.md": "fine\nTO" + "DO later\n"}, ("a.md", 2), {"a.md": "mkdtemp XXXXXX\n"}),
    ("private-key", {"tests/a.txt": "x\n" + KEY}, ("tests/a.txt", 2), {"sim/vendor/test-roots/a.pem": KEY, "a.md": "-----BEGIN " + "PRIVATE KEY-----\n"}),
    ("private-key", {"docs/a.txt": "TEST ONLY key\n" + KEY}, ("docs/a.txt", 2), {"tests/a.txt": "TEST ONLY key\n" + KEY}),
    ("machine-path", {"a.md": "see /ro" + "ot/notes\n"}, ("a.md", 1), {"a.md": "/sys/kernel, ~/work, $ROOT/work/x, and/or/work\n"}),
    ("registry-host", {"a.md": "\nfrom https://pypi" + ".org/simple\n"}, ("a.md", 2), {"x/Cargo.lock": "registry+https://github.com/rust-lang/crates" + ".io-index\n"}),
    ("registry-host", {"a.md": "https://go" + "proxy.example/x\n"}, ("a.md", 1), {"a.md": "https://kdsintf.amd.com\n"}),
    ("file-size", {"sim/cli/a.cpp": CPP + "\n" * 600}, ("sim/cli/a.cpp", 601), {"sim/cli/a.cpp": CPP + "\n" * 599}),
    ("test-name", {"tests/unit/a.cpp": CPP + "TEST(Suite, Says_what) {}\n"}, ("tests/unit/a.cpp", 2), {"tests/unit/a.cpp": TEST}),
    ("test-label", {"tests/unit/a_test.cpp": TEST}, ("tests/unit/a_test.cpp", 1),
     {"tests/unit/a_test.cpp": TEST, "tests/unit/CMakeLists.txt": "# SPDX-License-Identifier: Apache-2.0\n" + UNIT}),
    ("test-label", {"tests/command/a_test.cpp": TEST, "tests/command/CMakeLists.txt": UNIT}, ("tests/command/a_test.cpp", 1),
     {"tests/command/a_test.cpp": TEST, "tests/command/CMakeLists.txt": UNIT.replace("unit", "command")}),
    ("wire-size", {ABI: STRUCT.replace("SWTEE_WIRE_SIZE(Thing, 4);", "")}, (ABI, 2), {ABI: STRUCT}),
    ("own-header-first", {"sim/host/a.h": CPP, "sim/host/a.cpp": include("<vector>")}, ("sim/host/a.cpp", 1),
     {"sim/host/a.h": CPP, "sim/host/a.cpp": include('"sim/host/a.h"')}),
    ("spec-reference", {**REFERENCES, "a.md": "[SNP-ABI r1.54 §X]\n"}, ("a.md", 1), {**REFERENCES, "a.md": "[SNP-ABI r1.58 §X, §Y; GHCB r2.03 §Z]\n"}),
    ("spec-reference", {**REFERENCES, "sim/cli/a.h": CPP + "// [notes.md 3]\n"}, ("sim/cli/a.h", 2), {**REFERENCES, "a.md": "[notes](notes.md)\n", "notes.md": ""}),
    ("oracle", {ABI: STRUCT, "docs/testing.md": TABLE}, (ABI, 2),
     {ABI: STRUCT, "docs/testing.md": TABLE + "| `Thing` | somebody else | `Suite.SaysWhat` |\n", "tests/unit/a.cpp": TEST}),
    ("oracle-test", {"docs/testing.md": TABLE + "| `Thing` | nobody | `Suite.IsNoTest` |\n"}, ("docs/testing.md", 7),
     {"docs/testing.md": TABLE + "| `Thing` | somebody else | `conformance.tool.milan` |\n", "tests/CMakeLists.txt": "swtee_conformance(tool 60 milan genoa)\n"}),
    ("oracle-test", {"docs/testing.md": TABLE + "| `Thing` | nobody | |\n"}, ("docs/testing.md", 7),
     {"docs/testing.md": TABLE + "| `Thing` | somebody else | `fuzz-seeds.x` |\n", "tests/CMakeLists.txt": "swtee_fuzz(x SOURCES a.cpp)\n"}),
    ("link", {"docs/a.md": "\n[x](b.md)\n"}, ("docs/a.md", 2), {"docs/a.md": "[x](b.md#part) [y](../docs) [z](https://example.org)\n", "docs/b.md": ""}),
    ("snippet", {"a.md": "\n```cpp\nint a;\n```\n", "sim/cli/a.cpp": CPP + "int b;\n"}, ("a.md", 2), {"a.md": "```cpp\nint a;\n```\n", "sim/cli/a.cpp": CPP + "int a;\n"}),
    ("deviation", {"sim/cli/a.h": CPP + "/// DEVIATION: ours.\n", "docs/deviations.md": ""}, ("sim/cli/a.h", 2),
     {"sim/cli/a.h": CPP + "/// DEVIATION: ours.\n", "docs/deviations.md": "`sim/cli/a.h`\n"}),
)


def breaches(files, rule):
    return [(f.path, f.line) for f in check.findings(Tree(files)) if f.rule == rule]


def text_rules():
    for rule, bad, where, good in CASES:
        found = breaches(bad, rule)
        if found != [where]:
            yield f"{rule}: reported {found} instead of {where} in {sorted(bad)}"
        if breaches(good, rule):
            yield f"{rule}: reported {breaches(good, rule)}, which is right"
    # A rule that no case makes fail is a rule nobody has seen work.
    for function in check.RULES:
        name = f"{function.__module__}.{function.__name__}"
        if not any(any(f.rule == rule for f in function(Tree(bad))) for rule, bad, _, _ in CASES):
            yield f"{name}: no case of the self-test makes it report something"


def header_rule():
    compiler = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    with tempfile.TemporaryDirectory(prefix="swtee-style-") as root:
        for name, text in (("good.h", "#pragma once\n#include <vector>\nstruct Good { std::vector<int> a; };\n"),
                           ("needy.h", "#pragma once\nstd::vector<int> a();\n"), ("twice.h", "struct Twice {};\n")):
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(text)
        for name, good in (("good.h", True), ("needy.h", False), ("twice.h", False)):
            if (headers.breach(root, root, compiler, name, "c++") is None) != good:
                yield f"self-contained: {name} is judged wrongly"


def inventory_rule():
    tests = {"A.Right": ["unit"], "B.None": [], "C.Two": ["unit", "vectors"], "D.Unknown": ["slow"], "Every/P.Test/0": ["unit"]}
    if [f.text.split()[0] for f in inventory.label_findings(tests)] != ["B.None", "C.Two", "D.Unknown"]:
        yield "inventory: labels are judged wrongly"
    rows = TABLE + "| `X` | o | `A.Right` `P.Test` |\n| `Y` | o | `A.Wrong` |\n"
    if [f.line for f in inventory.oracle_findings(Tree({"docs/testing.md": rows}), tests)] != [8]:
        yield "inventory: oracles are judged wrongly"


def main():
    wrong = [*text_rules(), *header_rule(), *inventory_rule()]
    for line in wrong:
        print(line)
    print(f"{len(CASES)} cases, {len(check.RULES)} rules, {len(wrong)} findings")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
