/// Makes a guest's bytes harmless to a terminal, as `cat -v` does, but for UTF-8.
///
/// Passed on: printable ASCII, newline, carriage return, tab, backspace and bell, and complete UTF-8
/// sequences of characters that are no controls. Everything else is shown: ESC as `^[`, DEL as `^?`,
/// a byte above 127 as `M-` and what is left without its highest bit. Controls of direction pass: a
/// guest's text may be Hebrew, and they command nothing.
///
/// *Guarantee:* what comes out of one call consists of whole characters. Several filters may
/// therefore write to one terminal, and no two outputs join to a control character.
public struct TerminalFilter: Sendable {
  /// The most bytes that one byte of the guest's lets out: three held back, and it, four each.
  public static let growth = 16

  /// The start of a sequence whose end has not come yet.
  private var held = InlineArray<4, UInt8>(repeating: 0)
  private var heldCount = 0
  /// How long the sequence is.
  private var length = 0

  /// Creates a filter at the start of an output.
  public init() {}

  /// Takes the guest's next byte.
  ///
  /// - Parameters:
  ///   - byte: The byte.
  ///   - emit: Is given the bytes for the terminal, ``growth`` at most.
  public mutating func take(_ byte: UInt8, emit: (UInt8) -> Void) {
    if heldCount > 0 {
      if isContinuation(byte) {
        held[heldCount] = byte
        heldCount += 1
        if heldCount == length { release(emit) }
        return
      }
      finish(emit: emit)
    }
    guard let length = Self.length(of: byte) else { return Self.show(byte, emit) }
    guard length > 1 else { return emit(byte) }
    held[0] = byte
    heldCount = 1
    self.length = length
  }

  /// Shows what is held back, of which no more will come.
  public mutating func finish(emit: (UInt8) -> Void) {
    for index in 0..<heldCount { Self.show(held[index], emit) }
    heldCount = 0
  }

  /// Lets a whole sequence out.
  private mutating func release(_ emit: (UInt8) -> Void) {
    for index in 0..<heldCount { emit(held[index]) }
    heldCount = 0
  }

  /// How long the sequence is that a byte begins, by the table of well-formed sequences in the
  /// Unicode standard; nil where none begins, and for controls.
  private static func length(of byte: UInt8) -> Int? {
    switch byte {
    case 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x20...0x7e: 1
    case 0xc2...0xdf: 2
    case 0xe0...0xef: 3
    case 0xf0...0xf4: 4
    default: nil
    }
  }

  /// Whether a byte continues the sequence that is held back.
  ///
  /// The second byte of some is confined: against overlong forms, surrogates, what lies above
  /// U+10FFFF, and C1 controls.
  private func isContinuation(_ byte: UInt8) -> Bool {
    guard heldCount == 1 else { return (0x80...0xbf).contains(byte) }
    return switch held[0] {
    case 0xc2, 0xe0: (0xa0...0xbf).contains(byte)
    case 0xed: (0x80...0x9f).contains(byte)
    case 0xf0: (0x90...0xbf).contains(byte)
    case 0xf4: (0x80...0x8f).contains(byte)
    default: (0x80...0xbf).contains(byte)
    }
  }

  private static func show(_ byte: UInt8, _ emit: (UInt8) -> Void) {
    let low = byte & 0x7f
    if byte >= 0x80 {
      emit(UInt8(ascii: "M"))
      emit(UInt8(ascii: "-"))
    }
    if low < 0x20 || low == 0x7f {
      emit(UInt8(ascii: "^"))
      emit(low ^ 0x40)
    } else {
      emit(low)
    }
  }
}
