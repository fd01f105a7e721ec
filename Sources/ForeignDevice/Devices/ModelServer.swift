internal import CForeignDevice
internal import TimerModels

/// Some of our models at the other end of the protocol, as an adapter serves a device.
///
/// A state's bytes are its number in a table of all states that were ever saved: equal states have equal
/// bytes, and none need be encoded. So the table only grows.
public struct ModelServer {
  private let kinds: DeviceKinds
  /// One of each kind.
  private var devices: [ModelDevice]
  private var states: [[ModelDevice]] = []
  private var numbers: [[ModelDevice]: UInt32] = [:]

  /// The bytes of a request's header.
  public static let headerSize = 16
  /// The most bytes that follow a header.
  public static let bodyMax = Int(SWVMM_STATE_MAX) + Int(SWVMM_OPERATIONS_MAX) * TimedOperation.size

  private static let stateSize = 4
  private static let cpus = 2

  /// Serves a model of each kind.
  public init(_ kinds: DeviceKinds) {
    self.kinds = kinds
    devices = DeviceKinds.single.filter(kinds.contains).map {
      ModelDevice($0, at: .origin, cpus: Self.cpus)
    }
  }

  /// How many bytes follow a header; nil where it is none, or says more than a request may have.
  public static func bodySize(of header: [UInt8]) -> Int? {
    var reader = WireReader(header[...])
    let size: UInt32 = reader.number()
    return size <= UInt32(bodyMax) ? Int(size) : nil
  }

  /// The answer to a request; nil where it is none.
  public mutating func answer(to header: [UInt8], _ body: [UInt8]) -> [UInt8]? {
    var reader = WireReader(header[...])
    let _: UInt32 = reader.number()
    let number: UInt32 = reader.number()
    let (kind, operations): (UInt16, UInt16) = (reader.number(), reader.number())
    let stateSize: UInt32 = reader.number()
    if kind == UInt16(SWVMM_HELLO) { return identity(number) }
    guard kind == UInt16(SWVMM_BATCH), [0, UInt32(Self.stateSize)].contains(stateSize),
      body.count == Int(stateSize) + Int(operations) * TimedOperation.size
    else { return nil }
    var content = WireReader(body[...])
    if stateSize > 0 {
      let saved: UInt32 = content.number()
      guard saved < states.count else { return nil }
      devices = states[Int(saved)]
    }
    return perform(&content, Int(operations), number: number)
  }

  private mutating func perform(
    _ content: inout WireReader, _ operations: Int, number: UInt32
  ) -> [UInt8]? {
    let start = devices
    var results: [UInt8] = []
    var saved: [UInt8] = []
    for _ in 0..<operations {
      guard let operation = TimedOperation(&content) else { return nil }
      if operation.startsOver { devices = start }
      let result = perform(at: operation.now, operation.operation)
      results.append(number: result.value)
      results.append(number: result.alarm?.nanoseconds ?? .max)
      results.append(number: result.lines)
      results.append(number: result.status.rawValue)
      if operation.isSaved { saved.append(number: save()) }
    }
    var answer = header(results.count + saved.count, number)
    answer.append(number: UInt16(operations))
    answer.append(number: UInt16(saved.count / Self.stateSize))
    answer.append(number: UInt32(Self.stateSize))
    return answer + results + saved
  }

  /// Carries out an operation on those that have it: a register is one device's, a wake-up is everybody's.
  private mutating func perform(at now: Instant, _ operation: DeviceOperation) -> DeviceResult {
    var whole = DeviceResult(status: .unsupported)
    for index in devices.indices {
      let result = devices[index].perform(at: now, operation)
      whole.lines |= result.lines
      whole.alarm = [whole.alarm, result.alarm].compactMap { $0 }.min()
      if result.status != .unsupported {
        (whole.value, whole.status) = (result.value, result.status)
      }
    }
    return whole
  }

  private mutating func save() -> UInt32 {
    if let number = numbers[devices] { return number }
    let number = UInt32(states.count)
    states.append(devices)
    numbers[devices] = number
    return number
  }

  private func header(_ size: Int, _ number: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: UInt32(size))
    bytes.append(number: number)
    return bytes
  }

  private func identity(_ number: UInt32) -> [UInt8] {
    var answer = header(AdapterIdentity.size, number) + [UInt8](repeating: 0, count: 8)
    answer.append(number: UInt32(SWVMM_VERSION))
    answer.append(number: kinds.rawValue)
    answer.append(number: UInt32(Self.cpus))
    answer.append(number: UInt32(Self.stateSize))
    answer.append(number: kinds == .genericTimer ? 62_500_000 : 100_000_000 as UInt64)
    answer.append(number: UInt32(kinds == .interruptController ? 0 : 1))
    answer.append(number: 0 as UInt32)
    let name = Array("swvmm's \(kinds)".utf8)
    return answer + name + [UInt8](repeating: 0, count: 64 - name.count)
  }
}
