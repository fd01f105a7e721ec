/// A device whose whole state is one value: the caller that sets it continues from it.
public protocol Saveable: Hashable, Sendable {
  /// What a checkpoint holds.
  associatedtype State: Hashable, Sendable

  /// The state.
  var state: State { get set }
}
