internal import CKVM
internal import KVM

/// A paused vCPU's memory by linear address, under its present paging, or with paging off.
extension Machine {
  /// Copies bytes out.
  ///
  /// - Parameters:
  ///   - address: Linear.
  ///   - count: How many.
  ///   - vcpu: Whose paging counts.
  /// - Returns: The bytes up to the first that is not in RAM.
  /// - Throws: ``KVMError/failed(_:)`` naming `KVM_TRANSLATE`.
  func linearBytes(
    at address: UInt64, count: Int, of vcpu: VCPU
  ) throws(KVMError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let next = address &+ UInt64(bytes.count)
      let part = min(count - bytes.count, 4096 - Int(next % 4096))
      guard let physical = try vcpu.handle.physicalAddress(of: next),
        let found = shared.handle.memory.bytes(at: physical, count: part)
      else { break }
      bytes += found
    }
    return bytes
  }

  /// Copies bytes out, of RAM or of the window in which a debugger sees interrupt lines.
  ///
  /// The window is at ``linesWindow``: 4 bytes for each vCPU, bit n for line n that is high. No guest here has
  /// memory there.
  func visibleBytes(
    at address: UInt64, count: Int, of vcpu: VCPU
  ) throws(KVMError) -> [UInt8] {
    let window = vcpus.flatMap { $0.highLines.littleEndianBytes }
    guard address >= Self.linesWindow, address - Self.linesWindow < UInt64(window.count) else {
      return try linearBytes(at: address, count: count, of: vcpu)
    }
    return Array(window[Int(address - Self.linesWindow)...].prefix(count))
  }

  /// Where a debugger sees interrupt lines as memory, so that it can watch them.
  static let linesWindow: UInt64 = 0xffff_ffff_5650_0000

  /// Copies bytes in.
  ///
  /// - Returns: The pages that they are in; nil where a byte would not be in RAM, and then nothing was written.
  /// - Throws: ``KVMError/failed(_:)`` naming `KVM_TRANSLATE`.
  func writeLinear(
    _ bytes: [UInt8], at address: UInt64, of vcpu: VCPU
  ) throws(KVMError) -> [Int]? {
    var parts: [(physical: UInt64, range: Range<Int>)] = []
    var start = 0
    while start < bytes.count {
      let next = address &+ UInt64(start)
      let end = min(bytes.count, start + 4096 - Int(next % 4096))
      guard let physical = try vcpu.handle.physicalAddress(of: next),
        shared.handle.memory.bytes(at: physical, count: end - start) != nil
      else { return nil }
      parts.append((physical, start..<end))
      start = end
    }
    for part in parts {
      _ = shared.handle.memory.write(Array(bytes[part.range]), at: part.physical)
    }
    return parts.map { Int($0.physical / 4096) }
  }

  /// The linear address of the handler that an interrupt of a vCPU enters; nil where its tables do not say.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  func handlerAddress(ofVector vector: UInt8, of vcpu: VCPU) throws(KVMError) -> UInt64? {
    let registers = try vcpu.handle.specialRegisters()
    let table = registers.idt.base
    if registers.efer >> 10 & 1 == 1 {
      let gate = try linearBytes(at: table &+ 16 * UInt64(vector), count: 16, of: vcpu)
      guard gate.count == 16 else { return nil }
      return gate.number(at: 0, 2) | gate.number(at: 6, 2) << 16 | gate.number(at: 8, 4) << 32
    }
    if registers.cr0 & 1 == 1 {
      let gate = try linearBytes(at: table &+ 8 * UInt64(vector), count: 8, of: vcpu)
      guard gate.count == 8 else { return nil }
      let selector = gate.number(at: 2, 2) & ~7
      let segment = try linearBytes(at: registers.gdt.base &+ selector, count: 8, of: vcpu)
      guard segment.count == 8 else { return nil }
      let base = segment.number(at: 2, 3) | segment.number(at: 7, 1) << 24
      return (base + (gate.number(at: 0, 2) | gate.number(at: 6, 2) << 16)) & 0xffff_ffff
    }
    let pointer = try linearBytes(at: table &+ 4 * UInt64(vector), count: 4, of: vcpu)
    guard pointer.count == 4 else { return nil }
    return pointer.number(at: 2, 2) << 4 + pointer.number(at: 0, 2)
  }
}

extension [UInt8] {
  /// A little-endian number.
  fileprivate func number(at offset: Int, _ size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
  }
}
