/// A device of the platform: registers, and nothing else.
///
/// A device is a plain value without lock, descriptor or thread. It changes only by ``read(_:)`` and
/// ``write(_:to:)``; what the world must do about it is returned as an ``Effect`` or is state: the
/// level of ``interruptLine``. `DeviceCell` makes the world agree.
public protocol Device: Sendable {
  /// The level that the device drives on its interrupt line.
  var interruptLine: Bool { get }

  /// A load by the guest.
  ///
  /// - Parameter access: Where, how wide, and by which vCPU.
  /// - Returns: The value, of which the access's size counts, and what follows from the load.
  mutating func read(_ access: BusAccess) -> Reply

  /// A store by the guest.
  ///
  /// - Parameters:
  ///   - value: Zero-extended.
  ///   - access: Where, how wide, and by which vCPU.
  /// - Returns: What follows from the store.
  mutating func write(_ value: UInt64, to access: BusAccess) -> Effect
}

/// One access to a device.
public struct BusAccess: Hashable, Sendable {
  /// Bytes from the start of the device's range.
  public let offset: Int
  /// 1, 2, 4 or 8 bytes.
  public let size: Int
  /// The vCPU that makes the access, from 0.
  public let cpu: Int

  /// Describes an access.
  public init(offset: Int, size: Int, cpu: Int = 0) {
    self.offset = offset
    self.size = size
    self.cpu = cpu
  }
}

/// What a load gives.
public struct Reply: Hashable, Sendable {
  /// The value; bits beyond the access's size are ignored.
  public let value: UInt64
  /// What follows from the load.
  public let effect: Effect

  /// Describes a reply.
  public init(_ value: UInt64, effect: Effect = .none) {
    self.value = value
    self.effect = effect
  }

  /// What a load gives where nothing answers: all ones, as on a PC's bus.
  public static let openBus = Reply(.max)
}

/// What the world has to do after an access to a device.
///
/// Every case is trivially copyable, so that returning one costs no allocation.
public enum Effect: Hashable, Sendable {
  /// Nothing.
  case none
  /// Send a byte to standard output.
  case transmit(UInt8)
  /// The receiver has room again, or the guest began to listen: feed it from standard input.
  case feedReceiver
  /// End the run with the guest's exit code.
  case exit(code: UInt32)
  /// Reset the machine, which ends the run.
  case reset
  /// Put a mark into the trace.
  case mark(UInt32)
  /// Start a vCPU in real mode at `page` * 4096.
  case startCPU(index: Int, page: UInt8)
  /// Do something to the asking vCPU's timer.
  case timer(TimerCommand)
  /// Take `count` bytes of records from the guest's memory, wherever that says that they are.
  case takeRecords(address: UInt32, count: UInt32)
  /// Drop the host's mapping of the page at a guest-physical address.
  case dropPage(address: UInt64)
  /// Freeze and thaw the asking vCPU's timer, again and again.
  case freezeAndThaw(times: Int)
}
