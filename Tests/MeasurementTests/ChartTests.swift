import TestSupport
import Testing

@testable import Measurement

@Suite("Axes and the texts of numbers")
struct ChartTests {
  @Test("a logarithmic axis holds its values and ends at round ones", arguments: UInt64(0)..<40)
  func logarithmicAxis(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let values = [random.next() >> (random.next() % 64), random.next() >> (random.next() % 64)]
      .map { min($0, LatencyHistogram.rangeMax) }.sorted()
    let axis = LogarithmicAxis(holding: values[0]...values[1])
    #expect(axis.ticks.first?.position == 0 && axis.ticks.last?.position == 1)
    #expect(axis.ticks.map(\.position) == axis.ticks.map(\.position).sorted())
    #expect(axis.position(of: values[0]) <= axis.position(of: values[1]), "\(values)")
    #expect(axis.ticks.count { !$0.label.isEmpty } <= 13)
  }

  @Test("what is moved apart stays in order and on the axis", arguments: UInt64(0)..<200)
  func movingApart(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let positions = (0..<1 + random.next() % 6).map { _ in Double(random.next() % 101) / 100 }
      .sorted()
    let moved = movedApart(positions, by: 0.06)
    #expect(moved.count == positions.count)
    #expect(moved.allSatisfy { (-1e-9...1).contains($0) }, "\(positions)")
    #expect(zip(moved, moved.dropFirst()).allSatisfy { $1 - $0 > 0.06 - 1e-9 }, "\(positions)")
    if zip(positions, positions.dropFirst()).allSatisfy({ $1 - $0 >= 0.06 }) {
      #expect(moved == positions)
    }
  }

  @Test("equal distances of a logarithmic axis are equal ratios")
  func ratios() {
    let axis = LogarithmicAxis(holding: 1200...900_000)
    #expect(axis.ticks.map(\.label).first == "1\u{a0}\u{b5}s")
    #expect(axis.ticks.map(\.label).last == "1\u{a0}ms")
    for (value, position) in [(1000, 0), (10_000, 1 / 3.0), (100_000, 2 / 3.0), (1_000_000, 1)] {
      #expect(abs(axis.position(of: UInt64(value)) - position) < 1e-12)
    }
  }

  @Test("a percentile axis gives every decade of what is left the same room")
  func percentileAxis() {
    let axis = PercentileAxis(count: 9000)
    #expect(axis.ticks.map(\.label) == ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"])
    for (quantile, position) in [(0, 0), (0.9, 0.25), (0.99, 0.5), (0.9999, 1), (0.999_999, 1)] {
      #expect(abs(axis.position(of: quantile) - position) < 1e-9)
    }
    #expect(abs(axis.position(ofLastOf: 1000) - 0.75) < 1e-12)
    #expect(PercentileAxis(count: 1).ticks.count == 3)
  }

  @Test("a linear axis has three to eight marks at round places", arguments: UInt64(1)..<300)
  func linearAxis(end: UInt64) {
    for scale: UInt64 in [1, 1000, 1_000_000_000] where end * scale > 3 {
      let axis = LinearAxis(end: end * scale)
      #expect((3...8).contains(axis.ticks.count), "\(end * scale): \(axis.ticks.count)")
      #expect(axis.ticks.first == Tick(position: 0, label: "0"))
      #expect(axis.ticks.allSatisfy { (0...1).contains($0.position) })
      #expect(axis.position(of: Int64(end * scale)) == 1)
    }
  }

  @Test(
    "numbers are written exactly",
    arguments: [
      (0, "0.000"), (1, "0.001"), (999, "0.999"), (1000, "1.000"), (-1, "-0.001"),
      (19_423, "19.423"), (-1_000_050, "-1000.050"), (Int64.min, "-9223372036854775.808"),
    ])
  func microsecondTexts(nanoseconds: Int64, text: String) {
    #expect(microseconds(nanoseconds) == text)
  }

  @Test("rounded numbers are the nearest, and durations have their unit")
  func otherTexts() {
    #expect(percent(0.4126) == "41.3" && percent(1) == "100.0" && percent(0) == "0.0")
    #expect(fixed(-0.25, decimals: 1) == "-0.3" && fixed(1e300, decimals: 1) == "1e+300")
    #expect(microseconds(mean: 1234.5) == "1.235")
    let texts: [(UInt64, String)] = [
      (0, "0"), (500, "500 ns"), (50_000, "50 \u{b5}s"), (2_500_000, "2.5 ms"),
      (1_250, "1.25 \u{b5}s"), (1_050_000_000, "1.05 s"), (3_600_000_000_000, "3600 s"),
    ]
    for (nanoseconds, text) in texts {
      #expect(duration(nanoseconds).replacing("\u{a0}", with: " ") == text)
    }
  }
}
