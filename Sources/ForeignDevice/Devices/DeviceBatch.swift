internal import TimerModels

/// What sequences of operations, all from one state, came to: carried out in one request, looked up one by one.
///
/// A tree: sequences share their beginnings. A node is an operation after its parent's; node 0 is the state
/// that all start from.
final class DeviceBatch: Sendable {
  struct Node: Sendable {
    var operation: TimedOperation
    var parent: Int
    var children: [Int] = []
    var result = DeviceResult(status: .done)
    /// The state after it, at the end of a sequence.
    var state: DeviceState?
    /// What the registers to look at read there.
    var sights: [UInt64] = []
  }

  let nodes: [Node]

  /// Carries out the sequences that one request has room for.
  ///
  /// - Parameters:
  ///   - sequences: Those that do not start alike first.
  ///   - sights: Registers to read at the end of each, after the state is saved.
  ///   - state: What they start from.
  ///   - adapter: The device's.
  /// - Throws: ``AdapterError`` where the adapter falls short.
  init(
    _ sequences: [[TimedOperation]], sights: [DeviceRegister], from state: DeviceState,
    on adapter: Adapter
  ) throws(AdapterError) {
    var nodes = [Node(operation: TimedOperation(at: .origin, .wakeUp), parent: 0)]
    var request = DeviceRequest()
    request.add(ArraySlice(state.words))
    /// Which node an operation of the request is for; nil for a sight.
    var targets: [(node: Int, isSight: Bool, isSaved: Bool)] = []
    for sequence in sequences {
      guard request.operations + sequence.count + sights.count <= Adapter.operationsMax else {
        break
      }
      var node = 0
      for (index, operation) in sequence.enumerated() {
        var step = operation
        step.isSaved = index == sequence.count - 1
        let known = nodes[node].children.first { nodes[$0].operation == operation }
        node = known ?? Self.add(operation, to: node, in: &nodes)
        request.add(step, from: index == 0 ? 1 : 0)
        targets.append((node, false, step.isSaved))
      }
      guard let last = sequence.last else { continue }
      for register in sights {
        request.add(TimedOperation(at: last.now, .read(register)), from: 0)
        targets.append((node, true, false))
      }
    }
    if request.operations > 0 {
      let reply = try adapter.perform(request)
      var saved = 0
      for (index, (node, isSight, isSaved)) in targets.enumerated() {
        let result = reply.result(index)
        if isSight { nodes[node].sights.append(result.value) } else { nodes[node].result = result }
        guard isSaved else { continue }
        nodes[node].state = DeviceState(words: ContiguousArray(reply.state(saved)))
        saved += 1
      }
    }
    self.nodes = nodes
  }

  private static func add(_ operation: TimedOperation, to parent: Int, in nodes: inout [Node])
    -> Int
  {
    nodes[parent].children.append(nodes.count)
    nodes.append(Node(operation: operation, parent: parent))
    return nodes.count - 1
  }

  /// The node of an operation after another's; nil where no sequence has it.
  func child(of node: Int, _ operation: TimedOperation) -> Int? {
    nodes[node].children.first { nodes[$0].operation == operation }
  }

  /// The operations that lead to a node.
  func path(to node: Int) -> [TimedOperation] {
    var path: [TimedOperation] = []
    var node = node
    while node != 0 {
      path.append(nodes[node].operation)
      node = nodes[node].parent
    }
    return path.reversed()
  }
}
