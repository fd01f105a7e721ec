import KVM
import Testing

@testable import VMM

@Suite("The order of requests")
struct StateOrderTests {
  static let orders = [StateOrder.saving, .restoring]

  @Test("every edge is kept, and has a reason", arguments: [0, 1])
  func edges(_ index: Int) {
    let order = Self.orders[index]
    #expect(order.violations == [])
    #expect(order.edges.allSatisfy { !$0.reason.isEmpty })
    #expect(Set(order.edges).count == order.edges.count)
  }

  @Test("the other way round, every edge is violated", arguments: [0, 1])
  func reversed(_ index: Int) {
    let order = Self.orders[index]
    let reversed = StateOrder(
      stages: order.stages.reversed().map { stage in
        switch stage {
        case .once(let pieces): .once(pieces.reversed())
        case .eachVCPU(let pieces): .eachVCPU(pieces.reversed())
        }
      }, edges: order.edges)
    #expect(reversed.violations == order.edges)
    #expect(StateOrder(stages: [], edges: order.edges).violations == order.edges)
  }

  @Test("what is saved is restored: each part of a vCPU and each controller, once")
  func completeness() {
    for order in Self.orders {
      let pieces = order.stages.flatMap(\.pieces)
      #expect(Set(pieces).count == pieces.count)
      #expect(VCPUStatePart.allCases.allSatisfy { pieces.contains(.vcpu($0)) })
      #expect(KernelController.allCases.allSatisfy { pieces.contains(.controller($0)) })
      for piece in [.clocks, .tscOffset, .loop, .lines, .timer, .devices] as [StatePiece] {
        #expect(pieces.contains(piece))
      }
    }
  }

  @Test("the orders that the handles' documentation names agree with it")
  func agreesWithHandles() {
    func parts(_ order: StateOrder) -> [VCPUStatePart] {
      order.stages.flatMap(\.pieces).compactMap { piece in
        if case .vcpu(let part) = piece { part } else { nil }
      }
    }
    #expect(parts(.saving) == VCPUStatePart.readingOrder)
    #expect(parts(.restoring) == VCPUStatePart.allCases)
  }
}
