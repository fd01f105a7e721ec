public import KVM
internal import TimerModels

/// What exits are counted under: the reason, and the place where there is one.
public struct ExitKind: Hashable, Sendable, CustomStringConvertible {
  /// The reason, one byte; then the access size; then the port or the address.
  private let reason: Reason
  private let size: UInt8
  private let place: UInt64

  private enum Reason: UInt8 {
    case interrupted, portIn, portOut, load, store, halt, interruptWindow, priorityLowered
    case endOfInterrupt, end
  }

  private init(reason: Reason, size: Int = 0, place: UInt64 = 0) {
    self.reason = reason
    self.size = UInt8(truncatingIfNeeded: size)
    self.place = place
  }

  /// The kind of an exit.
  public init(_ exit: VCPUExit) {
    switch exit {
    case .interrupted: self.init(reason: .interrupted)
    case .port(let access):
      self.init(
        reason: access.isWrite ? .portOut : .portIn, size: access.size, place: UInt64(access.port))
    case .load(let address, let size): self.init(reason: .load, size: size, place: address)
    case .store(let address, let size, _): self.init(reason: .store, size: size, place: address)
    case .halt: self.init(reason: .halt)
    case .interruptWindow: self.init(reason: .interruptWindow)
    case .priorityLowered: self.init(reason: .priorityLowered)
    case .endOfInterrupt(let vector): self.init(reason: .endOfInterrupt, place: UInt64(vector))
    default: self.init(reason: .end)
    }
  }

  /// The address of an access to memory; nil for an exit of another kind.
  public var memoryAddress: UInt64? { reason == .load || reason == .store ? place : nil }

  /// The kind as a person reads it: `out 0x3f8 1`.
  public var description: String {
    let address = "0x" + String(place, radix: 16)
    return switch reason {
    case .interrupted: "kick or signal"
    case .portIn: "in \(address) \(size)"
    case .portOut: "out \(address) \(size)"
    case .load: "load \(address) \(size)"
    case .store: "store \(address) \(size)"
    case .halt: "hlt"
    case .interruptWindow: "interrupt window"
    case .priorityLowered: "cr8 lowered"
    case .endOfInterrupt: "eoi \(address)"
    case .end: "end"
    }
  }
}
