internal import CForeignDevice
internal import LinuxHost

/// A foreign device behind its adapter: a program that carries out operations, one request at a time.
///
/// The program is started in `init(running:patience:for:)` and killed in `deinit`. Threads may share it:
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
  let patience: UInt64
  /// What it is used for.
  let use: Use
  private let turn: Lock<Turn>
  /// Further processes that wait for a request (``performAnywhere(_:)``).
  let idle = Lock<[Adapter]>([])

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
  ///   - patience: How many seconds an answer may take, per 1024 operations that it is to.
  ///   - use: What for.
  /// - Throws: ``AdapterError`` where it cannot be started, or does not answer.
  public init(
    running command: String, patience: UInt64 = 5, for use: Use = .trial
  ) throws(AdapterError) {
    self.command = command
    self.patience = patience
    self.use = use
    do throws(SystemError) {
      process = try SocketProcess(running: command)
    } catch { throw AdapterError(command: command, problem: .notStarted(error)) }
    turn = Lock(Turn(number: 1))
    do throws(AdapterProblem) {
      var hello = DeviceRequest()
      hello.complete(number: 1, kind: SWVMM_HELLO)
      let answer = try Self.exchange(
        hello, with: process, patience: patience,
        expecting: AnswerHeader(size: AdapterIdentity.size, number: 1))
      identity = try AdapterIdentity(answer[DeviceReply.headerWords...])
    } catch { throw AdapterError(command: command, problem: error) }
  }

  /// The most operations of a request.
  public static let operationsMax = DeviceRequest.operationsMax

  /// The program's process id.
  public var processID: Int32 { process.id }

  /// What ended the work with this adapter, or nil.
  public var failure: AdapterError? { turn.withLock(\.failure) }

  /// Has the first failure told, from the thread that met it; at once where there has been one.
  ///
  /// One that a signal to this program caused is not: the code that handles the signal knows.
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
    fail(AdapterError(command: command, problem: problem, request: operation.words))
  }

  /// Ends the work with it because of a failure.
  func fail(_ failure: AdapterError) {
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
  ///   - operations: 1 to ``operationsMax`` of them, in the order of time.
  ///   - state: What to load before; nil continues from where the last request ended.
  /// - Returns: A result per operation, and the states that were asked for.
  /// - Throws: ``AdapterError``, now and ever after.
  public func perform(
    _ operations: [TimedOperation], from state: DeviceState? = nil
  ) throws(AdapterError) -> DeviceAnswer {
    var request = DeviceRequest()
    if let state { request.add(ArraySlice(state.words)) }
    for (index, operation) in operations.enumerated() {
      request.add(operation, from: state != nil && (index == 0 || operation.startsOver) ? 1 : 0)
    }
    let reply = try perform(request)
    return DeviceAnswer(
      results: operations.indices.map { reply.result($0) },
      states: (0..<request.saves).map { DeviceState(words: ContiguousArray(reply.state($0))) })
  }

  /// Has the adapter carry out a request.
  ///
  /// - Throws: ``AdapterError``, now and ever after.
  func perform(_ request: DeviceRequest) throws(AdapterError) -> DeviceReply {
    precondition(request.operations > 0, "a request's size")
    do throws(AdapterError) {
      return try turn.withLock { turn throws(AdapterError) in
        if let failure = turn.failure { throw failure }
        turn.number &+= 1
        do throws(AdapterProblem) {
          return try answer(to: request, number: turn.number)
        } catch {
          let failure = AdapterError(command: command, problem: error, request: words(for: request))
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
  private func words(for request: DeviceRequest) -> String {
    let first = request.alone(0)?.operation.words ?? ""
    guard request.operations > 1, use == .trial else { return first }
    if let again = try? Adapter(running: command, patience: patience) {
      for index in 0..<request.operations {
        guard let (single, operation) = request.alone(index) else { continue }
        do { _ = try again.perform(single) } catch { return operation.words }
      }
    }
    return "carry out \(request.operations) operations, the first: \(first)"
  }

  private func answer(
    to request: DeviceRequest, number: UInt32
  ) throws(AdapterProblem) -> DeviceReply {
    guard request.states + request.saves == 0 || identity.stateSize > 0 else {
      throw .unsupported("its state cannot be saved")
    }
    var request = request
    request.complete(number: number)
    // At most 4096 results and states: 16.1 MiB.
    let words = request.operations * DeviceReply.resultWords + request.saves * identity.stateWords
    let answer = try Self.exchange(
      request, with: process, patience: patience * UInt64(1 + request.operations / 1024),
      expecting: AnswerHeader(
        size: words * 8, number: number, results: request.operations, states: request.saves))
    return try DeviceReply(answer, results: request.operations, stateWords: identity.stateWords)
  }

  /// Sends a request and receives its answer, header included, if that is the expected one.
  private static func exchange(
    _ request: DeviceRequest, with process: borrowing SocketProcess, patience: UInt64,
    expecting expected: AnswerHeader
  ) throws(AdapterProblem) -> ContiguousArray<UInt64> {
    let deadline = MonotonicClock.now() + patience * 1_000_000_000
    func demand(_ transfer: SocketProcess.Transfer) throws(AdapterProblem) {
      switch transfer {
      case .complete: break
      case .closed: throw .ended(process.ending(within: 1))
      case .late: throw .silent(seconds: patience)
      case .interrupted: throw .interrupted
      }
    }
    try demand(process.send(request.words, until: deadline))
    var words = ContiguousArray<UInt64>(repeating: 0, count: DeviceReply.headerWords)
    try demand(process.receive(into: &words, from: 0, until: deadline))
    let header = AnswerHeader(words[0], words[1])
    guard header == expected else {
      throw .malformed("an answer's header is \(header), which is none to this request")
    }
    words.append(contentsOf: repeatElement(0, count: expected.size / 8))
    try demand(process.receive(into: &words, from: DeviceReply.headerWords, until: deadline))
    return words
  }
}
