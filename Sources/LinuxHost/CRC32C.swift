internal import CLinuxHost

/// CRC-32C (Castagnoli; polynomial 0x1edc6f41, reflected, all ones before and after) of bytes that
/// come in pieces.
///
/// Of any two files that differ in a single run of up to 32 bits, one at most has a given checksum;
/// of random damage, one in 2^32 passes. It does not protect against a forged one.
public struct CRC32C: Hashable, Sendable {
  private var state: UInt32 = ~0

  /// The checksum of no bytes.
  public init() {}

  /// The checksum of all bytes so far; 0xe3069283 for the nine digits `123456789`.
  public var value: UInt32 { ~state }

  /// Takes the next bytes.
  public mutating func update(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe update($0) }
  }

  /// Takes as many bytes that are 0, without looking at any.
  public mutating func update(zeros count: UInt64) { state = chost_crc32c_zeros(state, count) }

  @unsafe mutating func update(_ bytes: UnsafeRawBufferPointer) {
    // SAFETY: the buffer's bytes are only read, during the call.
    state = unsafe chost_crc32c(state, bytes.baseAddress, bytes.count)
  }
}
