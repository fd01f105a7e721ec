internal import JSON

extension MeasurementResult {
  /// Reads what a tool of another's printed, or a result of this program's; which it is shows in the text.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - kilohertz: The frequency of the TSC, for figures in cycles; nil where it is not known.
  /// - Throws: ``ImportError`` with the line of what is no such text.
  public init(importing bytes: [UInt8], kilohertz: Int?) throws(ImportError) {
    let first = bytes.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }
    if first == UInt8(ascii: "{") {
      do throws(JSONError) {
        let node = try JSONNode(parsing: bytes)
        self = node["schema"] == nil ? try Cyclictest(node).result : try MeasurementResult(node)
      } catch { throw ImportError(error) }
      return
    }
    let lines = TextLines(bytes)
    if TimerlatHistogram.isHeader(in: lines) {
      self = try TimerlatHistogram(lines).result
    } else {
      self = try LatencyLines(lines, kilohertz: kilohertz).result
    }
  }

  /// Puts the series of another result behind these; they are not added up.
  ///
  /// A series whose name is taken gets the name of its first source's file in front, or a number behind.
  ///
  /// - Parameter other: The other result.
  /// - Throws: ``MergeError/count(series:reason:)`` where there are too many series.
  public mutating func append(_ other: MeasurementResult) throws(MergeError) {
    guard series.count + other.series.count <= Self.seriesCountMax else {
      throw .count(
        series: other.series.first?.name ?? "", reason: "more than \(Self.seriesCountMax) series")
    }
    var names = Set(series.map(\.name))
    for added in other.series {
      var name = added.name
      if names.contains(name), let file = other.sources.first?.file { name = "\(file): \(name)" }
      let base = name
      var number = 2
      while !names.insert(name).inserted {
        name = "\(base) \(number)"
        number += 1
      }
      series.append(added.renamed(name, sourceOffset: sources.count))
    }
    sources += other.sources
    isPartial = isPartial || other.isPartial
  }
}

extension Series {
  /// A series of latencies that were measured elsewhere: all delivered, because no budget is known.
  ///
  /// - Throws: ``ImportError`` at the line where there are too many.
  init(
    name: String, configuration: [JSONValue.Member], latencies: LatencyHistogram, line: Int
  ) throws(ImportError) {
    self.init(name: name, configuration: configuration)
    let count = Int(latencies.count)
    do {
      verdicts = try Verdicts(
        [.delivered: count], planned: count, runs: count, duplicated: 0, spurious: 0)
    } catch { throw ImportError(line: line, "\(error)") }
    latency = latencies
    runs = [Run(latency: latencies)]
  }

  /// The same under another name, for a result in which its sources stand so much further behind.
  fileprivate func renamed(_ name: String, sourceOffset: Int) -> Series {
    var renamed = Series(name: name, configuration: configuration)
    (renamed.verdicts, renamed.latency, renamed.stages) = (verdicts, latency, stages)
    (renamed.causes, renamed.runs) = (causes, runs)
    (renamed.processor, renamed.stamping) = (processor, stamping)
    (renamed.deferredAlarms, renamed.deadlineWidth) = (deferredAlarms, deadlineWidth)
    renamed.advance = advance
    renamed.worst = worst.map { interrupt in
      var interrupt = interrupt
      interrupt.source += sourceOffset
      return interrupt
    }
    return renamed
  }
}

/// A distribution that is given in steps of one unit, some of it perhaps beyond the last step.
struct SteppedHistogram {
  private(set) var latencies = LatencyHistogram()
  private let unit: UInt64

  /// Steps of so many nanoseconds, 1 or 1000.
  init(unit: UInt64) { self.unit = unit }

  /// Counts the values of a step as its lower end, as the tools do.
  ///
  /// - Throws: ``ImportError`` at the line, for a value beyond an hour or too many.
  mutating func add(_ step: UInt64, times: UInt64, line: Int) throws(ImportError) {
    guard step <= LatencyHistogram.rangeMax / unit else {
      throw ImportError(line: line, "a latency of more than an hour")
    }
    do { try latencies.record(step * unit, times: times) } catch {
      throw ImportError(line: line, "\(error)")
    }
  }
}
