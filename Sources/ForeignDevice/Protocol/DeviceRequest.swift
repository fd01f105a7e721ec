internal import CForeignDevice

/// A request that has an adapter carry out operations: the protocol's bytes, in words of 8.
///
/// *Order:* all states first, then the operations.
struct DeviceRequest: Sendable {
  /// The header, whose number is not there yet, the states and the operations.
  private(set) var words: ContiguousArray<UInt64> = [0, 0]
  /// How many states it has, at most ``statesMax``.
  private(set) var states = 0
  /// How many operations it has, at most ``operationsMax``.
  private(set) var operations = 0
  /// How many of them are followed by a save.
  private(set) var saves = 0

  static let headerWords = 2
  static let statesMax = Int(SWVMM_STATES_MAX)
  static let operationsMax = Int(SWVMM_OPERATIONS_MAX)

  init() {}

  /// Adds a state for operations to start from.
  mutating func add(_ state: ArraySlice<UInt64>) {
    precondition(operations == 0 && states < Self.statesMax, "a request's states")
    words.append(contentsOf: state)
    states += 1
  }

  /// Adds an operation.
  ///
  /// - Parameters:
  ///   - operation: What is done; a save follows if it says so.
  ///   - start: The number of the state that it starts from, from 1; 0: from where the last one ended.
  mutating func add(_ operation: TimedOperation, from start: Int) {
    precondition(operations < Self.operationsMax && start <= states, "a request's operations")
    operation.append(to: &words, start: start)
    operations += 1
    if operation.isSaved { saves += 1 }
  }

  /// Has the answer bring the state after the last operation.
  mutating func saveLast() {
    let place = words.count - TimedOperation.wordCount
    guard words[place] & UInt64(SWVMM_SAVE) == 0 else { return }
    words[place] |= UInt64(SWVMM_SAVE)
    saves += 1
  }

  /// The words with a header in its place.
  mutating func complete(number: UInt32, kind: Int32 = SWVMM_BATCH) {
    let size = (words.count - Self.headerWords) * 8
    words[0] = UInt64(size) | UInt64(number) << 32
    words[1] = UInt64(kind) | UInt64(states) << 16 | UInt64(operations) << 32
  }

  /// An operation of it as a separate request, with its state.
  func alone(_ index: Int) -> (request: DeviceRequest, operation: TimedOperation)? {
    let size = states == 0 ? 0 : (words.count - Self.headerWords - operations * 4) / states
    let place = Self.headerWords + states * size + index * TimedOperation.wordCount
    guard let (operation, start) = TimedOperation.read(words[place...]) else { return nil }
    var request = DeviceRequest()
    if start > 0 {
      let state = Self.headerWords + (start - 1) * size
      request.add(ArraySlice(words[state..<state + size]))
    }
    request.add(operation, from: start > 0 ? 1 : 0)
    return (request, operation)
  }
}
