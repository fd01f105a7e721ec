public import CLinuxHost

/// Looking again and again, without a system call.
public enum SpinWait {
  /// Says to the processor that this is a loop that waits: `PAUSE`, which yields issue slots to the sibling
  /// thread.
  @inlinable
  public static func hint() { chost_relax() }
}
