internal import JSON

extension Series.CauseTimes {
  /// The causes of a series, if it has any.
  ///
  /// - Throws: ``JSONError`` where one is unknown, empty or out of order.
  static func list(in series: JSONNode) throws(JSONError) -> [Self] {
    guard series["causes"] != nil else { return [] }
    var causes: [Self] = []
    for node in try series.elements("causes") {
      let cause = Self(
        cause: try node.member("cause").cause(),
        times: try LatencyHistogram(node.member("times")))
      guard cause.times.count > 0, causes.last.map({ $0.cause < cause.cause }) ?? true else {
        throw node.error("causes are in the order of precedence, and each has interrupts")
      }
      causes.append(cause)
    }
    return causes
  }
}

extension Series.Run {
  /// The runs of a series, if they are known.
  ///
  /// - Throws: ``JSONError`` where they do not add up to the series.
  static func list(
    in series: JSONNode, of latency: LatencyHistogram, sources: Int
  ) throws(JSONError) -> [Self] {
    guard series["runs"] != nil else { return [] }
    let nodes = try series.elements("runs")
    // Before any histogram is made of them.
    guard nodes.count <= sources else {
      throw try series.member("runs").error("\(nodes.count) runs of \(sources) sources")
    }
    let runs = try nodes.map { node throws(JSONError) in
      let own = nodes.count > 1 ? try LatencyHistogram(node.member("latency")) : latency
      return Self(latency: own, history: try LatencyHistory(node.member("history"), of: own))
    }
    guard Series.doRuns(runs, addUpTo: latency) else {
      throw try series.member("runs").error("the runs do not add up to the series")
    }
    return runs
  }
}

extension Series.VCPU {
  /// The vCPUs of a series, if it has several.
  ///
  /// - Throws: ``JSONError`` where they do not add up to the series.
  static func list(
    in series: JSONNode, of verdicts: Verdicts, _ latency: LatencyHistogram
  ) throws(JSONError) -> [Self] {
    guard series["vcpus"] != nil else { return [] }
    let nodes = try series.elements("vcpus")
    // Before any histogram is made of them.
    guard nodes.count <= Series.vcpuCountMax else {
      throw try series.member("vcpus").error("more than \(Series.vcpuCountMax) vCPUs")
    }
    let vcpus = try nodes.map { node throws(JSONError) in
      Self(
        verdicts: try Verdicts(node.member("verdicts")),
        latency: try LatencyHistogram(node.member("latency")))
    }
    guard Series.doVCPUs(vcpus, addUpTo: verdicts, latency) else {
      throw try series.member("vcpus").error("the vCPUs do not add up to the series")
    }
    return vcpus
  }
}

extension LatencyHistory {
  fileprivate init(_ node: JSONNode, of latency: LatencyHistogram) throws(JSONError) {
    let text = try node.member("slots")
    // One more than there may be, so that a list of any length is refused by its count.
    let words = try text.string().split(separator: " ", maxSplits: Self.slotCountMax)
    let slots = try words.map { word throws(JSONError) in
      let parts = word.split(separator: ":", omittingEmptySubsequences: false).map { UInt64($0) }
      guard parts.count == 3, let count = parts[0], let sum = parts[1], let maximum = parts[2]
      else { throw text.error("\(word.prefix(64)) is not a slot of the form count:sum:maximum") }
      return Slot(count: count, sum: sum, maximum: maximum)
    }
    guard
      let history = LatencyHistory(
        slots: slots, width: try node.member("slotNanoseconds").count(), of: latency)
    else { throw text.error("this history contradicts itself, or the latencies beside it") }
    self = history
  }
}
