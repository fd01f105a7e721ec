/// A small world that a search can live through in every order: a device, what acts on it, and time.
///
/// A world is a value. Whatever can happen is an action, time passing among them; which of them can
/// happen now, and what each does, is for ``perform(_:)`` to say. The world also holds an *ideal*,
/// written from the rules and not from the device, and compares the two: in an action, where
/// something is read, and in ``violation`` and ``debt``, where it is only there to be seen.
///
/// A world that a search is to exhaust has finitely many states. Keep time relative then: after each
/// action move the present back to the same place, and everything that refers to it with it.
public protocol World: Hashable, Sendable {
  /// What can happen; its description is the word for it in a replay string.
  ///
  /// The words have no spaces, commas or colons, and no two actions have the same one.
  associatedtype Action: Hashable, Sendable, CustomStringConvertible
  /// What must never happen; the raw value is its name.
  associatedtype Property: RawRepresentable<String>, Hashable, Sendable

  /// Whether the action could be carried out, and what it showed.
  typealias Step = WorldStep<Property>

  /// Everything that can happen here, the most readable first.
  ///
  /// Of several shortest counterexamples, the first in the order of this list is found.
  static var alphabet: [Action] { get }

  /// Carries out an action.
  ///
  /// Where the answer is ``WorldStep/impossible``, the world's state is not looked at any more.
  mutating func perform(_ action: Action) -> Step

  /// Makes this state another one of the same world; assigns it by default.
  ///
  /// A search calls it before every action. A world much of which never changes copies the rest alone.
  mutating func assume(_ state: borrowing Self)

  /// Whether its device answers from afar, so that much is better asked for at once; false by default.
  ///
  /// A search then calls ``perform(_:on:visit:)`` and ``faults(of:in:)``, for some dozens of states each time.
  static var isRemote: Bool { get }

  /// Carries out each action on each state; by default one after the other, as ``perform(_:)`` does.
  ///
  /// - Parameters:
  ///   - actions: The actions.
  ///   - states: The states; what they are after it is not looked at.
  ///   - visit: Called in the order of states and actions, with their places, what the action came to, and the
  ///     state after it, of which the next call may make another. Returns whether to continue.
  static func perform(
    _ actions: [Action], on states: inout ContiguousArray<Self>,
    visit: (_ state: Int, _ action: Int, _ step: Step, _ after: inout Self) -> Bool)

  /// What is wrong with each state: its ``violation``, or its ``debt`` that is not paid in time.
  ///
  /// - Parameters:
  ///   - states: The states; what they are after it is not looked at.
  ///   - target: The one property to look at, or nil for all.
  /// - Returns: Of each state the property that is broken, or nil.
  static func faults(of states: inout ContiguousArray<Self>, in target: Property?) -> [Property?]

  /// What is wrong with this state, whatever comes next; nil when nothing is.
  var violation: Property? { get }

  /// What is broken if the world stays in debt: something that is owed and has not come yet.
  ///
  /// Nil, as it is by default, where nothing is owed.
  var debt: Property? { get }

  /// The most steps of ``rest()`` after which what is owed has come; 1 by default.
  static var patience: Int { get }

  /// Lets the world alone for a step: everybody holds still, and the host does what it promised.
  mutating func rest()

  /// A number that equal states share, and others seldom.
  ///
  /// The default is made of `hashValue`. It decides how fast a search is, and nothing else.
  var fingerprint: UInt64 { get }

  /// Whether ``code(by:)`` goes through the whole of a state; false by default.
  ///
  /// A search then keeps states packed, in a few dozen bytes each, and ``fingerprint`` is not asked for.
  static var isPacked: Bool { get }

  /// Names everything that can change in a state to a coder, part by part.
  ///
  /// *Assumes:* states that are unequal differ in a part that is named, and what is left out is in all states
  /// as it is at the start. Which parts are named may depend on parts that were named before.
  mutating func code<Coder: StateCoder>(by coder: inout Coder)

  /// In whose column an action is printed.
  static func actor(of action: Action) -> Actor

  /// How much time passes in an action, in nanoseconds; 0 by default.
  func duration(of action: Action) -> UInt64

  /// The state in words, as far as it matters to a reader.
  var readout: Readout { get }
}

/// What an action came to.
@frozen
public enum WorldStep<Property: Hashable & Sendable>: Hashable, Sendable {
  /// It cannot happen in this state.
  case impossible
  /// It happened.
  case done
  /// It happened, and showed what must never be seen.
  case violated(Property)
}

extension WorldStep {
  /// Whether it cannot happen.
  ///
  /// *Why not a comparison:* that of a generic enumeration looks its types up each time, which was a sixth of
  /// a search.
  @inlinable
  public var isImpossible: Bool { if case .impossible = self { true } else { false } }
}

/// Who does something.
public enum Actor: String, Hashable, Sendable, CaseIterable {
  /// Software in the guest.
  case guest
  /// What runs the guest: it wakes the timer, stops it, saves it, moves it.
  case host
  /// None: time passes.
  case time
}

/// A state in words.
public struct Readout: Hashable, Sendable {
  /// The timer's.
  public var timer: String
  /// The interrupt controller's, or what else the timer drives.
  public var controller: String

  /// Creates a readout.
  public init(timer: String, controller: String = "") {
    self.timer = timer
    self.controller = controller
  }
}

extension World {
  /// Assigns it.
  @inlinable @inline(__always)
  public mutating func assume(_ state: borrowing Self) { self = copy state }

  /// False.
  @inlinable
  public static var isRemote: Bool { false }

  /// One after the other.
  @inlinable
  public static func perform(
    _ actions: [Action], on states: inout ContiguousArray<Self>,
    visit: (_ state: Int, _ action: Int, _ step: Step, _ after: inout Self) -> Bool
  ) { performInTurn(actions, on: &states, visit: visit) }

  /// Carries out each action on each state, one after the other, as ``perform(_:on:visit:)`` does by default.
  ///
  /// - Parameters:
  ///   - actions: The actions.
  ///   - states: The states.
  ///   - prepare: Called on each state before its actions are carried out, each on a copy of it.
  ///   - visit: As of ``perform(_:on:visit:)``.
  @inlinable
  public static func performInTurn(
    _ actions: [Action], on states: inout ContiguousArray<Self>,
    after prepare: (inout Self) -> Void = { _ in },
    visit: (_ state: Int, _ action: Int, _ step: Step, _ after: inout Self) -> Bool
  ) {
    for place in states.indices {
      prepare(&states[place])
      for action in actions.indices {
        var state = states[place]
        let step = state.perform(actions[action])
        guard visit(place, action, step, &state) else { return }
      }
    }
  }

  /// One after the other.
  @inlinable
  public static func faults(
    of states: inout ContiguousArray<Self>, in target: Property?
  ) -> [Property?] { states.map { $0.fault(in: target) } }

  /// Nothing is owed.
  @inlinable
  public var debt: Property? { nil }

  /// One step.
  @inlinable
  public static var patience: Int { 1 }

  /// Nothing happens by itself.
  @inlinable
  public mutating func rest() {}

  /// Made of `hashValue`.
  @inlinable
  public var fingerprint: UInt64 { Fingerprint.mix(UInt64(truncatingIfNeeded: hashValue)) }

  /// States are kept whole.
  @inlinable
  public static var isPacked: Bool { false }

  /// Names nothing.
  @inlinable
  public mutating func code<Coder: StateCoder>(by coder: inout Coder) {}

  /// No time passes.
  @inlinable
  public func duration(of action: Action) -> UInt64 { 0 }

  /// What is wrong with this state, debts that are not paid in time among it.
  ///
  /// This is bounded liveness: not that a good thing comes at last, but that it comes within
  /// ``patience`` steps once everybody leaves the world alone. So one state is enough to see it
  /// broken, and no cycle has to be looked for.
  ///
  /// - Parameter target: The one property to look at, or nil for all.
  /// - Returns: The property that is broken, or nil.
  @inlinable
  func fault(in target: Property? = nil) -> Property? {
    if let violation, target ?? violation == violation { return violation }
    guard let debt, target ?? debt == debt else { return nil }
    var future = self
    for _ in 0..<Self.patience {
      future.rest()
      if future.debt != debt { return nil }
    }
    return debt
  }
}
