"""Count the vector instructions that compiled code executes.

A child process makes one call under single steps of the processor (ptrace); the addresses that it passes in generated
machine code are counted, and objdump names the instruction at each.  What is counted is what runs: inlined or called,
unrolled or not, remainder loops too.  Linux on x86-64 with objdump (binutils) only.
"""

import contextlib
import ctypes
import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from pathlib import Path

_TRACE_ME, _PEEK_USER, _SINGLE_STEP = 0, 3, 9
_INSTRUCTION_POINTER = 16 * 8
_LONGEST = 15
"""Bytes of the longest instruction."""

CLASSES = {
    "fused multiply-add": r"vf(n?m(add|sub)|maddsub|msubadd)\d{3}p[sd]",
    "add, multiply": r"v(add|sub|mul|addsub|min|max)p[sd]",
    "divide": r"vdivp[sd]",
    "root": r"vsqrtp[sd]",
    "convert, compare": r"v(cmp\w*p[sd]|cvt\w*[pq][sdq]\w*|(round|rndscale|getexp|getmant|reduce|scalef)p[sd])",
    "integer multiply": r"vpm(ul|add)\w+",
    "integer": (
        r"vp(add|sub|and|or|xor|ternlog|sll|srl|sra|rol|ror|shl|shr|abs|min|max|cmp|test)\w*|v(and|andn|or|xor)p[sd]"
    ),
    "scalar floating point": r"vf(n?m(add|sub))\d{3}s[sd]|v(add|sub|mul|div|sqrt|min|max)s[sd]",
}
"""Class of an instruction by its name; loads, stores, moves, blends, shuffles and all that is not vector: none."""


def available() -> bool:
    return platform.system() == "Linux" and platform.machine() == "x86_64" and shutil.which("objdump") is not None


@contextlib.contextmanager
def stopping_around(module: object, name: str):
    """Let the function ``name`` of a module stop the process before and after each call."""
    original = getattr(module, name)

    def stopping(*arguments):
        os.kill(os.getpid(), signal.SIGSTOP)
        original(*arguments)
        os.kill(os.getpid(), signal.SIGSTOP)

    setattr(module, name, stopping)
    try:
        yield
    finally:
        setattr(module, name, original)


def count(function: Callable[[], object]) -> Counter:
    """Names of the instructions between the first two stops of a function, and how often each is executed.

    The function must have run once before, so that nothing is compiled.

    Raises
    ------
    RuntimeError
        If the child ends before its second stop, or tracing is not allowed.
    """
    return _named(_addresses(function))


def classify(counts: Counter) -> Counter:
    """Instructions by class (`CLASSES`)."""
    result = Counter()
    for name, times in counts.items():
        for label, pattern in CLASSES.items():
            if re.fullmatch(pattern, name):
                result[label] += times
                break
    return result


def _addresses(function: Callable[[], object]) -> Counter:
    """How often each address in memory without a file, where generated code lives, is passed."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    child = os.fork()
    if child == 0:
        try:
            libc.ptrace(_TRACE_ME, 0, None, None)
            function()
        finally:
            os._exit(1)
    try:
        _wait_for_stop(child)
        starts, ends = _generated_code()
        passed = Counter()
        while True:
            libc.ptrace(_SINGLE_STEP, child, None, None)
            _, status = os.waitpid(child, 0)
            if not os.WIFSTOPPED(status):
                raise RuntimeError("the traced process ended")
            if os.WSTOPSIG(status) == signal.SIGSTOP:
                return passed
            passed_at = libc.ptrace(_PEEK_USER, child, _INSTRUCTION_POINTER, None)
            index = bisect_right(starts, passed_at) - 1
            if index >= 0 and passed_at < ends[index]:
                passed[passed_at] += 1
    finally:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _wait_for_stop(child: int) -> None:
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status) or os.WSTOPSIG(status) != signal.SIGSTOP:
        raise RuntimeError("the traced process did not stop where it should: is tracing allowed here?")


def _generated_code() -> tuple[list[int], list[int]]:
    """Bounds of executable memory of this process, and of its child, that belongs to no file."""
    ranges = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        fields = line.split()
        if "x" in fields[1] and len(fields) == 5:
            ranges.append(tuple(int(bound, 16) for bound in fields[0].split("-")))
    ranges.sort()
    return [start for start, _ in ranges], [end for _, end in ranges]


def _named(passed: Counter) -> Counter:
    """Names of the instructions at addresses of this process."""
    code, offsets, run_start = bytearray(), {}, None
    addresses = sorted(passed)
    for address, following in zip(addresses, [*addresses[1:], None], strict=True):
        # Straight runs are copied as they stand; what follows a run is padded, or the next one would be misread.
        if run_start is None:
            run_start = address
            base = len(code)
        offsets[base + address - run_start] = address
        if following is None or following - address > _LONGEST:
            code += ctypes.string_at(run_start, address - run_start + _LONGEST)
            code += b"\x90" * (2 * _LONGEST)
            run_start = None
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(bytes(code))
        file.flush()
        command = ["objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "--no-show-raw-insn", "-w", file.name]
        listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    result, seen = Counter(), 0
    for match in re.finditer(r"^\s*([0-9a-f]+):\s+(\S+)", listing, re.MULTILINE):
        address = offsets.get(int(match[1], 16))
        if address is None:
            continue
        seen += 1
        result[match[2]] += passed[address]
    if seen != len(addresses):
        raise RuntimeError(f"objdump names {seen} of {len(addresses)} instructions")
    return result
