public import KVM
internal import TimerModels
public import VMM

/// What an entry takes at least on this host.
public enum EntryCalibration {
  /// One-shots, and microseconds from one to the next: so many that the least is near what it ever is.
  private static let (count, period) = (300, 100)

  /// Enters a throw-away guest again and again, whose handler stamps its first instruction.
  ///
  /// - Parameter system: Where to boot it.
  /// - Returns: The least time from the end of a wait to that instruction, in nanoseconds; nil where it was not
  ///   seen.
  /// - Throws: `MachineError` where the machine cannot be built, or not run.
  public static func leastEntry(on system: borrowing KVMSystem) throws(MachineError) -> UInt64? {
    guard let guest = BuiltInGuest.named(CampaignSession.guest) else {
      preconditionFailure("no guest \(CampaignSession.guest)")
    }
    let image: BootImage
    do { image = try BootImage(guest.file) } catch { throw .image(error) }
    var configuration = MachineConfiguration()
    configuration.memorySize = 2 << 20
    configuration.waiting.strategy = .spin
    configuration.readsInput = false
    configuration.console = nil
    configuration.timeoutNanoseconds = 10_000_000_000
    configuration.delivery = DeliveryPlan(recordBytesMax: 1 << 16, stampCapacity: 0)
    // As deadlines.S has them: Count/Compare, one-shot, halted.
    let arguments = "0 0 0 \(count) \(period) 0 0"
    let machine = try Machine(
      configuration, on: system, image: image, commandLine: [UInt8](arguments.utf8))
    do { return try machine.run().advance.leastEntry } catch { throw .system(error) }
  }
}
