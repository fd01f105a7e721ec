internal import Synchronization

/// Where a thread leaves what it made.
@usableFromInline
final class Cell<Value: Sendable>: Sendable {
  private let value: Mutex<Value?>

  @usableFromInline
  init(_ value: Value? = nil) { self.value = Mutex(value) }

  @usableFromInline
  func put(_ new: Value) {
    value.withLock { $0 = new }
  }

  /// What was put there last, and has not been taken.
  @usableFromInline
  func take() -> Value {
    value.withLock { value in
      guard let made = value.take() else { preconditionFailure("a thread left nothing") }
      return made
    }
  }
}
