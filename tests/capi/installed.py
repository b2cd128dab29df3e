#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""installed.py CMAKE BUILD EXAMPLES CC CXX SANITIZERS: installs into a new folder, moves the folder, and builds and runs the example
programs with what is there: by CMake's find_package, by pkg-config, and statically.

What they print is compared with digests of tests/vectors/measure/pages.json, which an independent script computed.
Skips (77) when the program has not been built, unless SWTEE_REQUIRE_ALL=1.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

# One NORMAL page of zeros at GPA 0x1000, from an all-zero start.
DIGEST = "e6e4d78904d9d6b33c0cbfd121998fd2d11744dae606b3aee35e2a45d6869b60b35c63928a9232bef72d6be386f48ec6"
EXPECTED_FILES = (
    "bin/swtee", "include/swtee/swtee.h", "include/swtee/abi/wire.h", "include/swtee/abi/snp/commands.h", "include/swtee/rules/rmp.h",
    "share/bash-completion/completions/swtee", "share/doc/swtee/README.md", "share/doc/swtee/LICENSE", "share/doc/swtee/docs/library.md",
    "share/doc/swtee/examples/launch_guest.c", "share/doc/swtee/examples/CMakeLists.txt")
EXPECTED_LIBRARY_FILES = ("libswtee.so", "libswtee.so.0", "libswtee.a", "pkgconfig/swtee.pc", "cmake/swtee/swteeConfig.cmake",
                          "cmake/swtee/swteeConfigVersion.cmake", "cmake/swtee/swteeTargets.cmake")


class Failed(Exception):
    pass


def run(command, **more):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}")
    return done.stdout


def install(cmake, build, scratch):
    first = os.path.join(scratch, "first place")
    prefix = os.path.join(scratch, "second place")
    run([cmake, "--install", build, "--prefix", first])
    os.rename(first, prefix)
    return prefix


def check_tree(prefix, build):
    libraries = [folder for folder, _, files in os.walk(prefix) if "libswtee.so" in files]
    if len(libraries) != 1:
        raise Failed(f"libswtee.so is in {len(libraries)} places: {libraries}")
    wanted = [os.path.join(prefix, name) for name in EXPECTED_FILES]
    wanted += [os.path.join(libraries[0], name) for name in EXPECTED_LIBRARY_FILES]
    missing = [path for path in wanted if not os.path.exists(path)]
    if missing:
        raise Failed(f"not installed: {missing}")
    for folder, _, files in os.walk(prefix):
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith((".cmake", ".pc", ".h", ".md")):
                with open(path, encoding="utf-8") as file:
                    if build in file.read():
                        raise Failed(f"{path} names the build folder")
    run([os.path.join(prefix, "bin/swtee"), "--version"])
    return libraries[0]


def judge(command, digests, **more):
    printed = run(command, **more)
    found = re.findall(r"^measurement ([0-9a-f]{96})$", printed, re.MULTILINE)
    if found != [DIGEST] * digests:
        raise Failed(f"{command[0]} was to print {digests} x measurement {DIGEST}, and prints\n{printed}")
    print(f"{os.path.basename(command[0])}: {digests} x {DIGEST[:16]}...")


def by_find_package(cmake, prefix, examples, scratch, cc, cxx, flags):
    build = os.path.join(scratch, "by find_package")
    run([cmake, "-S", examples, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_C_COMPILER={cc}", f"-DCMAKE_CXX_COMPILER={cxx}",
         f"-DCMAKE_C_FLAGS={flags}", f"-DCMAKE_CXX_FLAGS={flags}"])
    run([cmake, "--build", build])
    judge([os.path.join(build, "launch_guest_c")], 1)
    judge([os.path.join(build, "launch_guest_cpp")], 2)
    judge([os.path.join(build, "launch_guest_static")], 1)


def by_pkg_config(prefix, libraries, examples, scratch, cc, cxx, flags):
    environment = {**os.environ, "PKG_CONFIG_PATH": os.path.join(libraries, "pkgconfig")}

    def options(*more):
        # One word a line would lose the blank in the path, which pkg-config escapes for a shell.
        return run(["pkg-config", *more, "--cflags", "--libs", "swtee"], env=environment).strip()

    def build(compiler, source, program, words):
        # "$0" and what follows are arguments; the words of pkg-config are the shell's to split.
        run(["sh", "-c", f'"$0" {flags} "$1" -o "$2" {words}', compiler, os.path.join(examples, source), os.path.join(scratch, program)])

    if run(["pkg-config", "--modversion", "swtee"], env=environment).strip().count(".") != 2:
        raise Failed("pkg-config --modversion swtee is not MAJOR.MINOR.PATCH")
    build(cc, "launch_guest.c", "c_by_pkg_config", options())
    build(cxx, "launch_guest.cpp", "cpp_by_pkg_config", "-std=c++20 " + options())
    found = {**os.environ, "LD_LIBRARY_PATH": libraries}
    judge([os.path.join(scratch, "c_by_pkg_config")], 1, env=found)
    judge([os.path.join(scratch, "cpp_by_pkg_config")], 2, env=found)
    # The static library, with the shared one out of the linker's sight.
    for name in os.listdir(libraries):
        if name.startswith("libswtee.so"):
            os.remove(os.path.join(libraries, name))
    build(cc, "launch_guest.c", "static_by_pkg_config", options("--static"))
    judge([os.path.join(scratch, "static_by_pkg_config")], 1)


def main(arguments):
    if len(arguments) != 6:
        print(__doc__, file=sys.stderr)
        return 2
    cmake, build, examples, cc, cxx, sanitizers = arguments
    if not os.path.exists(os.path.join(build, "bin/swtee")):
        print("not built: bin/swtee")
        return 1 if os.environ.get("SWTEE_REQUIRE_ALL") == "1" else 77
    flags = f"-fsanitize={sanitizers}" if sanitizers else ""
    scratch = tempfile.mkdtemp(prefix="swtee-installed-")
    try:
        prefix = install(cmake, build, scratch)
        libraries = check_tree(prefix, build)
        by_find_package(cmake, prefix, examples, scratch, cc, cxx, flags)
        if shutil.which("pkg-config") is None:
            raise Failed("there is no pkg-config")
        by_pkg_config(prefix, libraries, examples, scratch, cc, cxx, flags)
        return 0
    except Failed as failure:
        print(failure)
        return 1
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
