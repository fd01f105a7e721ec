extension Series {
  /// What one vCPU gave, of several that were measured at once.
  public struct VCPU: Equatable, Sendable {
    /// Its verdicts, counted.
    public internal(set) var verdicts = Verdicts.none
    /// Its latencies.
    public internal(set) var latency = LatencyHistogram()

    mutating func add(_ other: VCPU) throws {
      verdicts = try verdicts.adding(other.verdicts)
      try latency.add(other.latency)
    }
  }

  /// The most vCPUs of a series that is read.
  static let vcpuCountMax = 256

  /// Adds the vCPUs of another series, each to its own.
  mutating func add(vcpus others: [VCPU]) throws {
    guard vcpus.count == others.count else { return vcpus = [] }
    for index in vcpus.indices { try vcpus[index].add(others[index]) }
  }

  /// Whether vCPUs add up to a whole.
  static func doVCPUs(
    _ vcpus: [VCPU], addUpTo verdicts: Verdicts, _ latency: LatencyHistogram
  ) -> Bool {
    var sum = VCPU()
    do { for vcpu in vcpus { try sum.add(vcpu) } } catch { return false }
    return sum.verdicts == verdicts && sum.latency == latency
  }
}
