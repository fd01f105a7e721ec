internal import KVM

extension ToyState {
  /// The i8254's state, if it was read and counts once.
  ///
  /// Assumes: it was waited for (``KVM/VirtualMachine/waitForLastCount()``).
  var spentTimer: KernelTimerState? {
    guard let bytes = parts[.pit], let timer = try? KernelTimerState(bytes) else { return nil }
    return timer.longestLastCount == nil ? nil : timer
  }
}
