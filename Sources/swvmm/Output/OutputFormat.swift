public import ArgumentParser
public import BugMuseum
import Experiments
import LinuxHost

/// How a result is written.
struct ResultFormat: ParsableArguments {
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case text, json
  }

  @Option(help: "text, or json: one document. (default: text)")
  var format: Format?

  @Flag(help: "The same as --format json.")
  var json = false

  var isJSON: Bool { json || format == .json }

  func validate() throws {
    try refuse("is --format json, and not text", ("--json", json && format == .text))
  }
}

/// How results of tests are written.
struct TestFormatOptions: ParsableArguments {
  @Option(help: "text, junit, tap or json. (default: text)")
  var format: TestFormat?

  @Flag(help: "The same as --format json.")
  var json = false

  /// What was chosen.
  var chosen: TestFormat { json ? .json : format ?? .text }

  func validate() throws {
    let isOther = json && format != nil && format != .json
    try refuse("is --format json, and not \(format?.rawValue ?? "")", ("--json", isOther))
  }
}

extension TestFormat: ExpressibleByArgument {}

extension TestOrigin {
  /// This process's.
  static var current: TestOrigin {
    let provenance = Provenance.current
    return TestOrigin(
      time: provenance.time, host: HostKernel.name,
      properties: [
        .init("program", Version.line), .init("commandLine", provenance.commandLine),
        .init("kernel", provenance.host.release),
        .init("kvmModule", provenance.host.module ?? ""),
        .init("processor", provenance.processor ?? ""),
        .init("loadAverage", provenance.loadAverage),
      ].filter { !$0.value.isEmpty })
  }
}
