import ArgumentParser
import Measurement
import TerminalText

/// What the columns of a table mean, for those who ask with `--legend`.
struct Legend: ParsableArguments {
  @Flag(help: "Explain the table's columns and words below it.")
  var legend = false

  /// Refuses it where something else is printed than a table.
  func refuseWithoutTable(_ isWithoutTable: Bool) throws {
    try refuse("there is no table to explain", ("--legend", legend), if: isWithoutTable)
  }

  /// The schedules of `explore` and `replay`.
  static let schedule =
    String(definitions: [
      ("ns", "the time since the start, in nanoseconds"),
      ("time", "time passes, up to the instant that the word names"),
      ("guest", "what software in the guest does"),
      (
        "host",
        "what the program that runs the guest does; the words are those of --describe"
      ),
      ("timer", "the timer afterwards; alarm is when the host is to wake it, from now"),
      (
        "controller",
        "the interrupt line or controller afterwards; IRQ or TI is an interrupt, due that the reference has one to come"
      ),
    ]) + """

      The first line is the state before the first action. The verdict is on the
      right timer as "right", and on a bug under its id: held, or the property that
      was broken at the last line.

      """

  /// The tables of `measure`, `measure merge` and `measure import`.
  static let measurement = [
    String(definitions: [
      (
        "latency",
        "from the planned deadline to the first instruction of the guest's handler; pN: so many percent took at most "
          + "that long; \u{2013}: too few deadlines to say (10 for p90, 100 for p99, 1000 for p99.9)"
      ),
      ("planned", "deadlines; each is one of the next five"),
      ("delivered", "a handler run answers it within the budget (--budget)"),
      ("late", "a handler run answers it, beyond the budget"),
      ("merged", "the run that answers an earlier deadline covers it"),
      ("lost", "no handler run answers or covers it"),
      ("early", "a handler run answers it before it was due"),
      ("runs", "how often the handler ran"),
      ("duplicated", "runs that repeat what was answered already"),
      (
        "spurious",
        "runs for which nothing was planned, or that found the timer's condition not met"
      ),
    ]),
    String(definitions: [
      (
        "stages",
        "where the time to the handler went: host wake-up (the host's timer had expired and a thread woke), thread "
          + "runs (it looks at the timer), injection (the call that injects, or raises the line, returned), guest "
          + "entry (the handler's first instruction); then acknowledge, EOI, line low"
      ),
      (
        "share %",
        "the part of the whole latency; the shares up to guest entry add up to 100"
      ),
      ("clipped", "stamps out of order, cut to what they may be"),
    ]),
    String(definitions: [
      (
        "causes",
        "why late interrupts were late, one cause each: the first below that explains at least half of the time; the "
          + "witness is the thread of --witness"
      ),
      ("of late %", "the part of late interrupts; of time %: of the time that they took"),
    ]),
    String(definitions: Cause.allCases.map { ("  " + $0.title, $0.meaning) }),
    String(definitions: [
      (
        "spinning %",
        "processor time that was spent waiting without sleep, of one core; busy %: of the whole program"
      ),
      (
        "stamps",
        "how many were made; ns each: what one costs; dropped: there was no room; stray: in no deadline's chain"
      ),
      ("deferred", "alarms that were put off because the guest caused too many"),
    ]),
  ].joined(separator: "\n")

  /// The tables of `measure compare` and `measure --against`.
  static let comparison = String(definitions: [
    ("at", "the percentile"),
    (
      "first",
      "in the first result, which is the yardstick, all runs together; second: in the second"
    ),
    (
      "change %",
      "above 0 is slower; by pairs: the mean of the pairs' ratios, by runs: the ratio of the means of the runs' "
        + "percentiles, less 1 (geometric means); so it is not exactly that of the two columns before it"
    ),
    ("from, to", "between what the change is with 95 percent"),
    (
      "by",
      "where that is from: pairs (ratios of runs made in turn) or runs (the scatter between runs of each, and as much "
        + "for what the runs of a start share)"
    ),
    (
      "\u{2013}",
      "too few runs for an interval (3 of each at least), or too few deadlines for the percentile"
    ),
  ])

  /// The table of `--stats`.
  static let statistics = String(definitions: [
    ("exits", "how often the guest stopped for this reason"),
    (
      "mean us",
      "how long the program then took until it entered the guest again, in microseconds; this and the next two not "
        + "in virtual time, in which each exit costs the same"
    ),
    ("max us", "the longest of these"),
    ("in guest us", "how long the guest had run before, on average"),
    (
      "reason and place",
      "out, in: a port; load, store: memory without RAM behind it; then its address and size"
    ),
    ("marks", "how often the guest set a mark at the lab port"),
    (
      "waiting for timers",
      "how halted vCPUs waited: the time spun, sleeps, wake-ups after the deadline, and alarms that were put off "
        + "because they came too fast"
    ),
  ])

  /// The listing of `torture --inject`.
  static let injection =
    String(definitions: [
      (
        "raised",
        "how often the interrupt came where the guest halts with nothing else to wake it, in the walk "
          + "that the boundaries are of; taken: how often its handler was entered then"
      ),
      (
        "boundary",
        "a place between two instructions; the line names the instruction behind it: its address, its "
          + "bytes (+: more than seven) and its name by the image's symbols; halted: it waits there in HLT"
      ),
      (
        "mark",
        "|: the interrupt waits here; v: it is taken here, where it waited; *: it is taken at once; x: it "
          + "is never taken; !: not as from the boundaries around"
      ),
      ("IF=0", "RFLAGS.IF is clear"),
      (
        "sti",
        "the instruction before is STI; mov ss: it loads SS; both hold interrupts back for one "
          + "instruction"
      ),
      ("nmi", "an NMI's handler runs, which holds NMIs back"),
      (
        "closed",
        "the guest has not opened the line, or has no handler for NMIs: what is raised is lost"
      ),
      ("until", "the address at which it is taken; here: at this one; never: not at all"),
      (
        "LOST",
        "its handler was entered less often than it was raised; DOUBLED: more often; OTHER END: the guest "
          + "did not end as from the boundaries around; then what was seen"
      ),
    ]) + """

      A line that would say the same as the one before of its address is left out.

      """

  /// The table of `torture --side-by-side`.
  static let injectionSideBySide = String(definitions: [
    (
      "1, 2, ...",
      "the hosts of the lines above; then a boundary a line: the address and the name of the "
        + "instruction behind it, and where each host takes an interrupt that is raised there"
    ),
    ("<>", "the hosts differ"),
    (
      "until",
      "the address at which it is taken; here: at this one; never: not at all; -: the host was not "
        + "stopped at the boundary"
    ),
    (
      "lost!",
      "its handler was entered less often than it was raised; doubled!: more often; other end!: the "
        + "guest did not end as from the boundaries around"
    ),
  ])

  /// The lines of `torture`.
  static let torture = String(definitions: [
    ("lost", "what was armed was not delivered, or fewer ticks than periods"),
    ("doubled", "more was delivered than armed, or more ticks than periods"),
    ("early", "something was delivered before its time"),
    ("late by a period", "something was delivered a period or more after its time"),
    ("clock jumped", "the guest's clock went back, or leapt ahead"),
    ("stuck", "the guest did not come to its end"),
    (
      "state differs",
      "none of these, but registers or memory are not those of the run that is not cut"
    ),
    (
      "cut",
      "after exit or step N, counted from the guest's mark `ready`, or halted; in brackets what the "
        + "guest is in the middle of; deadline: where it passes, if not where the guest's own course has "
        + "it; get, set: what is read and written, in this order"
    ),
    (
      "orders",
      "which request must come before which other one, and what becomes of the subject otherwise"
    ),
  ])
}
