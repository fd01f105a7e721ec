#!/usr/bin/env python3
"""A Count/Compare timer that only counts, as an adapter in Python: the protocol in its shortest form."""
import struct, sys

state = {"hertz": 100_000_000, "bias": 0, "compare": 0}  # Saved as 3 numbers of 8 bytes.


def ticks(now):
    return now * state["hertz"] // 1_000_000_000


def perform(verb, space, offset, now, value, extra):
    """Returns the value read and the status: 0 done, 2 no such function."""
    if verb == 0:  # reset
        state.update(hertz=value, compare=0, bias=0)
        state["bias"] = -ticks(now) % 2**32
    elif verb == 1 and space == 0:  # read
        return (state["compare"] if offset == 4 else (state["bias"] + ticks(now)) % 2**32), 0
    elif verb == 2 and space == 0 and offset == 4:
        state["compare"] = value % 2**32
    elif verb != 3:
        return 0, 2
    return 0, 0


def load(blob):
    state["hertz"], state["bias"], state["compare"] = struct.unpack("<QQQ", blob)


def save():
    return struct.pack("<QQQ", state["hertz"], state["bias"], state["compare"])


def batch(body, state_count):
    results, states = b"", b""
    for operation in struct.iter_unpack("<BBBBHHQQQ", body[24 * state_count:]):
        verb, space, _, _, offset, start, now, value, extra = operation
        if start:  # From a state of the request, not from where the last operation ended.
            load(body[24 * (start - 1):24 * start])
        result, status = perform(verb & 0x7f, space, offset, now, value, extra)
        results += struct.pack("<QQII", result, 2**64 - 1, 0, status)
        if verb & 0x80:
            states += save()
    return results + states, len(states) // 24


while len(header := sys.stdin.buffer.read(16)) == 16:
    size, number, kind, state_count, count = struct.unpack("<IIHHI", header)
    body = sys.stdin.buffer.read(size)
    if kind == 1:
        answer, saved = struct.pack("<IIIIQII64s", 2, 1, 1, 24, 100_000_000, 0, 0, b"python-timer"), 0
    else:
        answer, saved = batch(body, state_count)
    sys.stdout.buffer.write(struct.pack("<IIII", len(answer), number, count, saved) + answer)
    sys.stdout.buffer.flush()
