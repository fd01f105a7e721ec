import LinuxHost

/// The inputs that the repository keeps of each target: a few dozen that reach what all found ones do.
///
/// One file a target, one input a line, in hexadecimal: a diff shows which inputs came and went.
enum KeptCorpus {
  /// The folder of Package.swift, with a slash at its end.
  static let repository =
    "/" + #filePath.split(separator: "/").dropLast(5).joined(separator: "/") + "/"
  private static let folder = repository + "Tests/Fuzz/Corpus/"

  /// The largest file that is kept.
  private static let sizeMax = 1 << 20

  /// The inputs of a target.
  ///
  /// - Throws: The reason why its file cannot be read, or ``BrokenPromise`` for another line.
  static func inputs(of target: String) throws -> [[UInt8]] {
    guard let file = try HostFile.contents(of: folder + target, limit: sizeMax) else {
      throw BrokenPromise(description: "\(folder)\(target) has more than \(sizeMax) bytes")
    }
    return try file.split(separator: UInt8(ascii: "\n")).map { line in
      let bytes = Self.bytes(line)
      try promise(bytes != nil, "\(folder)\(target): a line is not hexadecimal")
      return bytes ?? []
    }
  }

  /// Makes these the kept inputs of a target, the shortest first.
  ///
  /// - Throws: The reason why the file cannot be written.
  static func keep(_ inputs: [[UInt8]], of target: String) throws {
    let lines = inputs.map { input in
      input.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\n"
    }
    let text = lines.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }.joined()
    try HostFile.write(Array(text.utf8), to: folder + target)
  }

  private static func bytes(_ line: ArraySlice<UInt8>) -> [UInt8]? {
    let digits = line.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard digits.count == line.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
