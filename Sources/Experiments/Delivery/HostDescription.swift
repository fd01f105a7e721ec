public import JSON
internal import LinuxHost

/// The machine that measures.
public enum HostDescription {
  /// Its kernel, its clock source, and how loaded it is at this moment, as members of a result.
  public static var members: [JSONValue.Member] {
    [
      .init("kernel", .string(text(in: "/proc/sys/kernel/osrelease"))),
      .init(
        "clocksource",
        .string(text(in: "/sys/devices/system/clocksource/clocksource0/current_clocksource"))),
      .init("loadBefore", .string(text(in: "/proc/loadavg"))),
    ]
  }

  static func text(in file: String) -> String {
    let bytes = (try? HostFile.contents(of: file, limit: 4096)) ?? nil
    return String(decoding: (bytes ?? []).filter { $0 != 10 }, as: UTF8.self)
  }
}
