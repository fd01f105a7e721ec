internal import TerminalText

/// Results in JUnit's XML, as build servers read it.
///
/// *Of the many schemas:* what those of Jenkins, old and new, take, and what GitLab and GitHub's actions read. The
/// root is `testsuites`. A suite counts its errors, of which there are none here; its time has no zone, and is
/// UTC's. Why a test was left out is the text of `skipped`, which has no attribute in the older schemas; a failure
/// has a type.
public struct JUnitDocument: Sendable {
  private let results: [Regression.Result]
  private let origin: TestOrigin

  /// A document of one suite.
  public init(_ results: [Regression.Result], _ origin: TestOrigin) {
    (self.results, self.origin) = (results, origin)
  }

  /// The whole document.
  public var text: String {
    let failures = results.count { $0.shortfall != nil }
    let skipped = results.count { $0.skipReason != nil }
    let duration = results.reduce(0) { $0 + $1.duration }
    let counts =
      "name=\"swvmm\" tests=\"\(results.count)\" failures=\"\(failures)\" errors=\"0\""
    let time = "time=\"\(Self.seconds(duration))\""
    let timestamp = origin.time.hasSuffix("Z") ? String(origin.time.dropLast()) : origin.time
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites \(counts) \(time)>
        <testsuite \(counts) skipped="\(skipped)" \(time) \
      timestamp="\(timestamp.markup)" hostname="\(origin.host.markup)">
      \(properties)\(results.map(Self.element).joined())  </testsuite>
      </testsuites>

      """
  }

  private var properties: String {
    guard !origin.properties.isEmpty else { return "" }
    let elements = origin.properties.map {
      "      <property name=\"\($0.name.markup)\" value=\"\($0.value.markup)\"/>\n"
    }
    return "    <properties>\n\(elements.joined())    </properties>\n"
  }

  private static func element(_ result: Regression.Result) -> String {
    let head =
      "    <testcase classname=\"\(result.group.markup)\" name=\"\(result.name.markup)\" "
      + "time=\"\(seconds(result.duration))\""
    let body =
      result.shortfall.map {
        "<failure type=\"shortfall\" message=\"\($0.markup)\">\($0.markup)</failure>"
      }
      ?? result.skipReason.map { "<skipped>\($0.markup)</skipped>" }
    guard let body else { return head + "/>\n" }
    return "\(head)>\n      \(body)\n    </testcase>\n"
  }

  private static func seconds(_ nanoseconds: UInt64) -> String {
    nanoseconds.thousandths(of: 1_000_000_000)
  }
}
