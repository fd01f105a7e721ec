/// An interrupt controller like Arm's GICv2: a distributor, and an interface for each CPU.
///
/// 64 interrupts for 1 to 8 CPUs: SGIs 0 to 15 and PPIs 16 to 31, banked for each CPU, and SPIs 32
/// to 63. One group, no security extension, 8 priority bits.
///
/// It stores inputs and what software wrote, and computes the rest: whether an interrupt is
/// pending, which is the highest, and whether a CPU is to be interrupted. So all CPUs' outputs are
/// right after every operation (GIC-17), and a driver asks for
/// ``InterruptControllerRules/irqOutput(cpu:)`` of *every* CPU after each one.
///
/// Where the architecture leaves a choice:
/// - SGIs are always enabled; the configuration of PPIs is fixed, level-sensitive.
/// - Among equal priorities the lowest number comes first.
/// - GICC_HPPIR shows what GICC_IAR would give if nothing were running: it respects GICC_PMR.
/// - GICC_RPR shows the group priority of what is running, as it was when taken.
/// - GICC_EOIR of an interrupt that is neither acknowledged nor active is ignored, and so is
///   GICC_DIR without a split completion. The source field in both is ignored.
///
/// The behaviour is that of ``InterruptControllerRules``, unchanged. Historic variants adopt the
/// same rules and replace one.
public struct InterruptController: InterruptControllerRules {
  /// Inputs, and what software wrote.
  public var state: InterruptControllerState

  /// Creates a controller that continues from `state`.
  public init(state: InterruptControllerState) {
    self.state = state
  }
}
