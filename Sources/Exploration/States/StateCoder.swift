/// Goes through what a state consists of, to pack it into few bits or to unpack it.
///
/// A world names its parts to a coder one after the other (``World/code(by:)``), each with what it mostly
/// is. The same calls pack and unpack, so that the two cannot disagree.
///
/// *Guarantee:* every value is coded exactly, those included that are not as expected: they take more bits.
public protocol StateCoder {
  /// Whether the parts are being set; else they are being read, and stay as they are.
  var isUnpacking: Bool { get }

  /// A part of so many bits, or rarely more: 1 to 63.
  mutating func code(_ value: inout UInt64, bits: Int)

  /// A part that never has more bits than so many, 1 to 64: several yes or no, put together.
  mutating func code(exactly value: inout UInt64, bits: Int)

  /// A yes or no.
  mutating func code(_ value: inout Bool)
}

extension StateCoder {
  /// A part that mostly has one value, and else mostly differs from it by less than 2^(`bits` - 1).
  @inlinable @inline(__always)
  public mutating func code(_ value: inout UInt64, expecting expected: UInt64, bits: Int) {
    var differs = value != expected
    code(&differs)
    guard differs else {
      if isUnpacking { value = expected }
      return
    }
    // The sign goes to the lowest bit, so that what is near has few bits on either side.
    let distance = Int64(bitPattern: value &- expected)
    var folded = UInt64(bitPattern: distance << 1 ^ distance >> 63)
    code(&folded, bits: bits)
    if isUnpacking { value = expected &+ (folded >> 1 ^ (0 &- (folded & 1))) }
  }

  /// A part of any width that mostly has one value, and else mostly differs from it by little.
  @inlinable @inline(__always)
  public mutating func code<Integer: FixedWidthInteger & UnsignedInteger>(
    _ value: inout Integer, expecting expected: Integer = 0, bits: Int
  ) {
    var word = UInt64(value)
    code(&word, expecting: UInt64(expected), bits: bits)
    if isUnpacking { value = Integer(truncatingIfNeeded: word) }
  }

  /// A part that is there or is not; `initial` is what unpacking starts from.
  @inlinable @inline(__always)
  public mutating func code<Part>(
    _ part: inout Part?, from initial: @autoclosure () -> Part,
    by codePart: (inout Part, inout Self) -> Void
  ) {
    var isThere = part != nil
    code(&isThere)
    guard isThere else {
      if isUnpacking { part = nil }
      return
    }
    var value = part ?? initial()
    codePart(&value, &self)
    if isUnpacking { part = value }
  }
}

/// Packs states, one after the other.
@frozen
@usableFromInline
struct StatePacker: StateCoder {
  /// The state's words, once it is ``finish()``ed.
  @usableFromInline var words = StateWords()
  /// The bits that fill no word yet, and how many there are.
  @usableFromInline var pending: UInt64 = 0
  @usableFromInline var count = 0

  @inlinable
  init() {}

  @inlinable @inline(__always) var isUnpacking: Bool { false }

  /// Forgets the last state.
  @inlinable @inline(__always)
  mutating func begin() {
    words.removeAll()
    (pending, count) = (0, 0)
  }

  /// Completes the last word.
  @inlinable @inline(__always)
  mutating func finish() {
    if count > 0 { words.append(pending) }
  }

  @inlinable @inline(__always)
  mutating func put(_ value: UInt64, bits: Int) {
    pending |= value &<< count
    count &+= bits
    if count >= 64 { complete(by: value, bits: bits) }
  }

  /// Begins the next word with what is left of a value.
  ///
  /// *Why apart:* it is needed once or twice for a state, and a world's parts fit one function without it.
  @inlinable @inline(never)
  mutating func complete(by value: UInt64, bits: Int) {
    words.append(pending)
    count -= 64
    pending = count == 0 ? 0 : value &>> (bits - count)
  }

  @inlinable @inline(__always)
  mutating func code(_ value: inout UInt64, bits: Int) {
    if value >> bits == 0 {
      put(value << 1, bits: bits + 1)
    } else {
      put(1, bits: 1)
      put(value, bits: 64)
    }
  }

  @inlinable @inline(__always)
  mutating func code(exactly value: inout UInt64, bits: Int) {
    precondition(value >> bits == 0, "a part has more bits than it can have")
    put(value, bits: bits)
  }

  @inlinable @inline(__always)
  mutating func code(_ value: inout Bool) { put(value ? 1 : 0, bits: 1) }
}

/// Unpacks a state that a ``StatePacker`` has packed.
@frozen
@usableFromInline
struct StateUnpacker: StateCoder {
  /// The state's words.
  @usableFromInline var words = StateWords()
  /// The bits that are left of a word, and how many; and the next word.
  @usableFromInline var pending: UInt64 = 0
  @usableFromInline var count = 0
  @usableFromInline var next = 0

  @inlinable
  init() {}

  @inlinable @inline(__always) var isUnpacking: Bool { true }

  /// Starts with the first of ``words``.
  @inlinable @inline(__always)
  mutating func begin() { (pending, count, next) = (0, 0, 0) }

  @inlinable @inline(__always)
  mutating func take(bits: Int) -> UInt64 {
    guard bits <= count else { return takeAcross(bits: bits) }
    let value = pending & (UInt64.max &>> (64 - bits))
    pending &>>= bits
    count -= bits
    return value
  }

  /// Starts with the state that stands at a place of a table's words.
  @inlinable @inline(__always)
  mutating func begin(with table: ContiguousArray<UInt64>, at place: Int) {
    words.removeAll()
    let table = table.span
    for index in 0..<Head(table[place]).length { words.append(table[place + 1 + index]) }
    begin()
  }

  /// Takes bits of which some are in the next word.
  @inlinable
  mutating func takeAcross(bits: Int) -> UInt64 {
    let word = words[next]
    next += 1
    let value = (pending | word << count) & (UInt64.max &>> (64 - bits))
    pending = word >> (bits - count)
    count += 64 - bits
    return value
  }

  @inlinable @inline(__always)
  mutating func code(_ value: inout UInt64, bits: Int) {
    let coded = take(bits: bits + 1)
    guard coded & 1 == 1 else {
      value = coded >> 1
      return
    }
    value = takeRest(of: coded >> 1, bits: bits)
  }

  /// A value of 64 bits, of whose lowest `bits` have been taken.
  @inlinable
  mutating func takeRest(of low: UInt64, bits: Int) -> UInt64 {
    low | take(bits: 64 - bits) << bits
  }

  @inlinable @inline(__always)
  mutating func code(exactly value: inout UInt64, bits: Int) { value = take(bits: bits) }

  @inlinable @inline(__always)
  mutating func code(_ value: inout Bool) { value = take(bits: 1) == 1 }
}
