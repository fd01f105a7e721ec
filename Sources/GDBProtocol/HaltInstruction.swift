/// The instruction `hlt`, in bytes.
public enum HaltInstruction {
  /// The longest instruction.
  public static let bytesMax = 15

  /// How long an instruction is, if it is a `hlt`.
  ///
  /// REX, which outside of 64-bit code is an instruction, is not looked through: no assembler writes it here.
  ///
  /// - Parameter bytes: From the instruction's first one.
  /// - Returns: Its length; nil if it is another.
  public static func length(of bytes: [UInt8]) -> Int? {
    for (index, byte) in bytes.prefix(bytesMax).enumerated() {
      if byte == 0xf4 { return index + 1 }
      if !prefixes.contains(byte) { return nil }
    }
    return nil
  }

  private static let prefixes: [UInt8] = [
    0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf2, 0xf3,
  ]
}
