public import JSON
internal import LinuxHost

/// Where a result comes from: what was asked, when, and of which host.
public struct Provenance: Sendable {
  /// The program's words, quoted where a shell would take them apart.
  public let commandLine: String
  /// When it was taken: UTC, as `2026-01-31T12:00:00Z`.
  public let time: String
  /// Whose KVM it is.
  public let host: KernelUnderTest
  /// The processor's name; nil where the kernel does not say.
  public let processor: String?
  /// How many threads ran or wanted to, on average of 1, 5 and 15 minutes, and what else the kernel says with it.
  public let loadAverage: String

  /// This process's, as it was when it was first asked for.
  ///
  /// *Why once:* a process that has given up opening files (`Confinement`) asks before, and the load is then that
  /// of the host and not of the work.
  public static let current = Provenance(
    commandLine: CommandLine.arguments.map(quoted).joined(separator: " "), time: timestamp,
    host: .current, processor: processor, loadAverage: loadAverage)

  /// The same at this moment: of one of several runs, before it begins.
  public static var now: Provenance {
    Provenance(
      commandLine: current.commandLine, time: timestamp, host: current.host,
      processor: current.processor, loadAverage: loadAverage)
  }

  private static var loadAverage: String { HostDescription.text(in: "/proc/loadavg") }
  private static var timestamp: String {
    timestamp(seconds: RealTimeClock.now() / 1_000_000_000)
  }

  /// As a member of documents has it.
  public var json: JSONValue { .object(members) }

  /// The same, one by one.
  public var members: [JSONValue.Member] {
    [
      .init("commandLine", .string(commandLine)), .init("time", .string(time)),
      .init("kernel", .string(host.release)),
      .init("kvmModule", host.module.map { .string($0) } ?? .null),
      .init("processor", processor.map { .string($0) } ?? .null),
      .init("loadAverage", .string(loadAverage)),
    ]
  }

  /// A word as a shell takes it for one.
  public static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
        || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "%+,-./:=@_".utf8.contains(byte)
    }
    if isPlain && !word.isEmpty { return word }
    return "'"
      + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }

  /// A moment in UTC.
  ///
  /// - Parameter seconds: Since 1970; beyond the year 9999 the year has more digits.
  /// - Returns: As ISO 8601 has it, to the second.
  static func timestamp(seconds: UInt64) -> String {
    let (day, second) = (Int(seconds / 86400), Int(seconds % 86400))
    // Years that begin in March have their odd day at the end. 719,468 days before 1970 is 0000-03-01.
    let shifted = day + 719_468
    let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let dayOfMonth = dayOfYear - (153 * month + 2) / 5 + 1
    let year = era * 400 + yearOfEra + (month >= 10 ? 1 : 0)
    let calendarMonth = month < 10 ? month + 3 : month - 9
    return "\(year)-\(padded(calendarMonth))-\(padded(dayOfMonth))"
      + "T\(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60))Z"
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static var processor: String? {
    // All processors of the largest hosts have their lines in it.
    let bytes = (try? HostFile.contents(of: "/proc/cpuinfo", limit: 1 << 24)) ?? nil
    guard let bytes else { return nil }
    let line = String(decoding: bytes.prefix(4096), as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) }
  }
}
