// The built-in guests: GUEST(symbol, name, summary). The symbol is the one that NAME.S gives to
// GUEST_BEGIN; the order is that of `swvmm images`.

GUEST(hello, "hello", "prints a greeting")
GUEST(echo, "echo", "echoes its input, interrupt by interrupt, until end of file or Ctrl-D")
GUEST(exit_code, "exit-code", "exits with the number on its command line")
GUEST(marks, "marks", "leaves marks 1 to 8 in the trace")
GUEST(smp_hello, "smp-hello", "starts every CPU; each says hello in its turn")
GUEST(out_of_ram, "out-of-ram", "reads and writes the first address after RAM")
GUEST(spin, "spin", "jumps to itself for ever")
GUEST(dead_halt, "dead-halt", "halts where nothing can wake it")
GUEST(triple_fault, "triple-fault", "faults with no handler for it, nor for that fault")
GUEST(bad_instruction, "bad-instruction", "executes what KVM cannot emulate")
GUEST(iret32, "iret32", "returns from an interrupt in 32-bit mode")
GUEST(level_count, "level-count", "counts the deliveries of one level interrupt")
GUEST(tick, "tick", "takes timer interrupts at the points of a schedule, and halts in between")
GUEST(count_continuity, "count-continuity", "stops, freezes and re-paces Count; it must never jump")
GUEST(freeze_race, "freeze-race", "has its timer frozen at the deadline, over and over")
GUEST(ack_race, "ack-race", "writes a far Compare just when the near one is reached")
