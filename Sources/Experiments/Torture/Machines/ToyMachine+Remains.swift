internal import CKVM
internal import KVM

extension ToyMachine {
  /// What is in registers and memory, piece by piece: registers that hold no time by the guests' contract,
  /// segment and control registers, and every page but the one below RSP.
  ///
  /// - Returns: As many numbers each time, for one image.
  /// - Throws: ``KVM/KVMError/failed(_:)`` naming the request.
  func remains() throws(KVMError) -> [UInt64] {
    let general = try vcpu.registers()
    let stack = (general.rsp &- 1) >> 12
    var pieces = [
      general.rbx, general.rcx, general.rsi, general.rdi, general.rbp, general.rsp, general.r8,
      general.r9,
      general.r10, general.r11, general.r14, general.r15, general.rip, general.rflags,
    ]
    pieces.append(Self.digest(try get(.specialRegisters)))
    for number in pages { pieces.append(number == stack ? 0 : Self.digest(page(number))) }
    return pieces
  }

  /// The same for equal bytes in this process; there may be no two processes in which it is.
  static func digest(_ bytes: [UInt8]) -> UInt64 {
    var hasher = Hasher()
    hasher.combine(bytes)
    return UInt64(truncatingIfNeeded: hasher.finalize())
  }
}
