internal import Exploration
public import TimerModels
internal import TimerWorlds

/// `gic-restore-order`: an interrupt that is restored before its trigger is not pending any more.
///
/// *Where:* KVM for Arm until upstream commit 8694e4da66a6. QEMU avoids it since its commit
/// 74fdb781c1, and restores GICD_ICFGR first.
///
/// *What happened:* whether an interrupt was pending was a field, computed whenever something
/// changed. GICD_ISPENDR set the field, and the latch of a level-sensitive interrupt only;
/// GICD_ICFGR computed the field from line and latch for what became level-sensitive, and left it
/// alone for what became edge-triggered. So the order of the two mattered. A new machine's SPIs
/// were edge-triggered: restored as pending, and then as level-sensitive, an interrupt was lost.
///
/// *The shortest losing schedule:* make an SPI edge-triggered, as a new one was, then write
/// GICD_ISPENDR, and GICD_ICFGR last. (What is level-sensitive and has a high line stays pending as
/// an edge: a stale interrupt.)
public struct PendingComputedEarly: InterruptControllerRules {
  /// Inputs, and what software wrote; of an edge-triggered SPI, the field instead of the latch.
  public var state: InterruptControllerState
  /// The latches of the edge-triggered SPIs, as they were when those were last level-sensitive.
  private var levelLatches: UInt32 = 0

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }

  /// The faulty operation: what was computed for a level is kept for an edge, and what is computed
  /// for a level leaves out what was set for an edge.
  public mutating func writeConfiguration(index: Int, _ fields: UInt32) {
    let before = state.shared
    var controller = InterruptController(state: state)
    controller.writeConfiguration(index: index, fields)
    state = controller.state
    let newEdges = state.shared.edge & ~before.edge
    let newLevels = before.edge & ~state.shared.edge
    state.shared.latched = (before.latched | before.line & newEdges) & ~newLevels
    state.shared.latched |= levelLatches & newLevels
    levelLatches = levelLatches & ~newEdges | before.latched & newEdges
  }

  static let exhibit = Exhibit(
    "gic-restore-order", "an interrupt that is restored before its trigger is not pending any more",
    origin: "Linux KVM until 8694e4da66a6",
    in: .spi,
    controller: Self.self, breaks: .lost, by: .init(.switchTrigger), .init(.setSPI),
    .init(.switchTrigger))
}
