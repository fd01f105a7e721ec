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


def batch(body, count, loaded):
    if loaded:
        load(body[:loaded])
    before, results, states = save(), b"", b""
    for operation in struct.iter_unpack("<BBBBIQQQ", body[loaded:]):
        verb, space, _, _, offset, now, value, extra = operation
        if verb & 0x80:  # from the start
            load(before)
        results += struct.pack("<QQII", *(lambda v, s: (v, 2**64 - 1, 0, s))(
            *perform(verb & 0x3f, space, offset, now, value, extra)))
        if verb & 0x40:
            states += save()
    return struct.pack("<HHI", count, len(states) // 24, 24), results + states


while len(header := sys.stdin.buffer.read(16)) == 16:
    size, number, kind, count, loaded = struct.unpack("<IIHHI", header)
    body = sys.stdin.buffer.read(size)
    if kind == 1:
        name = b"python-timer".ljust(64, b"\0")
        rest, answer = struct.pack("<HHI", 0, 0, 0), struct.pack("<IIIIQII", 1, 1, 1, 24, 100_000_000, 0, 0) + name
    else:
        rest, answer = batch(body, count, loaded)
    sys.stdout.buffer.write(struct.pack("<II", len(answer), number) + rest + answer)
    sys.stdout.buffer.flush()
