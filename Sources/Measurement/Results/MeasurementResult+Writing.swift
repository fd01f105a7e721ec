public import JSON

extension MeasurementResult {
  /// The name of the document's kind.
  public static let schema = "swvmm-measurement"
  static let schemaVersion = 2

  /// The result as one JSON document, from which ``init(_:)`` makes it again.
  ///
  /// Percentiles, means and shares are there for readers; they follow from the buckets, sums and counts beside
  /// them. A percentile of too few values is null. `partial`, `causes`, `cause`, `runs`, `vcpus`, `vcpu` and
  /// `deadlineWidth` are there where there is something to say, and a run's own `latency` where there are several.
  ///
  /// *Why strings:* a sum may be above 2^53, which some readers round. Buckets, `NANOSECONDS:COUNT`, and slots are
  /// many: as arrays they would take forty times their room in memory, which a reader of files bounds.
  public var json: JSONValue {
    .object(
      [
        .init("schema", .string(Self.schema)), .init("version", JSONValue(Self.schemaVersion)),
      ] + (isPartial ? [.init("partial", .bool(true))] : []) + [
        .init("sources", .array(sources.map(\.json))),
        .init("series", .array(series.map(\.json))),
      ])
  }
}

extension MeasurementResult.Source {
  var json: JSONValue {
    ["file": file.map { .string($0) } ?? .null, "host": .object(host)]
  }
}

extension Series {
  var json: JSONValue {
    .object(
      [
        .init("name", .string(name)), .init("configuration", .object(configuration)),
        .init("verdicts", verdicts.json), .init("latency", latency.json),
        .init("stages", .array(stages.map { json(of: $0) })),
        .init("worst", .array(worst.map(\.json))),
      ] + (causes.isEmpty ? [] : [.init("causes", .array(causes.map(\.json)))])
        + (runs.isEmpty ? [] : [.init("runs", .array(runs.map { json(of: $0) }))])
        + (vcpus.isEmpty ? [] : [.init("vcpus", .array(vcpus.map(\.json)))]) + [
          .init("processor", processor.json), .init("stamping", stamping.json),
          .init("deferredAlarms", JSONValue(deferredAlarms)),
          .init(
            "advance",
            [
              "nanoseconds": JSONValue(advance.nanoseconds),
              "shortenedWaits": JSONValue(advance.shortenedWaits),
            ]),
        ] + (deadlineWidth.count == 0 ? [] : [.init("deadlineWidth", deadlineWidth.json)]))
  }

  private func json(of stage: StageTimes) -> JSONValue {
    [
      "stage": .string(stage.stage.key), "share": .optional(share(of: stage.stage)),
      "clipped": JSONValue(stage.clipped), "times": stage.times.json,
    ]
  }

  private func json(of run: Run) -> JSONValue {
    .object(
      (runs.count > 1 ? [.init("latency", run.latency.json)] : [])
        + [.init("history", run.history.json)])
  }
}

extension Series.VCPU {
  var json: JSONValue { ["verdicts": verdicts.json, "latency": latency.json] }
}

extension Series.CauseTimes {
  var json: JSONValue { ["cause": .string(cause.rawValue), "times": times.json] }
}

extension LatencyHistory {
  /// A slot is its count, sum and maximum.
  var json: JSONValue {
    [
      "slotNanoseconds": JSONValue(width),
      "slots": .string(
        slots.map { "\($0.count):\($0.sum):\($0.maximum)" }.joined(separator: " ")),
    ]
  }
}

extension Verdicts {
  var json: JSONValue {
    let classes = Verdict.allCases.map { JSONValue.Member($0.rawValue, JSONValue(self[$0])) }
    return .object(
      [.init("planned", JSONValue(planned))] + classes + [
        .init("runs", JSONValue(runs)), .init("duplicated", JSONValue(duplicated)),
        .init("spurious", JSONValue(spurious)),
      ])
  }
}

extension LatencyHistogram {
  var json: JSONValue {
    let percentiles = Percentile.allCases.map {
      JSONValue.Member($0.key, .optional(known($0)))
    }
    return .object(
      [
        .init("count", JSONValue(count)), .init("minNanoseconds", .optional(minimum)),
        .init("meanNanoseconds", .optional(mean)),
      ] + percentiles + [
        .init("maxNanoseconds", .optional(maximum)), .init("sumNanoseconds", .string("\(sum)")),
        .init("belowRange", JSONValue(belowRange)), .init("aboveRange", JSONValue(aboveRange)),
        .init(
          "buckets",
          .string(buckets.map { "\($0.value):\($0.count)" }.joined(separator: " "))),
      ])
  }
}

extension Series.WorstInterrupt {
  var json: JSONValue {
    .object(
      [
        .init("deadline", JSONValue(deadline)), .init("source", JSONValue(source)),
      ] + (vcpu == 0 ? [] : [.init("vcpu", JSONValue(vcpu))]) + [
        .init("verdict", .string(verdict.rawValue)),
        .init("latencyNanoseconds", JSONValue(latency)),
      ] + (cause.map { [.init("cause", .string($0.rawValue))] } ?? []) + [
        .init(
          "pieces",
          .array(
            pieces.map { piece in
              [
                "stage": .string(piece.stage.key), "startNanoseconds": JSONValue(piece.start),
                "durationNanoseconds": JSONValue(piece.duration),
                "clipped": .bool(piece.isClipped),
              ]
            }))
      ])
  }
}

extension ProcessorUse {
  var json: JSONValue {
    [
      "elapsedNanoseconds": JSONValue(elapsed), "busyNanoseconds": JSONValue(busy),
      "spinningNanoseconds": JSONValue(spinning),
      "busyShare": .optional(busyShare), "spinShare": .optional(spinShare),
    ]
  }
}

extension StampingCost {
  var json: JSONValue {
    [
      "stamps": JSONValue(stamps), "dropped": JSONValue(dropped), "strays": JSONValue(strays),
      "nanoseconds": JSONValue(nanoseconds),
      "nanosecondsPerStamp": .optional(nanosecondsPerStamp),
    ]
  }
}

extension JSONValue {
  fileprivate static func optional(_ value: Double?) -> JSONValue {
    value.map { .number($0) } ?? .null
  }

  fileprivate static func optional(_ value: (some BinaryInteger)?) -> JSONValue {
    value.map { JSONValue($0) } ?? .null
  }
}
