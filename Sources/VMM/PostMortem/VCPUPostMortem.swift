/// What is left of a vCPU whose guest has fallen.
public struct VCPUPostMortem: Hashable, Sendable {
  /// An address that the guest could not get through, by the register that held it.
  public struct Walk: Hashable, Sendable {
    /// The register: `cr2`, `rip` or `rsp`.
    public let register: String
    /// The way from the address.
    public let walk: PageWalk
  }

  /// The vCPU, from 0.
  public let cpu: Int
  /// What it was doing.
  public let activity: String
  /// Its registers.
  public let registers: GuestRegisters
  /// Whether KVM had put the vCPU into its state after INIT before this program could look: nothing here is
  /// the guest's then but ``exception`` and ``exits``.
  ///
  /// KVM does so on AMD processors, where a shutdown leaves their copy of the registers undefined.
  public let isReset: Bool
  /// The last exception that KVM knows of; nil where it knows none.
  public let exception: GuestException?
  /// Up to 16 bytes at the instruction pointer; fewer where they end at a page that is not there.
  public let code: [UInt8]
  /// Up to 8 words, the stack pointer's first, lowest byte first in memory.
  public let stack: [UInt64]
  /// The walks of what faulted, and of what the next fetch and the next push would need and not find.
  public let walks: [Walk]
  /// The addresses of ``registers`` and ``stack`` that symbols may be near.
  public let addresses: [UInt64: GuestAddress]
  /// The last exits, the oldest first.
  public let exits: [RecentExit]

  /// Looks at what is left.
  ///
  /// - Parameters:
  ///   - cpu: The vCPU, from 0.
  ///   - activity: What it was doing.
  ///   - registers: Its registers.
  ///   - exception: The last exception that KVM knows of.
  ///   - exits: The last exits, the oldest first.
  ///   - isShutDown: Whether its last exit was a triple fault.
  ///   - memory: The bytes at a guest-physical address, so many; nil where RAM does not have all of them.
  init(
    cpu: Int, activity: String, registers: GuestRegisters, exception: GuestException?,
    exits: [RecentExit], isShutDown: Bool, memory: (_ place: UInt64, _ count: Int) -> [UInt8]?
  ) {
    self.cpu = cpu
    self.activity = activity
    self.registers = registers
    self.exits = exits
    self.exception = exception
    isReset = isShutDown && registers.areAfterINIT
    guard !isReset else {
      (code, stack, walks, addresses) = ([], [], [], [:])
      return
    }
    let paging = Paging(registers)
    func walk(_ address: UInt64) -> PageWalk { PageWalk(of: address, by: paging, in: memory) }
    func bytes(at address: UInt64, count: Int) -> [UInt8] {
      Self.bytes(at: address, count: count, by: walk, in: memory)
    }
    code = bytes(at: registers.instruction, count: 16)
    let size = registers.wordSize
    let words = bytes(at: registers.stack, count: 8 * size)
    stack = stride(from: 0, to: words.count / size * size, by: size).map { start in
      words[start..<start + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    var walks: [Walk] = []
    let isPageFault = exception?.vector == GuestException.pageFault
    if paging.form != .off && (registers.cr2 != 0 || isPageFault) {
      walks.append(Walk(register: "cr2", walk: walk(registers.cr2)))
    }
    if code.isEmpty { walks.append(Walk(register: "rip", walk: walk(registers.instruction))) }
    // A push writes below the stack pointer, which may stand just above the stack.
    let pushed = walk(registers.belowStack)
    if stack.isEmpty && !Self.isInRAM(pushed, memory) {
      walks.append(Walk(register: "rsp", walk: pushed))
    }
    self.walks = walks
    let values =
      registers.general + [registers.instruction, registers.rip, registers.cr2] + stack
    addresses = [UInt64: GuestAddress](
      values.map { ($0, GuestAddress(linear: $0, physical: walk($0).physical)) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func isInRAM(_ walk: PageWalk, _ memory: (UInt64, Int) -> [UInt8]?) -> Bool {
    walk.physical.flatMap { memory($0, 1) } != nil
  }

  /// The bytes from a linear address on, page by page, up to the first page that is not there.
  private static func bytes(
    at address: UInt64, count: Int, by walk: (UInt64) -> PageWalk,
    in memory: (UInt64, Int) -> [UInt8]?
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let next = address &+ UInt64(bytes.count)
      let rest = min(count - bytes.count, Int(4096 - next % 4096))
      guard let physical = walk(next).physical, let piece = memory(physical, rest) else { break }
      bytes += piece
    }
    return bytes
  }
}

extension GuestRegisters {
  /// Whether these are the registers after INIT (Intel SDM 3A, table 10-1), and no guest's that just happens
  /// to be at its reset vector with paging on.
  fileprivate var areAfterINIT: Bool {
    rip == 0xfff0 && cs.selector == 0xf000 && !isProtected && cr3 == 0 && rflags == 2
  }
}
