import Measurement
import TestSupport
import Testing

@Suite("Latency distributions")
struct LatencyHistogramTests {
  /// Shapes that latencies have: narrow, heavy-tailed, two-humped, constant, tiny.
  enum Shape: CaseIterable {
    case uniform, exponential, twoHumps, constant, tiny, powers, wide

    func value(_ random: inout SplitMix64) -> Int64 {
      let bits = random.next()
      switch self {
      case .uniform: return Int64(bits % 100_000)
      case .exponential: return Int64(20_000 << (bits.trailingZeroBitCount % 20))
      case .twoHumps: return (bits & 15 == 0 ? 4_000_000 : 19_000) + Int64(bits >> 8 % 5000)
      case .constant: return 70_123
      case .tiny: return Int64(bits % 4)
      case .powers: return 1 << Int64(bits % 41)
      case .wide: return Int64(bits % (LatencyHistogram.rangeMax + 1))
      }
    }
  }

  private func values(_ shape: Shape, count: Int, seed: UInt64) -> [Int64] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in shape.value(&random) }
  }

  private func histogram(_ values: [Int64]) -> LatencyHistogram {
    var histogram = LatencyHistogram()
    for value in values { histogram.record(value) }
    return histogram
  }

  /// The percentile of a sorted array, in whole numbers: the value at rank ceil(n * p).
  private func exact(_ percentile: Percentile, _ sorted: [Int64]) -> Int64 {
    let perMille =
      switch percentile {
      case .p50: 500
      case .p90: 900
      case .p99: 990
      case .p999: 999
      }
    return sorted[max(0, (sorted.count * perMille + 999) / 1000 - 1)]
  }

  @Test(
    "percentiles are a sorted array's, or above by less than 1 in 1000; the extremes are exact",
    arguments: Shape.allCases, [1, 2, 9, 10, 999, 1000, 1001, 4321])
  func percentiles(shape: Shape, count: Int) throws {
    for seed in UInt64(1)...3 {
      let values = values(shape, count: count, seed: seed)
      let (sorted, histogram) = (values.sorted(), histogram(values))
      for percentile in Percentile.allCases {
        let exact = exact(percentile, sorted)
        let value = Int64(try #require(histogram.value(at: percentile)))
        #expect(
          value >= exact && value - exact <= exact / 1000,
          "\(percentile) of seed \(seed): \(value), exactly \(exact)")
        #expect(value <= sorted[count - 1])
      }
      #expect(histogram.count == UInt64(count))
      #expect(histogram.minimum == sorted.first)
      #expect(histogram.maximum == sorted.last)
      #expect(histogram.sum == sorted.reduce(0, +))
      #expect(histogram.mean == Double(sorted.reduce(0, +)) / Double(count))
      #expect(histogram.belowRange == 0 && histogram.aboveRange == 0)
    }
  }

  @Test("what is out of range is counted at the range's end, and counted as such")
  func clamping() {
    let hour = Int64(LatencyHistogram.rangeMax)
    let histogram = histogram([-5, 0, 7, hour, hour + 1, .max, .min])
    #expect(histogram.count == 7)
    #expect(histogram.belowRange == 2 && histogram.aboveRange == 2)
    #expect(histogram.minimum == .min && histogram.maximum == .max)
    #expect(histogram.sum == 7 + 3 * hour)
    #expect(histogram.value(at: .p50) == 7)
    #expect(histogram.value(at: .p999) == LatencyHistogram.rangeMax)
  }

  @Test("an empty distribution has no numbers")
  func empty() {
    let histogram = LatencyHistogram()
    #expect(histogram.count == 0 && histogram.mean == nil && histogram.minimum == nil)
    #expect(histogram.value(at: .p50) == nil && histogram.buckets == [])
  }

  @Test("adding distributions is recording all their values", arguments: UInt64(1)...20)
  func adding(seed: UInt64) throws {
    let shapes = Shape.allCases
    let left = values(shapes[Int(seed) % shapes.count], count: 500, seed: seed)
    let right = values(shapes[Int(seed / 3) % shapes.count], count: 300, seed: ~seed) + [-1]
    var sum = histogram(left)
    try sum.add(histogram(right))
    #expect(sum == histogram(left + right))
    try sum.add(LatencyHistogram())
    #expect(sum == histogram(left + right))
  }

  @Test("a sum beyond 292 years is refused, and leaves what was there")
  func overflow() throws {
    var histogram = histogram([Int64(LatencyHistogram.rangeMax)])
    #expect(throws: LatencyHistogram.Overflow.sum) {
      while true { try histogram.add(histogram) }
    }
    #expect(histogram.count == 1 << 21)
  }

  @Test("more than 2^31 - 1 values are refused")
  func tooMany() throws {
    var histogram = histogram([1])
    #expect(throws: LatencyHistogram.Overflow.count) {
      while true { try histogram.add(histogram) }
    }
    #expect(histogram.count == 1 << 30)
  }
}
