# SPDX-License-Identifier: Apache-2.0
"""Who may include whom. docs/architecture.md explains the table; this file enforces it.

A folder may include itself and what its row names. A row entry that ends in ".h" allows that one header.
"""
import re

from tree import Finding

ABI = ("swtee/abi",)
LOW = ABI + ("firmware/contract",)
FIRMWARE = LOW + ("firmware/trace", "firmware/crypto", "firmware/platform", "swtee/rules")
GUEST = LOW + ("firmware/crypto",)
MODEL = LOW + ("firmware/platform", "swtee/rules")

ALLOWED = {
    "firmware/include/swtee/abi": ABI,
    "firmware/include/swtee/rules": (),
    "firmware/contract": ABI,
    "firmware/trace": LOW,
    "firmware/crypto": LOW + ("firmware/trace",),
    "firmware/platform": LOW + ("firmware/trace", "firmware/crypto", "swtee/rules"),
    "firmware/keys": FIRMWARE,
    "firmware/snp": FIRMWARE + ("firmware/keys",),
    "firmware/tdx": FIRMWARE + ("firmware/keys",),
    "guest/snp": GUEST,
    "guest/tdx": GUEST,
    "guest/measure": GUEST,
    "guest/verifier": GUEST,
    "sim/memory": MODEL + ("firmware/crypto",),
    "sim/cpu": MODEL + ("sim/memory",),
    # The settings of a platform are the firmware's own types; nothing else of the firmware is known here.
    "sim/config": MODEL + ("firmware/keys/universe.h", "firmware/snp/settings.h", "firmware/tdx/settings.h"),
    "sim/machine": FIRMWARE + ("firmware/keys", "firmware/snp", "firmware/tdx", "sim/config", "sim/memory", "sim/cpu"),
    "sim/replay": LOW + ("firmware/crypto", "firmware/platform", "swtee/rules", "sim/config", "sim/machine"),
    # A host knows the firmware as its driver does: by the names of commands and the wire form of what a provider loads.
    "sim/host": MODEL + ("firmware/crypto", "firmware/snp/command_table.h", "firmware/keys/vlek.h", "guest/snp", "sim/machine"),
    "sim/measure": LOW + ("firmware/crypto", "guest/measure", "sim/host"),
    "sim/vendor": MODEL + ("firmware/crypto", "firmware/keys"),
    # A client knows nothing of the service that it talks to.
    "sim/vendor/kds_client": GUEST,
    "sim/embedded": FIRMWARE + ("firmware/snp/wire_ecdsa.h", "guest/snp", "guest/verifier", "sim/config", "sim/host",
                                "sim/machine", "sim/measure", "sim/vendor"),
    "sim/sandbox": LOW + ("guest/snp",),
    "sim/scenario": MODEL + ("guest", "sim/config", "sim/machine", "sim/host", "sim/embedded"),
    "sim/transport": MODEL + ("sim/machine",),
    "sim/capi": MODEL + ("sim/machine", "sim/config", "sim/replay", "firmware/snp/command_table.h"),
    "sim/cli": FIRMWARE + ("guest", "sim/config", "sim/embedded", "sim/host", "sim/measure", "sim/sandbox", "sim/vendor",
                           "sim/machine", "sim/replay", "sim/scenario", "sim/transport"),
}

# Libraries, and the folders where they may appear.
LIBRARIES = (
    ("openssl-place", re.compile(r"^openssl/"), ("firmware/crypto", "tests"), "<openssl/*> belongs in firmware/crypto"),
    ("options-place", re.compile(r"^boost/program_options"), ("sim/cli", "tests"), "Boost.Program_options belongs in sim/cli"),
    ("json-place", re.compile(r"^nlohmann/"), ("sim/config", "sim/cli", "sim/replay", "sim/scenario", "sim/vendor", "tests"),
     "nlohmann/json belongs in sim/config, sim/cli, sim/replay, sim/scenario and sim/vendor"),
    ("boost-place", re.compile(r"^boost/(?!program_options)"), ("sim/vendor", "sim/transport", "tests"),
     "Boost.Beast and Boost.Asio belong in sim/vendor"),
)

# The machine is a library without I/O: these parts may not reach the system by themselves.
PURE = ("firmware", "guest", "sim/memory", "sim/cpu", "sim/config", "sim/machine", "sim/capi", "sim/host")
SYSTEM_HEADER = re.compile(r"^(unistd\.h|fcntl\.h|poll\.h|pthread\.h|signal\.h|sys/.*|linux/.*|netinet/.*|arpa/.*|thread|fstream|iostream|"
                           r"filesystem|future|condition_variable|random|ctime|time\.h)$")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    """The row of the table that a file belongs to: the longest that fits."""
    rows = [row for row in ALLOWED if path.startswith(row + "/")]
    return max(rows, key=len) if rows else None


def target_of(included):
    """An include as the path of the table's names."""
    return included.replace("firmware/include/", "", 1)


def is_ours(included):
    return included.startswith(("firmware/", "guest/", "sim/", "swtee/", "tests/"))


def within(target, allowed):
    """Whether an allowed entry covers the include. "sim/vendor" does not cover "sim/vendor/kds_client" for folders but sim/cli."""
    return any(target == entry or target.startswith(entry + "/") for entry in allowed)


def includes(tree, path):
    for number, line in tree.lines(path):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1), found.group(2)


def check(tree):
    for path in tree.cpp():
        if path.startswith("tests/"):
            continue
        row = folder_of(path)
        if row is None:
            yield Finding(path, 1, "layer", "the folder is not in the table of tests/style/layers.py")
            continue
        own = target_of(row)
        for number, quote, included in includes(tree, path):
            if not is_ours(included):
                if quote == '"':
                    yield Finding(path, number, "include-form", f'"{included}" must be written from the repository root')
                continue
            target = target_of(included)
            # A folder's own headers, except those of a folder inside it that has a row of its own.
            if within(target, (own,)) and folder_of(included.replace("swtee/", "firmware/include/swtee/", 1)) in (row, None):
                continue
            nested = target.startswith("sim/vendor/kds_client/") and row != "sim/cli"
            if nested or not within(target, ALLOWED[row]):
                yield Finding(path, number, "layer", f"{row} may not include {included}")


def libraries(tree):
    for path in tree.cpp():
        for number, _, included in includes(tree, path):
            for rule, pattern, places, text in LIBRARIES:
                if pattern.match(included) and not within(path, places):
                    yield Finding(path, number, rule, f"{included}: {text}")
            if SYSTEM_HEADER.match(included) and within(path, PURE):
                yield Finding(path, number, "pure", f"<{included}>: {path.split('/')[0]} and the model reach the system through ports only")
