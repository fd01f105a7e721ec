/// The lines of a text that came from elsewhere, as bytes.
struct TextLines {
  let lines: [ArraySlice<UInt8>]

  init(_ bytes: [UInt8]) {
    lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  }

  /// The words of a line, between blanks, tabs and carriage returns.
  static func words(_ line: ArraySlice<UInt8>) -> [Substring] {
    line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }.map {
      Substring(String(decoding: $0, as: UTF8.self))
    }
  }
}
