import GuestImages

@testable import VMM

/// Registers and RAM of a guest that fell: page walks in every form, code, stack, and their text.
///
/// *Reaches:* tables that lead anywhere, themselves included, and addresses at every edge. *Does not reach:*
/// KVM, from which registers come.
enum PostMortemTarget: FuzzTarget {
  static let name = "post-mortem"

  static func run(_ input: [UInt8]) throws {
    var input = FuzzInput(input)
    let registers = registers(&input)
    let errorCode = UInt32(truncatingIfNeeded: input.number())
    let exception = GuestException(
      vector: input.byte(), errorCode: input.flag() ? errorCode : nil, isPending: input.flag())
    let memory = input.remainder()
    guard !memory.isEmpty else { return }
    // RAM of 64 KiB in which the input repeats.
    func read(_ place: UInt64, _ count: Int) -> [UInt8]? {
      guard place <= UInt64(0x10000 - count) else { return nil }
      return (0..<count).map { memory[(Int(place) + $0) % memory.count] }
    }
    let part = VCPUPostMortem(
      cpu: 0, activity: "running", registers: registers, exception: exception, exits: [],
      isShutDown: input.flag(), memory: read)
    try promise(part.code.count <= 16 && part.stack.count <= 8, "more than was to be shown")
    for walk in part.walks.map(\.walk) { try check(walk, read) }
    for address in part.addresses.values {
      let walk = PageWalk(of: address.linear, by: Paging(registers), in: read)
      try promise(walk.physical == address.physical, "an address leads to two places")
      try check(walk, read)
    }
    let text = PostMortem(vcpus: [part], fallen: 1).text([:])
    try promise(text.hasSuffix("\n") && text.utf8.count < 8192, "a text of no length, or too long")
  }

  private static func check(
    _ walk: PageWalk, _ read: (UInt64, Int) -> [UInt8]?
  ) throws {
    try promise(walk.steps.count <= 5, "more steps than levels")
    let size = walk.form == .bits32 ? 4 : 8
    for step in walk.steps {
      let entry = read(step.place, size)?.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      try promise(entry == step.entry, "an entry that is not there")
    }
    if let physical = walk.physical {
      try promise(physical & 0xfff == walk.address & 0xfff || walk.form == .off, "another offset")
    }
  }

  private static func registers(_ input: inout FuzzInput) -> GuestRegisters {
    var registers = GuestRegisters()
    registers.general[7] = input.number()
    (registers.rip, registers.cr2) = (input.number(), input.number())
    // Tables in RAM more often than not.
    registers.cr3 = input.flag() ? input.number() : UInt64(input.byte()) << 8
    registers.cr0 = (input.flag() ? 1 << 31 : 0) | (input.flag() ? 1 : 0)
    registers.cr4 = UInt64(input.integer(UInt16.self))
    registers.efer = UInt64(input.integer(UInt16.self))
    (registers.cs.base, registers.ss.base) = (input.number(), input.number())
    (registers.cs.isLong, registers.cs.is32Bit) = (input.flag(), input.flag())
    registers.ss.is32Bit = input.flag()
    return registers
  }

  static func seeds() -> [[UInt8]] {
    (0..<8).map { FuzzInput.pattern($0, count: 96) }
      + (0..<4).map { FuzzInput.pattern($0, count: 48) + [UInt8](repeating: 0x03, count: 64) }
  }
}
