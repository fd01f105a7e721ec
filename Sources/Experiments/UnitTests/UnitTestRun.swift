internal import LinuxHost

/// A unit test in its own process: this program's own command.
///
/// *Why a process:* a crash, a hang or what a run gives up of its rights is then that test's alone.
struct UnitTestRun: Sendable {
  let plan: UnitTestPlan
  /// Raised, and not taken back, when the whole suite is to end.
  let stop: SharedEvent

  /// How long after its time limit, in nanoseconds, a test is taken for hung: it should have ended by itself.
  ///
  /// *Why so long:* the limit is that of the guest alone. That the process begins and ends takes 8 s where four share
  /// an emulated processor.
  private static let grace: UInt64 = 60_000_000_000
  /// How long, in nanoseconds, a test that was told to end may take for it.
  private static let farewell: UInt64 = 2_000_000_000
  private static let errorBytesMax = 1 << 16

  /// Runs the test.
  ///
  /// - Returns: What came of it; nil if the suite was ended meanwhile.
  func result() -> UnitTestResult? {
    if let reason = plan.skipReason { return UnitTestResult(plan, .skip, reason: reason) }
    let start = MonotonicClock.now()
    do {
      var child = try ChildProcess(
        running: ChildProcess.ownProgram, ["swvmm"] + plan.words,
        given: [UInt8](plan.environment.utf8))
      var result = UnitTestResult(plan, .fail)
      let deadline = start &+ UInt64(plan.timeout * 1e9) &+ Self.grace
      let errors = try follow(child, until: deadline, &result.output)
      guard let errors else {
        child.send(Signal.terminate)
        Poller.waitOrPause(
          for: child.descriptor.number, until: MonotonicClock.now() &+ Self.farewell)
        return nil
      }
      if MonotonicClock.now() >= deadline {
        result.reason = "hung: its process did not end by itself"
      } else {
        result.judge(child.wait(), errors: errors, timeout: plan.timeout)
      }
      result.duration = MonotonicClock.now() - start
      return result
    } catch {
      return UnitTestResult(plan, .fail, reason: "\(error)")
    }
  }

  /// Takes what a test writes until it has ended.
  ///
  /// - Returns: What it wrote to standard error, up to a limit; nil if the suite was ended.
  private func follow(
    _ child: borrowing ChildProcess, until deadline: UInt64, _ output: inout UnitTestOutput
  ) throws(SystemError) -> [UInt8]? {
    var errors: [UInt8] = []
    var (isOutputOpen, areErrorsOpen) = (true, true)
    while isOutputOpen || areErrorsOpen {
      let ready = try Poller.wait(
        for: [
          isOutputOpen ? child.output.number : -1, areErrorsOpen ? child.errors.number : -1,
          stop.number, -1,
        ], until: deadline)
      if ready.contains(.descriptor(2)) { return nil }
      if ready.isEmpty && MonotonicClock.now() >= deadline { return errors }
      if ready.contains(.descriptor(0)) {
        let bytes = try child.output.read(upTo: 1 << 16)
        output.append(bytes)
        isOutputOpen = !bytes.isEmpty
      }
      if ready.contains(.descriptor(1)) {
        let bytes = try child.errors.read(upTo: 1 << 16)
        errors = Array((errors + bytes).suffix(Self.errorBytesMax))
        areErrorsOpen = !bytes.isEmpty
      }
    }
    output.end()
    // Its streams are closed: it ends now, or it hangs.
    _ = try Poller.wait(for: [child.descriptor.number, -1, -1, -1], until: deadline)
    return errors
  }
}

/// An event that several threads wait for.
final class SharedEvent: Sendable {
  private let event: EventDescriptor

  init() throws(SystemError) { event = try EventDescriptor() }

  /// The descriptor's number, good for as long as this object lives.
  var number: Int32 { event.descriptor.number }

  func raise() { event.raise() }

  func clear() { event.clear() }

  /// Has the process's signals raise it.
  func announceSignals() { ProcessSignals.announce(by: event) }
}

extension UnitTestResult {
  /// Judges by how the process ended.
  ///
  /// The guest's own codes are those of kvm-unit-tests: what QEMU makes 1 of is a pass, 77 that all was
  /// skipped, 127 an abort.
  ///
  /// - Parameters:
  ///   - end: How it ended.
  ///   - errors: What it wrote to standard error: a line that says why, if it was not the guest.
  ///   - timeout: Its limit, in seconds.
  mutating func judge(_ end: ChildProcess.End, errors: [UInt8], timeout: Double) {
    self.errors = String(decoding: errors, as: UTF8.self)
    let lines = self.errors.split(separator: "\n")
    let label = "swvmm: "
    let message = lines.last { $0.hasPrefix(label) }?.dropFirst(label.count) ?? lines.last
    switch end {
    case .exited(0): verdict = .pass
    case .exited(38): verdict = .skip
    case .exited(63): reason = "aborted"
    case .exited(..<63): break
    case .exited(124): reason = "timeout; duration=\(Self.seconds(timeout))"
    case .exited(let status):
      let place = Self.place(in: lines).map { "; in \($0)" } ?? ""
      reason = (message.map(String.init) ?? "status \(status)") + place
    case .killed(let signal): reason = "terminated on \(Signal.name(signal))"
    }
  }

  /// The symbol that a guest which fell was at, by the first line of its registers that says it: `rip`, an
  /// address, and a name where there is one.
  private static func place(in lines: [Substring]) -> Substring? {
    let words = lines.lazy.map { $0.split(separator: " ") }.first { $0.first == "rip" }
    guard let words, words.count > 2, let last = words.last, !last.hasPrefix("0x") else {
      return nil
    }
    return last
  }

  private static func seconds(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))s" : "\(number)s"
  }
}
