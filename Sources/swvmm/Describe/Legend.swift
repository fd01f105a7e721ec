import ArgumentParser

/// What the columns of a table mean, for those who ask with `--legend`.
struct Legend: ParsableArguments {
  @Flag(help: "Explain the table's columns and words below it.")
  var legend = false

  /// The schedules of `explore` and `replay`.
  static let schedule = """
    ns          the time since the start, in nanoseconds
    time        time passes, up to the instant that the word names
    guest       what software in the guest does
    host        what the program that runs the guest does; the words are those of --describe
    timer       the timer afterwards; alarm is when the host is to wake it, from now
    controller  the interrupt line or controller afterwards; IRQ or TI is an interrupt, due that the
                reference has one to come

    The first line is the state before the first action. The verdict is on the right timer as "right", and
    on a bug under its id: held, or the property that was broken at the last line.

    """

  /// The table of `--stats`.
  static let statistics = """
    exits         how often the guest stopped for this reason
    mean us       how long the program then took until it entered the guest again, in microseconds
    max us        the longest of these
    in guest us   how long the guest had run before, on average
    reason and place  out, in: a port; load, store: memory without RAM behind it; then its address and size
    marks         how often the guest set a mark at the lab port
    waiting for timers  how halted vCPUs waited: the time spun, sleeps, wake-ups after the deadline, and
                  alarms that were put off because they came too fast

    """
}
