public import JSON
internal import LinuxHost

/// The machine that measures.
public enum HostDescription {
  /// Where a run that is about to begin comes from, and what its host keeps time by, as members of a result.
  public static var members: [JSONValue.Member] {
    Provenance.now.members + [
      .init(
        "clocksource",
        .string(text(in: "/sys/devices/system/clocksource/clocksource0/current_clocksource")))
    ]
  }

  static func text(in file: String) -> String {
    let bytes = (try? HostFile.contents(of: file, limit: 4096)) ?? nil
    return String(decoding: (bytes ?? []).filter { $0 != 10 }, as: UTF8.self)
  }
}
