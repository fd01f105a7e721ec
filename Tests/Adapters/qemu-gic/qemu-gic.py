#!/usr/bin/env python3
"""QEMU's own GICv2 as an adapter's device, driven over -qtest: Debian's qemu-system-arm, Python 3.8.

One CPU: under -accel tcg -S an access is made by "the current CPU", of which there is one only then. The
device cannot be saved, so it can be checked, compared and given to `conform`, and not searched.
"""
import json, os, shutil, socket, struct, subprocess, sys, tempfile

DISTRIBUTOR, CPU_INTERFACE = 0x08000000, 0x08010000  # of -machine virt
SPIS = 256  # of virt's GIC: its inputs are these first, and then 32 per CPU
NO_ALARM = 2**64 - 1
RESET, READ, WRITE, WAKE_UP, SET_LINE = range(5)
DONE, UNSUPPORTED = 0, 2


class QEMU:
    def __init__(self, folder):
        listeners = [self.listen(f"{folder}/{name}") for name in ("qtest", "qmp")]
        self.process = subprocess.Popen(
            ["qemu-system-arm", "-accel", "tcg", "-S", "-nodefaults", "-display", "none", "-smp", "1",
             "-machine", "virt,gic-version=2", "-cpu", "cortex-a15", "-qtest", f"unix:{folder}/qtest",
             "-qtest-log", "/dev/null", "-qmp", f"unix:{folder}/qmp"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.qtest, self.qmp = (listener.accept()[0].makefile("rw") for listener in listeners)
        self.irq = False
        self.high = set()
        self.command("qmp_capabilities")
        self.gic = self.find("arm_gic")
        self.ask([f"irq_intercept_in {self.find('cortex-a15-arm-cpu')}"])

    @staticmethod
    def listen(path):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(10)
        return listener

    def command(self, name, until="return", **arguments):
        self.qmp.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.qmp.flush()
        while True:
            answer = json.loads(self.qmp.readline())
            if until in answer or answer.get("event") == until:
                return answer.get("return")

    def find(self, kind):
        folder = "/machine/unattached"
        for entry in self.command("qom-list", path=folder):
            if entry["type"] == f"child<{kind}>":
                return f"{folder}/{entry['name']}"
        sys.exit(f"qemu-gic: this QEMU has no {kind}")

    def ask(self, lines):
        """The values that the commands answer, and the level of the CPU's IRQ after each."""
        self.qtest.write("".join(line + "\n" for line in lines))
        self.qtest.flush()
        answers = []
        while len(answers) < len(lines):
            words = self.qtest.readline().split()
            if words[0] == "IRQ":
                self.irq = words[1] == "raise" if words[2] == "0" else self.irq
            elif words[0] == "OK":
                answers.append((int(words[1], 16) if len(words) > 1 else 0, self.irq))
            else:
                sys.exit(f"qemu-gic: {lines[len(answers)]}: {' '.join(words)}")
        return answers

    def reset(self):
        """QEMU's reset leaves the inputs, the output until the next write, and (its fault: nothing in
        arm_gic_common_reset_irq_state clears `apr`) the priorities that were active."""
        self.ask([self.input(line, 0) for line in sorted(self.high)])
        self.command("system_reset", until="RESET")
        self.ask([f"writel {CPU_INTERFACE + 0xd0 + 4 * index} 0" for index in range(4)])

    def input(self, line, level):
        (self.high.add if level else self.high.discard)(line)
        return f"set_irq_in {self.gic} unnamed-gpio-in {line} {level}"


def command(qemu, verb, space, size, offset, value):
    """What an operation is in qtest's words; None where it is none of this device's."""
    if verb == SET_LINE and 16 <= offset < 64:
        line = offset - 32 if offset >= 32 else SPIS + offset
        return qemu.input(line, value)
    if verb in (READ, WRITE) and space in (2, 3) and size in (1, 4):
        address = (DISTRIBUTOR if space == 2 else CPU_INTERFACE) + offset
        width = "b" if size == 1 else "l"
        return f"read{width} {address}" if verb == READ else f"write{width} {address} {value}"
    return None


def perform(qemu, operations):
    """The results of a batch; resets aside, all in one go, 100 commands a write so that neither side blocks."""
    results, pending = [], []

    def flush():
        answers = []
        for start in range(0, len(pending), 100):
            answers += qemu.ask(pending[start:start + 100])
        for value, irq in answers:
            results.append((value, irq, DONE))
        pending.clear()

    for verb, space, cpu, size, offset, start, now, value, extra in operations:
        line = command(qemu, verb, space, size, offset, value) if cpu == 0 else None
        if line:
            pending.append(line)
            continue
        flush()
        if verb == RESET:
            qemu.reset()
        results.append((0, qemu.irq, DONE if verb in (RESET, WAKE_UP) else UNSUPPORTED))
    flush()
    return b"".join(
        struct.pack("<QQII", value, NO_ALARM, irq << 8, status) for value, irq, status in results)


def serve(qemu, requests, answers):
    while len(header := requests.read(16)) == 16:
        size, number, kind, states, count = struct.unpack("<IIHHI", header)
        body = requests.read(size)
        if kind == 1:
            answers.write(struct.pack("<IIII", 96, number, 0, 0))
            answers.write(struct.pack("<IIIIQII64s", 2, 4, 1, 0, 0, 0, 0, b"QEMU's GICv2"))
        else:
            results = perform(qemu, struct.iter_unpack("<BBBBHHQQQ", body))
            answers.write(struct.pack("<IIII", len(results), number, count, 0) + results)
        answers.flush()


folder = tempfile.mkdtemp()
try:
    qemu = QEMU(folder)
    shutil.rmtree(folder)
    serve(qemu, sys.stdin.buffer, os.fdopen(1, "wb"))
    qemu.process.kill()
finally:
    shutil.rmtree(folder, ignore_errors=True)
