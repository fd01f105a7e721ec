#!/usr/bin/env python3
"""Another adapter's device with a historic bug, or a habit of its own: faulty.py targets|sign|once|later|looks COMMAND...

targets: whatever is written to GICD_ITARGETSR, a shared interrupt goes to both CPUs.
sign: CNTP_TVAL is read with its sign spread over 64 bits.
once: every value that the first request reads is wrong by one bit, and no other.
later: every value that another request than the first reads is.
looks: no fault; a generic timer looks for what is due whenever it is read.
"""
import struct, subprocess, sys

HEADER, ANSWER, OPERATION, RESULT = "<IIHHI", "<IIII", "<BBBBHHQQQ", "<QQII"
READ, WRITE, WAKE_UP, SAVE, STATE_SIZE = 1, 2, 3, 0x80, 8
DISTRIBUTOR, GENERIC, ITARGETSR, CNTP_TVAL = 2, 4, range(0x820, 0x840), 0x34

fault, command = sys.argv[1], sys.argv[2:]
is_first = True
device = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def is_hit(operation):
    verb, space, _, _, offset = operation[:5]
    if fault == "looks":
        return (verb & ~SAVE, space) == (READ, GENERIC)
    if fault in ("once", "later"):
        return (verb & ~SAVE) == READ and is_first == (fault == "once")
    if fault == "targets":
        return (verb & ~SAVE, space) == (WRITE, DISTRIBUTOR) and offset in ITARGETSR
    return (verb & ~SAVE, space) == (READ, GENERIC) and offset == CNTP_TVAL


def spread(result):
    value, alarm, lines, status = result
    if fault in ("once", "later"):
        return (value ^ 1, alarm, lines, status)
    return (value | 0xffffffff00000000 if value >> 31 & 1 else value, alarm, lines, status)


def looking(operations, marked):
    for operation, hit in zip(operations, marked):
        if hit:
            yield (WAKE_UP, 0, 0, 0, 0, operation[5], *operation[6:])
            operation = (*operation[:5], 0, *operation[6:])
        yield operation


while len(header := sys.stdin.buffer.read(16)) == 16:
    size, _, kind, state_count, count = struct.unpack(HEADER, header)
    body = sys.stdin.buffer.read(size)
    states = body[:STATE_SIZE * state_count]
    operations = list(struct.iter_unpack(OPERATION, body[len(states):])) if kind == 2 else []
    marked = [is_hit(operation) for operation in operations]
    is_first = is_first and kind != 2
    if fault == "targets":
        operations = [(*o[:7], 3, o[8]) if hit else o for o, hit in zip(operations, marked)]
    if fault == "looks" and kind == 2:
        operations = list(looking(operations, marked))
        header = struct.pack(
            HEADER, len(states) + 32 * len(operations), *struct.unpack(HEADER, header)[1:4], len(operations))
    device.stdin.write(header + states + b"".join(struct.pack(OPERATION, *o) for o in operations))
    device.stdin.flush()
    answer = device.stdout.read(16)
    rest = device.stdout.read(struct.unpack(ANSWER, answer)[0])
    if fault == "looks" and kind == 2:
        results = iter(struct.iter_unpack(RESULT, rest[:24 * len(operations)]))
        kept = [(hit and next(results), next(results))[1] for hit in marked]
        rest = b"".join(struct.pack(RESULT, *r) for r in kept) + rest[24 * len(operations):]
        number, saved = struct.unpack(ANSWER, answer)[1::2]
        answer = struct.pack(ANSWER, len(rest), number, count, saved)
    elif fault != "targets" and kind == 2:
        results = list(struct.iter_unpack(RESULT, rest[:24 * count]))
        results = [spread(r) if hit else r for r, hit in zip(results, marked)]
        rest = b"".join(struct.pack(RESULT, *r) for r in results) + rest[24 * count:]
    sys.stdout.buffer.write(answer + rest)
    sys.stdout.buffer.flush()
