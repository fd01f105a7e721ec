"""What is changed in the timer models: small changes, and the planted faults."""

import bisect
import os
import pathlib
import re
import sys

from swift_changes import blank, changes, regions

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODELS = "Sources/TimerModels"
PLANTED = ROOT / "scripts/mutate.d/planted"
# What no search should see, by file and function: how an address becomes a register, and texts for people. The
# worlds call what stands behind the registers.
UNSEEN = [
    (r"InterruptControllerRegisters\.swift", r".*"),
    (r"InterruptControllerRules\+Registers\.swift",
     r"isAligned|aprShift|(read|write)(Byte|Distributor|Interface)?"),
    (r".*", r"description"),
]


def fail(message):
    print(f"mutate: {message}", file=sys.stderr)
    sys.exit(2)


class Mutant:
    """One change of one file, in a region of it."""

    def __init__(self, path, text, line, region, start, end, new):
        self.path, self.line, self.region = path, line, region
        self.start, self.end, self.new = start, end, new
        first = text.rfind("\n", 0, start) + 1
        last = text.find("\n", end)
        self.old_line = " ".join(text[first:last].split())
        self.new_line = " ".join((text[first:start] + new + text[end:last]).split())

    @property
    def is_unseen(self):
        return any(re.fullmatch(file, self.path.name) and re.fullmatch(name, self.region.name)
                   for file, name in UNSEEN)

    @property
    def key(self):
        return self.path.name, self.region.name, self.old_line, self.new_line

    def body(self, text):
        return text[self.region.start : self.start] + self.new + text[self.end : self.region.end]

    def __str__(self):
        return f"{self.path.relative_to(ROOT)}:{self.line}  {self.region.name}\n" \
            f"    - {self.old_line}\n    + {self.new_line}"


def model_files():
    """All of the models' files; their names, by which the rest of this script knows them, are distinct."""
    found = sorted((ROOT / MODELS).rglob("*.swift"))
    if len({path.name for path in found}) != len(found):
        fail(f"two files below {MODELS} have one name")
    return found


def mutable(path):
    """Whether changes to a file can be faults: a fingerprint decides how fast a search is, and nothing else."""
    return not path.stem.endswith("+Fingerprint")


def all_mutants(pattern):
    found = []
    for path in model_files():
        if not mutable(path) or pattern not in str(path.relative_to(ROOT)):
            continue
        text = path.read_text()
        code = blank(text)
        breaks = [m.start() for m in re.finditer("\n", text)]
        spots = {}
        for region in regions(code):
            for start, end, new in changes(code, region):
                line = bisect.bisect_left(breaks, start) + 1
                around = code[code.rfind("\n", 0, start) + 1 : start]
                if not re.search(r"\bprecondition(Failure)?\(", around):
                    spots[start, end, new] = Mutant(path, text, line, region, start, end, new)
        found += [spots[spot] for spot in sorted(spots)]
    if not found:
        fail(f"no mutants in the files of {MODELS} whose path has '{pattern}' in it")
    return found


def planted_mutants():
    """The faults of the list, each with its name; a block that no longer fits its file is refused."""
    found, known = [], {}
    for block in re.split(r"^(?=@ )", PLANTED.read_text(), flags=re.M)[1:]:
        lines = [line for line in block.splitlines() if line and line[0] in "@=-+"]
        file, name = lines[0][2:].split()
        old, new = ("\n".join(line[1:] for line in lines if line[0] == mark) for mark in "-+")
        path = ROOT / MODELS / file
        text = path.read_text()
        if text.count(old) != 1:
            fail(f"{name}: its text stands {text.count(old)} times in {file}")
        # What the two have in common at either end is no part of the change.
        start, end = text.index(old), text.index(old) + len(old)
        head = len(os.path.commonprefix([old, new]))
        tail = len(os.path.commonprefix([old[head:][::-1], new[head:][::-1]]))
        start, end, new = start + head, end - tail, new[head : len(new) - tail]
        # Faults of one function are choices in one region.
        known.setdefault(path, regions(blank(text)))
        region = next((r for r in known[path] if r.start <= start and end <= r.end), None)
        if region is None:
            fail(f"{name}: it is not in one function of {file}")
        mutant = Mutant(path, text, text.count("\n", 0, start) + 1, region, start, end, new)
        mutant.name = name
        found.append(mutant)
    return found
