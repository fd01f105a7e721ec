public import JSON

extension MeasurementResult {
  /// Reads a result from its JSON document, of this version of the schema or the one before.
  ///
  /// Nothing is taken on trust: what the buckets and counts imply is worked out again, and must be
  /// what the document says, down to the last digit. A document with a member too many or too few is
  /// refused likewise. The order of members does not matter.
  ///
  /// - Parameter document: The document.
  /// - Throws: `JSONError` with the place of what is missing, malformed or contradictory.
  public init(_ document: JSONNode) throws(JSONError) {
    let node = try Self.presentForm(of: document)
    let sources = try node.elements("sources").map { node throws(JSONError) in try Source(node) }
    let nodes = try node.elements("series")
    // Before any histogram is made of them.
    guard nodes.count <= Self.seriesCountMax else {
      throw try node.member("series").error("more than \(Self.seriesCountMax) series")
    }
    let series = try nodes.map { node throws(JSONError) in
      try Series(node, sources: sources.count)
    }
    guard Set(series.map(\.name)).count == series.count else {
      throw try node.member("series").error("two series have one name")
    }
    let settings = Set(series.flatMap(\.configuration).map(\.name))
    guard series.count * settings.count <= Self.settingCellsMax else {
      throw try node.member("series").error(
        "\(series.count) series with \(settings.count) settings of different names: more than "
          + "\(Self.settingCellsMax) cells of a table")
    }
    let isPartial = node["partial"]?.value == .bool(true)
    self.init(sources: sources, series: series, isPartial: isPartial)
    try node.demandEqual(json)
  }
}

extension MeasurementResult {
  private static func presentForm(of node: JSONNode) throws(JSONError) -> JSONNode {
    guard case .object = node.content else { throw node.error("a result is an object") }
    guard node["schema"]?.value == .string(schema) else {
      throw (node["schema"] ?? node).error(
        "this is not a result of swvmm measure: its schema is not \"\(schema)\"; `swvmm merge` puts shares "
          + "together")
    }
    let version = try node.member("version")
    switch version.value {
    case JSONValue(schemaVersion): return node
    case 1: return node.upgraded
    default:
      throw version.error(
        "the result has schema version \(version.value.text()), this program reads 1 and "
          + "\(schemaVersion)")
    }
  }
}

extension MeasurementResult.Source {
  fileprivate init(_ node: JSONNode) throws(JSONError) {
    let file = try node.member("file")
    self.init(
      file: file.content == .null ? nil : try file.string(), host: try node.members("host"))
  }
}

extension Series {
  fileprivate init(_ node: JSONNode, sources: Int) throws(JSONError) {
    self.init(
      name: try node.member("name").string(), configuration: try node.members("configuration"))
    verdicts = try Verdicts(node.member("verdicts"))
    latency = try LatencyHistogram(node.member("latency"))
    guard latency.count == UInt64(verdicts.planned - verdicts[.lost]) else {
      throw try node.member("latency").error(
        "\(latency.count) latencies for \(verdicts.planned - verdicts[.lost]) deadlines that are "
          + "not lost")
    }
    for stage in try node.elements("stages") {
      let times = StageTimes(
        stage: try stage.stage(), times: try LatencyHistogram(stage.member("times")),
        clipped: try stage.member("clipped").count())
      guard times.clipped <= times.times.count else {
        throw try stage.member("clipped").error("more stamps than there were")
      }
      guard stages.last.map({ $0.stage < times.stage }) ?? true else {
        throw stage.error("stages are in the order of the chain")
      }
      stages.append(times)
    }
    let nodes = try node.elements("worst")
    guard nodes.count <= Self.worstCountMax else {
      throw try node.member("worst").error("more than \(Self.worstCountMax) interrupts")
    }
    worst = try nodes.map { node throws(JSONError) in
      try WorstInterrupt(node, sources: sources)
    }
    causes = try CauseTimes.list(in: node)
    guard blamedCount <= UInt64(verdicts[.late] + verdicts[.merged]) else {
      throw node.error("\(blamedCount) causes, which is more than there are late interrupts")
    }
    runs = try Run.list(in: node, of: latency, sources: sources)
    vcpus = try VCPU.list(in: node, of: verdicts, latency)
    let processor = try node.member("processor")
    self.processor = ProcessorUse(
      elapsed: try processor.member("elapsedNanoseconds").count(),
      busy: try processor.member("busyNanoseconds").count(),
      spinning: try processor.member("spinningNanoseconds").count())
    let stamping = try node.member("stamping")
    self.stamping = StampingCost(
      stamps: try stamping.member("stamps").count(),
      dropped: try stamping.member("dropped").count(),
      strays: try stamping.member("strays").count(),
      nanoseconds: try stamping.member("nanoseconds").count())
    deferredAlarms = try node.member("deferredAlarms").count()
    // Older results have none.
    if let advance = node["advance"] {
      self.advance = AdvanceTaken(
        nanoseconds: try advance.member("nanoseconds").count(),
        shortenedWaits: try advance.member("shortenedWaits").count())
    }
    if let width = node["deadlineWidth"] { deadlineWidth = try LatencyHistogram(width) }
  }
}

extension Series.WorstInterrupt {
  fileprivate init(_ node: JSONNode, sources: Int) throws(JSONError) {
    let source = try node.member("source").integer()
    guard (0..<Int64(sources)).contains(source) else {
      throw try node.member("source").error("there are \(sources) sources")
    }
    let vcpu = try node["vcpu"].map { node throws(JSONError) in try node.integer() } ?? 0
    guard (0..<Int64(Series.vcpuCountMax)).contains(vcpu) else {
      throw try node.member("vcpu").error("a vCPU is from 0 to \(Series.vcpuCountMax - 1)")
    }
    let verdict = try node.member("verdict")
    guard let known = Verdict(rawValue: try verdict.string()) else {
      throw verdict.error("no such verdict")
    }
    self.init(
      deadline: Int(try node.member("deadline").integer()),
      vcpu: Int(vcpu), source: Int(source), verdict: known,
      latency: try node.member("latencyNanoseconds").integer(),
      pieces: try node.elements("pieces").map { node throws(JSONError) in
        InterruptRecord.Piece(
          stage: try node.stage(), start: try node.member("startNanoseconds").duration(),
          duration: try node.member("durationNanoseconds").duration(),
          isClipped: try node.member("clipped").value == .bool(true))
      }, cause: try node["cause"].map { node throws(JSONError) in try node.cause() })
  }
}

extension Verdicts {
  init(_ node: JSONNode) throws(JSONError) {
    var classes: [Verdict: Int] = [:]
    for verdict in Verdict.allCases {
      classes[verdict] = Int(try node.member(verdict.rawValue).integer())
    }
    let planned = Int(try node.member("planned").integer())
    let runs = Int(try node.member("runs").integer())
    let duplicated = Int(try node.member("duplicated").integer())
    let spurious = Int(try node.member("spurious").integer())
    do {
      try self.init(
        classes, planned: planned, runs: runs, duplicated: duplicated, spurious: spurious)
    } catch { throw node.error("\(error)") }
  }
}

extension LatencyHistogram {
  init(_ node: JSONNode) throws(JSONError) {
    let buckets = try node.member("buckets")
    let (minimum, maximum) = (
      try node.member("minNanoseconds"), try node.member("maxNanoseconds")
    )
    let sum = try node.member("sumNanoseconds")
    guard let total = Int64(try sum.string()) else { throw sum.error("a sum is a whole number") }
    guard
      let histogram = LatencyHistogram(
        buckets: try Self.buckets(buckets),
        minimum: minimum.content == .null ? nil : try minimum.integer(),
        maximum: maximum.content == .null ? nil : try maximum.integer(),
        sum: total,
        belowRange: try node.member("belowRange").count(),
        aboveRange: try node.member("aboveRange").count())
    else { throw buckets.error("these buckets contradict themselves, or the numbers beside them") }
    self = histogram
  }

  private static func buckets(_ node: JSONNode) throws(JSONError) -> [Bucket] {
    try node.string().split(separator: " ").map { pair throws(JSONError) in
      let parts = pair.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let value = UInt64(parts[0]), let count = UInt64(parts[1]) else {
        throw node.error("\(pair) is not a bucket of the form value:count")
      }
      return Bucket(value: value, count: count)
    }
  }
}
