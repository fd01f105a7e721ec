public import LinuxHost

/// Why a checkpoint cannot be written, or not be read.
public enum CheckpointFileError: Error, Hashable, CustomStringConvertible {
  /// The file does not begin as a checkpoint does.
  case notACheckpoint
  /// A checkpoint of another format.
  case otherVersion(UInt32)
  /// A guest of another architecture (an `e_machine` of ELF).
  case otherArchitecture(UInt32)
  /// A guest with pages of another size, in bytes.
  case otherPageSize(UInt32)
  /// The file has fewer bytes than it should.
  case truncated(expected: UInt64, found: UInt64)
  /// The file has more bytes than it should.
  case trailingBytes(expected: UInt64, found: UInt64)
  /// Bytes from an offset up to another do not have the checksum that was noted for them.
  case damaged(from: UInt64, to: UInt64, expected: UInt32, found: UInt32)
  /// The bytes are as they were written, but make no sense; at which byte, and why.
  case malformed(offset: UInt64, reason: String)
  /// A section that is not there.
  case missingSection(SectionName)
  /// A section whose contents are not what was expected.
  case badSection(SectionName, reason: String)
  /// A call of the operating system failed; its error names the file.
  case system(SystemError)

  /// What is wrong, without a full stop, and without the file's name but for ``system(_:)``.
  public var description: String {
    switch self {
    case .notACheckpoint: "not a checkpoint of swvmm's (`swvmm run` boots images)"
    case .otherVersion(let version):
      "written by format version \(version); this program reads \(CheckpointHeader.version)"
    case .otherArchitecture(let machine):
      "of a guest of architecture \(machine) (as in ELF); this program runs "
        + "\(CheckpointHeader.architecture) (x86-64)"
    case .otherPageSize(let size):
      "made of pages of \(size) bytes; this program uses \(Mapping.pageSize)"
    case .truncated(let expected, let found):
      "truncated: there should be \(expected) bytes, and the file has \(found)"
    case .trailingBytes(let expected, let found):
      "\(found - expected) bytes behind the end, which is byte \(expected)"
    case .damaged(let from, let to, let expected, let found):
      "damaged: the checksum of bytes \(from) to \(to - 1) is \(Self.hexadecimal(found)), "
        + "and \(Self.hexadecimal(expected)) was noted"
    case .malformed(let offset, let reason): "malformed at byte \(offset): \(reason)"
    case .missingSection(let name): "section \(name) is missing"
    case .badSection(let name, let reason): "section \(name): \(reason)"
    case .system(let error): error.description
    }
  }

  private static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
