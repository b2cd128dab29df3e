# SPDX-License-Identifier: Apache-2.0
"""matrix.py PROGRAM-AND-ARGUMENTS: compares launch digests of sev-snp-measure with those of another program.

The released command line tool runs in this process (its main() with an argument list), the other one as a program that
takes the same options. Prints one line per difference, then counts. Images are given in OVMF_IMAGES as
NAME=PATH[,NAME=PATH…]; whether an image takes kernel hashes is what sev-snp-measure says.
"""

import contextlib
import io
import itertools
import os
import subprocess
import sys

from sevsnpmeasure import cli

VCPUS = ["1", "2", "4", "64"]
CPU_TYPES = ["EPYC-v4", "EPYC-Milan", "EPYC-Genoa", "EPYC-Turin"]
VMM_TYPES = ["QEMU", "ec2", "gce"]
GUEST_FEATURES = ["0x1", "0x21"]
BOOTS = {
    "none": [],
    "full": ["--kernel", "kernel.bin", "--initrd", "initrd.bin", "--append", "console=ttyS0 loglevel=7"],
    "bare": ["--kernel", "kernel.bin"],
}


def oracle(options):
    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["sev-snp-measure"] + options
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = cli.main()
    except SystemExit as exit_:
        status = exit_.code
    except Exception as error:  # a traceback is how the tool refuses some images
        return None, repr(error)
    return (out.getvalue().strip(), None) if status == 0 else (None, err.getvalue().strip().splitlines()[-1])


def subject(program, options):
    done = subprocess.run(program + options, capture_output=True, text=True, timeout=120)
    return (done.stdout.strip(), None) if done.returncode == 0 else (None, (done.stderr or done.stdout).strip())


def main():
    program = sys.argv[1:]
    vmm_types = os.environ.get("ONLY_VMM", " ".join(VMM_TYPES)).split()
    boots = os.environ.get("ONLY_BOOT", " ".join(BOOTS)).split()
    images = dict(pair.split("=", 1) for pair in os.environ["OVMF_IMAGES"].split(","))
    equal = refused = different = 0
    for (name, path), boot in itertools.product(images.items(), boots):
        seen = set()
        for vcpus, cpu, vmm, features in itertools.product(VCPUS, CPU_TYPES, vmm_types, GUEST_FEATURES):
            options = ["--mode", "snp", "--vcpus", vcpus, "--vcpu-type", cpu, "--vmm-type", vmm,
                       "--guest-features", features, "--ovmf", path] + BOOTS[boot]
            expected, why = oracle(options)
            got, error = subject(program, options)
            if expected is None and got is None:
                refused += 1
            elif expected == got:
                equal += 1
                seen.add(expected)
            else:
                different += 1
                print(f"DIFFERENT {name} {' '.join(options)}\n  sev-snp-measure: {expected or why}\n"
                      f"  {program[0]}: {got or error}")
        # ec2 and gce put no CPU signature into the VMSA, so that CPU types coincide there; nothing else may.
        wanted = len(VCPUS) * len(GUEST_FEATURES) * sum(len(CPU_TYPES) if vmm == "QEMU" else 1 for vmm in vmm_types)
        if seen and len(seen) != wanted:
            different += 1
            print(f"DIFFERENT {name} {boot}: {len(seen)} distinct digests, expected {wanted}")
    print(f"equal {equal} refused-by-both {refused} different {different}")
    return 1 if different or not equal else 0


sys.exit(main())
