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
  public static let bodyMax =
    (DeviceRequest.statesMax * stateWords + DeviceRequest.operationsMax * TimedOperation.wordCount)
    * 8

  private static let stateWords = 1
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
    let size = Int(words(header)[0] & 0xffff_ffff)
    return size <= bodyMax && size % 8 == 0 ? size : nil
  }

  /// The answer to a request; nil where it is none.
  public mutating func answer(to header: [UInt8], _ body: [UInt8]) -> [UInt8]? {
    let header = Self.words(header)
    let number = header[0] >> 32
    let (states, operations) = (Int(header[1] >> 16 & 0xffff), Int(header[1] >> 32))
    var answer: ContiguousArray<UInt64> = [0, 0]
    switch Int32(header[1] & 0xffff) {
    case SWVMM_HELLO: answer += identity
    case SWVMM_BATCH:
      let content = Self.words(body)
      guard operations <= DeviceRequest.operationsMax,
        content.count == states * Self.stateWords + operations * TimedOperation.wordCount,
        let saved = perform(content, states: states, operations: operations, into: &answer)
      else { return nil }
      answer[1] = UInt64(operations) | UInt64(saved) << 32
    default: return nil
    }
    answer[0] = UInt64(answer.count - DeviceReply.headerWords) * 8 | number << 32
    return Self.bytes(answer)
  }

  /// Carries out operations, and appends results and states.
  ///
  /// - Returns: How many states; nil where the content is none.
  private mutating func perform(
    _ content: ContiguousArray<UInt64>, states count: Int, operations: Int,
    into answer: inout ContiguousArray<UInt64>
  ) -> Int? {
    guard content.prefix(count).allSatisfy({ $0 < UInt64(states.count) }) else { return nil }
    var saved: ContiguousArray<UInt64> = []
    for index in 0..<operations {
      let words = content[(count + index * TimedOperation.wordCount)...]
      guard let (operation, start) = TimedOperation.read(words), start <= count else { return nil }
      if start > 0 { devices = states[Int(content[start - 1])] }
      let result = perform(at: operation.now, operation.operation)
      answer.append(result.value)
      answer.append(result.alarm?.nanoseconds ?? .max)
      answer.append(UInt64(result.lines) | UInt64(result.status.rawValue) << 32)
      if operation.isSaved { saved.append(UInt64(save())) }
    }
    answer += saved
    return saved.count
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

  private var identity: ContiguousArray<UInt64> {
    let frequency: UInt64 = kinds == .genericTimer ? 62_500_000 : 100_000_000
    let name = Array("swvmm's \(kinds)".utf8)
    return [
      UInt64(SWVMM_VERSION) | UInt64(kinds.rawValue) << 32,
      UInt64(Self.cpus) | UInt64(Self.stateWords * 8) << 32, frequency,
      (kinds == .interruptController ? 0 : 1) | 1 << 32,
    ] + Self.words(name + [UInt8](repeating: 0, count: 64 - name.count))
  }

  private static func words(_ bytes: [UInt8]) -> ContiguousArray<UInt64> {
    var words = ContiguousArray<UInt64>(repeating: 0, count: bytes.count / 8)
    for index in 0..<words.count * 8 { words[index / 8] |= UInt64(bytes[index]) << (index % 8 * 8) }
    return words
  }

  private static func bytes(_ words: ContiguousArray<UInt64>) -> [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
  }
}
