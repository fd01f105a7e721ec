import Glibc

@testable import LinuxHost
@testable import VMM

/// A file of this process that holds one input, and goes with the value.
struct ScratchFile: ~Copyable {
  let path: String

  /// - Parameter name: What distinguishes it from other files of this process.
  init(_ name: String) {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    path = "\(folder)/swvmm-fuzz-\(getpid())-\(name)"
  }

  deinit { unlink(path) }
}

/// What every checkpoint has at the same places, so that an input gets past the first checks.
enum CheckpointEnvelope {
  /// Makes the constants, the length and both checksums right; everything else is the input's.
  static func seal(_ file: inout [UInt8]) {
    if file.count < 64 { file += [UInt8](repeating: 0, count: 64 - file.count) }
    file.replaceSubrange(0..<8, with: Array("swvmm\r\n\u{1a}".utf8))
    for (index, number) in [UInt32(1), 62, 4096, 64].enumerated() {
      file.put(number, at: 8 + 4 * index)
    }
    file.put(UInt64(file.count), at: 40)
    file.put(checksum(of: file[64...]), at: 56)
    file.put(checksum(of: file[..<60]), at: 60)
  }

  private static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    var checksum = CRC32C()
    checksum.update(Array(bytes))
    return checksum.value
  }
}
