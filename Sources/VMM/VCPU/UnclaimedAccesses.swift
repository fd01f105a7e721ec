internal import GuestImages
internal import KVM
internal import Synchronization
internal import TimerModels

/// Accesses to addresses at which nothing is.
public struct UnclaimedAccesses: Hashable, Sendable {
  /// Where an access went.
  public enum Place: Hashable, Sendable {
    /// A port.
    case port(UInt16)
    /// A guest-physical address.
    case memory(UInt64)
  }

  /// How many there were.
  public private(set) var count = 0
  /// Where the first went.
  public private(set) var first: Place?

  mutating func note(_ place: Place) {
    count += 1
    if first == nil { first = place }
  }
}
