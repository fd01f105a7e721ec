internal import CForeignDevice
internal import LinuxHost

/// A foreign device behind its adapter: a program that carries out operations, one request at a time.
///
/// The program is started in `init(running:patience:)` and killed in `deinit`. Threads may share it:
/// a request and its answer are one step. After the first failure every further request fails the same way.
///
/// Nothing of an answer is believed: its lengths are those that the request implies, or it is refused
/// before anything is allocated for it.
public final class Adapter: Sendable {
  /// What an adapter is used for.
  public enum Use: Hashable, Sendable {
    /// To find out what its device does: breaking the contract is a result. Another process may be started to
    /// find which operation of a request fails.
    case trial
    /// As a part of a machine, which breaking the contract ends. No other process is started.
    case run
  }

  /// The command line that started it.
  public let command: String
  /// What it says of its device.
  public let identity: AdapterIdentity

  private let process: SocketProcess
  private let patience: UInt64
  /// What it is used for.
  let use: Use
  private let turn: Lock<Turn>

  private struct Turn: Sendable {
    /// The number of the last request.
    var number: UInt32 = 0
    /// What ended the work with it.
    var failure: AdapterError?
    /// Who hears of it.
    var listener: (@Sendable (AdapterError) -> Void)?
  }

  /// Starts an adapter, and asks what it is.
  ///
  /// - Parameters:
  ///   - command: A command line for `/bin/sh`.
  ///   - patience: How many seconds an answer may take.
  ///   - use: What for.
  /// - Throws: ``AdapterError`` where it cannot be started, or does not answer.
  public init(
    running command: String, patience: UInt64 = 5, for use: Use = .trial
  ) throws(AdapterError) {
    self.command = command
    self.patience = patience
    self.use = use
    do throws(SystemError) {
      process = try SocketProcess(running: "exec " + command)
    } catch { throw AdapterError(command: command, problem: .notStarted(error)) }
    turn = Lock(Turn(number: 1))
    do throws(AdapterProblem) {
      let hello = Self.header(size: 0, number: 1, kind: SWVMM_HELLO)
      let answer = try Self.exchange(hello, with: process, patience: patience) { header in
        header == AnswerHeader(size: AdapterIdentity.size, number: 1)
      }
      identity = try AdapterIdentity(answer[...])
    } catch { throw AdapterError(command: command, problem: error) }
  }

  /// The most operations of a request.
  public static let operationsMax = Int(SWVMM_OPERATIONS_MAX)

  /// The program's process id.
  public var processID: Int32 { process.id }

  /// What ended the work with this adapter, or nil.
  public var failure: AdapterError? { turn.withLock(\.failure) }

  /// Has the first failure told, from the thread that met it; at once where there has been one.
  ///
  /// One that a signal to this program caused is not: whoever handles the signal knows.
  public func onFailure(_ listener: @escaping @Sendable (AdapterError) -> Void) {
    turn.withLock { $0.listener = listener }
    if let failure { announce(failure) }
  }

  private func announce(_ failure: AdapterError) {
    // Not under the lock: the listener may ask what it likes.
    guard failure.problem != .interrupted, let listener = turn.withLock(\.listener) else { return }
    listener(failure)
  }

  /// Ends the work with it because of an answer that is in order and that no device may give.
  ///
  /// - Parameters:
  ///   - problem: What is wrong.
  ///   - operation: What it had been asked to do.
  public func fail(_ problem: AdapterProblem, asked operation: TimedOperation) {
    let failure = AdapterError(
      command: command, problem: problem, request: operation.words)
    announce(
      turn.withLock { turn in
        turn.failure = turn.failure ?? failure
        return turn.failure ?? failure
      })
  }

  /// Makes sure that the device is of a kind.
  ///
  /// - Throws: ``AdapterError`` where it is not.
  public func demand(_ kinds: DeviceKinds) throws(AdapterError) {
    guard identity.kinds.isSuperset(of: kinds) else {
      throw AdapterError(
        command: command,
        problem: .unsupported("it is a \(identity.kinds), and a \(kinds) is wanted"))
    }
  }

  /// Makes sure that the device can be searched.
  ///
  /// - Throws: ``AdapterError`` where it cannot be saved.
  public func demandSearchable() throws(AdapterError) {
    guard identity.stateSize == 0 else { return }
    throw AdapterError(command: command, problem: .unsupported("its state cannot be saved"))
  }

  /// Has the adapter carry out operations.
  ///
  /// - Parameters:
  ///   - operations: 1 to 1024 of them, in the order of time.
  ///   - state: What to load before; nil continues from where the last request ended.
  /// - Returns: A result per operation, and the states that were asked for.
  /// - Throws: ``AdapterError``, now and ever after.
  public func perform(
    _ operations: [TimedOperation], from state: DeviceState? = nil
  ) throws(AdapterError) -> DeviceAnswer {
    precondition((1...Self.operationsMax).contains(operations.count), "a request's size")
    do throws(AdapterError) {
      return try turn.withLock { turn throws(AdapterError) in
        if let failure = turn.failure { throw failure }
        turn.number &+= 1
        do throws(AdapterProblem) {
          return try answer(to: operations, number: turn.number, from: state)
        } catch {
          let failure = AdapterError(
            command: command, problem: error, request: request(operations, from: state))
          turn.failure = failure
          throw failure
        }
      }
    } catch {
      announce(error)
      throw error
    }
  }

  /// What a request was, in words: the one operation that fails in it, if it fails again in another process.
  private func request(_ operations: [TimedOperation], from state: DeviceState?) -> String {
    guard operations.count > 1, use == .trial else { return operations[0].words }
    if let again = try? Adapter(running: command, patience: patience) {
      for (index, operation) in operations.enumerated() {
        do { _ = try again.perform([operation], from: index == 0 ? state : nil) } catch {
          return operation.words
        }
      }
    }
    return "carry out \(operations.count) operations, the first: \(operations[0].words)"
  }

  private func answer(
    to operations: [TimedOperation], number: UInt32, from state: DeviceState?
  ) throws(AdapterProblem) -> DeviceAnswer {
    let states = operations.count(where: \.isSaved)
    guard states == 0 && state == nil || identity.stateSize > 0 else {
      throw .unsupported("its state cannot be saved")
    }
    let stateBytes = state?.bytes ?? []
    var request = Self.header(
      size: stateBytes.count + operations.count * TimedOperation.size, number: number,
      kind: SWVMM_BATCH, operations: operations.count, stateSize: stateBytes.count)
    request.append(contentsOf: stateBytes)
    for operation in operations { operation.append(to: &request) }
    let stateSize = identity.stateSize
    // At most 1024 results and states: 4.1 MiB.
    let resultsSize = operations.count * DeviceResult.size
    let expected = AnswerHeader(
      size: resultsSize + states * stateSize, number: number, results: operations.count,
      states: states, stateSize: stateSize)
    let answer = try Self.exchange(request, with: process, patience: patience) { $0 == expected }
    var results: [DeviceResult] = []
    for index in operations.indices {
      let start = index * DeviceResult.size
      guard let result = DeviceResult(answer[start..<start + DeviceResult.size]) else {
        throw .malformed("a result has an unknown status")
      }
      results.append(result)
    }
    return DeviceAnswer(
      results: results,
      states: (0..<states).map { index in
        let start = resultsSize + index * stateSize
        return DeviceState(bytes: Array(answer[start..<start + stateSize]))
      })
  }

  // MARK: - Bytes

  private static func header(
    size: Int, number: UInt32, kind: Int32, operations: Int = 0, stateSize: Int = 0
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: UInt32(size))
    bytes.append(number: number)
    bytes.append(number: UInt16(kind))
    bytes.append(number: UInt16(operations))
    bytes.append(number: UInt32(stateSize))
    return bytes
  }

  /// Sends a request and receives its answer, if its header is the expected one.
  private static func exchange(
    _ request: [UInt8], with process: borrowing SocketProcess, patience: UInt64,
    isExpected: (AnswerHeader) -> Bool
  ) throws(AdapterProblem) -> [UInt8] {
    let deadline = MonotonicClock.now() + patience * 1_000_000_000
    // One request at a time: the last one has been read, so the socket has room for this one.
    guard process.send(request) else { throw .ended(process.ending(within: 1)) }
    var bytes: [UInt8] = []
    func receive(_ count: Int) throws(AdapterProblem) {
      switch process.receive(count, into: &bytes, until: deadline) {
      case .bytes: break
      case .closed: throw .ended(process.ending(within: 1))
      case .late: throw .silent(seconds: patience)
      case .interrupted: throw .interrupted
      }
    }
    try receive(AnswerHeader.byteCount)
    let header = AnswerHeader(bytes[...])
    guard isExpected(header) else {
      throw .malformed("an answer's header is \(header), which is none to this request")
    }
    try receive(header.size)
    return Array(bytes.dropFirst(AnswerHeader.byteCount))
  }
}
