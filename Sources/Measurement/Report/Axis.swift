internal import Glibc

/// A mark on an axis.
struct Tick: Equatable {
  /// Where, from 0 at the start of the axis to 1 at its end.
  var position: Double
  /// What stands there; empty for a line without a label.
  var label: String
  /// Whether a narrow screen does without the label.
  var isMinor = false
}

/// An axis of durations, logarithmic, that begins and ends at 1, 2 or 5 times a power of ten.
struct LogarithmicAxis {
  private let bounds: ClosedRange<Double>
  let ticks: [Tick]

  /// The shortest axis that holds the values, in nanoseconds; it begins at 1 or later.
  init(holding values: ClosedRange<UInt64>) {
    let steps = Self.steps
    let first = steps.last { $0 <= max(values.lowerBound, 1) } ?? 1
    let last = steps.first { $0 >= max(values.upperBound, 2) && $0 > first } ?? 5_000_000_000_000
    let bounds = log10(Double(first))...log10(Double(last))
    let shown = steps.filter { ($0 >= first) && ($0 <= last) }
    let isCrowded = shown.count > 10
    ticks = shown.map { step in
      Tick(
        position: Self.position(of: Double(step), in: bounds),
        label: isCrowded && !Self.isPowerOfTen(step) ? "" : duration(step))
    }
    self.bounds = bounds
  }

  func position(of value: UInt64) -> Double {
    Self.position(of: Double(max(value, 1)), in: bounds)
  }

  private static func position(of value: Double, in bounds: ClosedRange<Double>) -> Double {
    min(max((log10(value) - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound), 0), 1)
  }

  /// From a nanosecond to 5000 seconds, past the range of the histograms.
  private static let steps: [UInt64] = (0...12).flatMap { exponent in
    let power = (0..<exponent).reduce(UInt64(1)) { power, _ in power * 10 }
    return [power, 2 * power, 5 * power]
  }

  private static func isPowerOfTen(_ step: UInt64) -> Bool { String(step).hasPrefix("1") }
}

/// The axis of HdrHistogram's plots: every decade is a tenth of what was left of the values.
struct PercentileAxis {
  private let decades: Double
  let ticks: [Tick]

  /// An axis that reaches to the greatest of `count` values.
  init(count: UInt64) {
    let whole = min(max(log10(Double(count)).rounded(.up), 1), 9)
    decades = whole
    let nines = (1...Int(whole)).map { decade in
      let label =
        switch decade {
        case 1: "90 %"
        case 2: "99 %"
        default: "99." + String(repeating: "9", count: decade - 2) + " %"
        }
      return Tick(position: Double(decade) / whole, label: label, isMinor: decade % 2 == 0)
    }
    ticks =
      [
        Tick(position: 0, label: "0 %"),
        Tick(position: log10(2) / whole, label: "50 %", isMinor: true),
      ]
      + nines
  }

  /// Where a part of all values ends, from 0 to below 1.
  func position(of quantile: Double) -> Double {
    min(max(-log10(1 - quantile) / decades, 0), 1)
  }

  /// Where the last of `count` values stands.
  func position(ofLastOf count: UInt64) -> Double {
    min(log10(Double(max(count, 1))) / decades, 1)
  }
}

/// An axis of durations from 0, linear, with three to eight marks at round places.
struct LinearAxis {
  private let end: Double
  let ticks: [Tick]

  /// The axis from 0 to `end` nanoseconds, which must be more than 0.
  init(end: UInt64) {
    var power: UInt64 = 1
    while end / power >= 10 { power *= 10 }
    // The end is from 1 to below 10 powers.
    let step =
      switch end / power {
      case 1: power >= 100 ? power / 4 : max(power / 2, 1)
      case 2, 3: max(power / 2, 1)
      case 4, 5, 6: power
      default: 2 * power
      }
    self.end = Double(end)
    ticks = (0...end / step).map { count in
      Tick(
        position: Double(count * step) / Double(end), label: duration(count * step),
        isMinor: count % 2 == 1)
    }
  }

  func position(of value: Int64) -> Double { min(max(Double(value) / end, 0), 1) }
}

/// The positions on an axis, moved as little as need be for each to be `distance` from the next one.
///
/// - Parameters:
///   - positions: From 0 to 1, in rising order, so few that there is room for them.
///   - distance: The least.
/// - Returns: As many positions, in the same order.
func movedApart(_ positions: [Double], by distance: Double) -> [Double] {
  var moved: [Double] = []
  for position in positions { moved.append(max(position, moved.last.map { $0 + distance } ?? 0)) }
  var ceiling = 1.0
  for index in moved.indices.reversed() {
    moved[index] = min(moved[index], ceiling)
    ceiling = moved[index] - distance
  }
  return moved
}

/// A round duration with its unit, as in `50 µs` or `2.5 ms`.
///
/// - Parameter nanoseconds: The duration, of at most three significant digits.
/// - Returns: The number, a no-break space, and the unit; just `0` for none.
func duration(_ nanoseconds: UInt64) -> String {
  let units: [(length: UInt64, name: String)] = [
    (1_000_000_000, "s"), (1_000_000, "ms"), (1000, "\u{b5}s"),
  ]
  guard let unit = units.first(where: { nanoseconds >= $0.length }) else {
    return nanoseconds == 0 ? "0" : "\(nanoseconds)\u{a0}ns"
  }
  var number = String(nanoseconds / unit.length)
  let hundredths = nanoseconds % unit.length / (unit.length / 100)
  if hundredths > 0 {
    number +=
      "." + (hundredths < 10 ? "0" : "")
      + String(hundredths % 10 == 0 ? hundredths / 10 : hundredths)
  }
  return "\(number)\u{a0}\(unit.name)"
}
