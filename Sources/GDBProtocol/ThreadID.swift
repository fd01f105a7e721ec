/// Which thread a request is about: a vCPU's index, from 0, plus 1.
public enum ThreadID: Hashable, Sendable {
  /// `-1`.
  case all
  /// `0`.
  case any
  /// A vCPU, by its index.
  case cpu(Int)

  init?(_ digits: ArraySlice<UInt8>) {
    if digits.elementsEqual("-1".utf8) {
      self = .all
    } else if let number = RequestScanner.number(digits), number < 1 << 16 {
      self = number == 0 ? .any : .cpu(Int(number) - 1)
    } else {
      return nil
    }
  }

  /// Whether a vCPU is meant.
  public func includes(_ cpu: Int) -> Bool {
    switch self {
    case .all, .any: true
    case .cpu(let index): index == cpu
    }
  }

  /// As the protocol names a vCPU.
  public static func text(ofCPU index: Int) -> String { Hexadecimal.text(UInt64(index) + 1) }
}
