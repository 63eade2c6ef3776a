"""The table of system calls."""

import re
from pathlib import Path

import pytest

from app.sandbox import seccomp

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
TABLES = (
    seccomp.REFUSED,
    seccomp.TO_ITSELF,
    seccomp.OF_ITSELF,
    seccomp.FOR_THREADS,
    seccomp.NOT_THERE,
)


@pytest.mark.parametrize("machine", seccomp.ARCHITECTURES)
def test_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip("the kernel's headers are not installed")
    defined = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", HEADERS[machine].read_text())
    numbers = {name: int(number) for name, number in defined}
    column = list(seccomp.ARCHITECTURES).index(machine)
    for table in TABLES:
        for name, row in table.items():
            assert row[column] == numbers.get(name), name
