public import KVM
internal import LinuxHost

/// What a device's interrupt line leads to.
public protocol InterruptSink: AnyObject, Sendable {
  /// Drives a line.
  ///
  /// - Parameters:
  ///   - line: The platform's number of the line.
  ///   - isHigh: The level, different from the last one.
  /// - Throws: `KVMError.failed(_:)` where KVM refuses.
  func setLine(_ line: Int, isHigh: Bool) throws(KVMError)

  /// Whether levels are taken now; what is driven at other times goes nowhere.
  var isListening: Bool { get }

  /// Whether a rise, once said, is kept at the line's far end, and saved with it: to say it again is another one.
  var keepsRises: Bool { get }
}

extension InterruptSink {
  /// Always, unless a receiver has to be initialised first.
  public var isListening: Bool { true }

  /// No: what is at the far end is the level.
  public var keepsRises: Bool { false }
}

/// Drives a line, if it leads anywhere.
///
/// Borrowing lends the sink without retaining it: a change of level counts no references either.
func drive(
  _ sink: borrowing (any InterruptSink)?, _ line: Int, isHigh: Bool
) throws(KVMError) {
  switch sink {
  case .some(let sink): try sink.setLine(line, isHigh: isHigh)
  case .none: break
  }
}

/// Whether a line's far end keeps its rises.
func keepsRises(_ sink: borrowing (any InterruptSink)?) -> Bool {
  switch sink {
  case .some(let sink): sink.keepsRises
  case .none: false
  }
}

/// Whether a line's other end takes levels now.
func isHeard(by sink: borrowing (any InterruptSink)?) -> Bool {
  switch sink {
  case .some(let sink): sink.isListening
  case .none: true
  }
}
