internal import KVM

/// Instructions in a guest's memory that stop it, while it runs.
///
/// *Which:* where a vCPU halts in this program, `hlt`, which exits on every backend and in every mode of a
/// guest's kernel; some emulate kernels and know no `int3` there. Elsewhere `int3`.
///
/// *Guarantee:* a paused machine has none: a look at memory then, a checkpoint's included, finds the
/// guest's own bytes.
struct BreakpointPatches: Hashable, Sendable {
  private let instruction: UInt8
  /// The guest's bytes, by their guest-physical addresses.
  private var originals: [UInt64: UInt8] = [:]

  init(for irqchip: IRQChip) { instruction = irqchip == .user ? 0xf4 : 0xcc }

  /// Puts an instruction at each address; one outside of RAM is left out.
  mutating func put(at addresses: some Sequence<UInt64>, in memory: borrowing GuestMemory) {
    for address in addresses where originals[address] == nil {
      guard let byte = memory.bytes(at: address, count: 1)?.first else { continue }
      originals[address] = byte
      _ = memory.write([instruction], at: address)
    }
  }

  /// Puts the guest's bytes back, but where the guest has written another one.
  mutating func lift(from memory: borrowing GuestMemory) {
    for (address, byte) in originals {
      guard memory.bytes(at: address, count: 1) == [instruction] else { continue }
      _ = memory.write([byte], at: address)
    }
    originals = [:]
  }

  /// A page's contents without the instructions.
  func withoutPatches(_ contents: [UInt8], page: Int) -> [UInt8] {
    var contents = contents
    for (address, byte) in originals where Int(address / 4096) == page {
      let offset = Int(address % 4096)
      if contents[offset] == instruction { contents[offset] = byte }
    }
    return contents
  }
}
