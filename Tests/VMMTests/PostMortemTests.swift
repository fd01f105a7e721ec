import Testing

@testable import KVM
@testable import VMM

@Suite("What is left of a vCPU")
struct PostMortemTests {
  private func flat() -> GuestRegisters {
    var registers = GuestRegisters()
    registers.cr0 = 1
    (registers.cs.is32Bit, registers.ss.is32Bit) = (true, true)
    return registers
  }

  private func postMortem(
    _ registers: GuestRegisters, exception: GuestException? = nil, isShutDown: Bool = false,
    exits: [RecentExit] = []
  ) -> VCPUPostMortem {
    // RAM of 64 KiB in which each byte is the low byte of its address.
    VCPUPostMortem(
      cpu: 0, activity: "running", registers: registers, exception: exception, exits: exits,
      isShutDown: isShutDown
    ) { place, count in
      guard place <= UInt64(0x10000 - count) else { return nil }
      return (0..<count).map { UInt8(truncatingIfNeeded: Int(place) + $0) }
    }
  }

  @Test("code and stack are cut where RAM ends, and a walk says so only if nothing is left")
  func edges() {
    var registers = flat()
    (registers.rip, registers.general[7]) = (0xfffe, 0xfff8)
    let edge = postMortem(registers)
    // Pieces end with pages, so the last two bytes are there, and the page behind them is not.
    #expect(edge.code == [0xfe, 0xff] && edge.stack == [0xfbfa_f9f8, 0xfffe_fdfc])
    #expect(edge.walks.isEmpty)
    (registers.rip, registers.general[7]) = (0xdead_beef, 0x10000)
    let outside = postMortem(registers)
    // An empty stack at the end of RAM is none of a guest's faults.
    #expect(outside.code.isEmpty && outside.stack.isEmpty)
    #expect(outside.walks.map(\.register) == ["rip"])
    registers.general[7] = .max
    #expect(postMortem(registers).walks.map(\.register) == ["rip", "rsp"])
  }

  @Test("segments count outside of 64-bit mode, and words have the mode's size")
  func segments() {
    var real = GuestRegisters()
    (real.cs.base, real.rip) = (0x1000, 0x10)
    (real.ss.base, real.general[7]) = (0x2000, 0x1_0020)
    let part = postMortem(real)
    #expect(real.mode == "real mode, paging off, CPL 0")
    #expect(real.instruction == 0x1010 && real.stack == 0x2020)
    real.general[7] = 0
    #expect(real.belowStack == 0x1_1fff)
    real.general[7] = 0x1_0020
    #expect(part.code.first == 0x10 && part.stack.first == 0x2120)
    #expect(part.addresses[0x1010] == GuestAddress(linear: 0x1010, physical: 0x1010))
  }

  @Test("a page fault's address is walked, with what the error code says")
  func pageFault() {
    var registers = flat()
    registers.cr0 |= 1 << 31
    (registers.cr3, registers.cr2) = (0x1000, 0xdead_beef)
    let fault = GuestException(vector: 14, errorCode: 2, isPending: false)
    let part = postMortem(registers, exception: fault)
    #expect(part.walks.first?.register == "cr2" && part.walks.first?.walk.address == 0xdead_beef)
    let text = PostMortem(vcpus: [part], fallen: 1).text([:])
    #expect(
      text.contains(
        "last exception in KVM: #PF, error code 0x2 (write by the supervisor, page not present)"))
    #expect(text.contains("  walk of cr2 0xdeadbeef, 32-bit paging, cr3 0x1000\n"))
  }

  @Test("a vCPU that KVM has reset says nothing but its exception and its exits")
  func reset() {
    var registers = GuestRegisters()
    (registers.rip, registers.cs.selector, registers.cs.base) = (0xfff0, 0xf000, 0xffff_0000)
    registers.rflags = 2
    let fault = GuestException(vector: 6, errorCode: nil, isPending: false)
    let exits = [RecentExit(exit: .shutdown, output: 0)]
    let part = postMortem(registers, exception: fault, isShutDown: true, exits: exits)
    #expect(part.isReset && part.code.isEmpty && part.stack.isEmpty)
    #expect(
      PostMortem(vcpus: [part], fallen: 1).text([:]) == """
        vCPU 0: this host's KVM resets a vCPU at a triple fault, before its registers can be read
          last exception in KVM: #UD
          last exits, the newest last
            triple fault or shutdown

        """)
    #expect(!postMortem(registers, exits: exits).isReset)
  }

  @Test("vCPUs that did not fall have a line each, with names")
  func summaries() {
    var registers = flat()
    registers.rip = 0x1234
    let part = postMortem(registers)
    let names = [GuestAddress(linear: 0x1234, physical: 0x1234): SymbolPlace(name: "f", offset: 4)]
    let text = PostMortem(vcpus: [part, part], fallen: 1).text(names)
    #expect(text.contains("\n  rip    0x1234 f+0x4\n"))
    #expect(
      text.hasSuffix(
        "vCPU 0, running, 32-bit protected mode, paging off, CPL 0: rip 0x1234 f+0x4, rsp 0x0\n"))
  }

  @Test("of exits the last 16 are kept, and kicks are none")
  func exits() {
    var ring = RecentExits()
    #expect(ring.all.isEmpty)
    for number in 0..<40 {
      ring.note(.load(address: UInt64(number), size: 4), output: 0)
      ring.note(.interrupted, output: 0)
    }
    #expect(ring.all.map(\.description) == (24..<40).map { "load 0x\(String($0, radix: 16)) 4" })
  }

  @Test("exits say what they did")
  func exitTexts() {
    func text(_ exit: VCPUExit, _ output: UInt32 = 0) -> String {
      RecentExit(exit: exit, output: output).description
    }
    let output = PortAccess(port: 0x3f8, size: 1, count: 1, isWrite: true, dataOffset: 0)
    let input = PortAccess(port: 0x3f8, size: 1, count: 3, isWrite: false, dataOffset: 0)
    #expect(text(.port(output), 0x41) == "out 0x3f8 1 = 0x41")
    #expect(text(.port(input)) == "in 0x3f8 1, 3 repetitions")
    #expect(text(.store(address: 0xd000_0004, size: 4, value: 9)) == "store 0xd0000004 4 = 0x9")
    #expect(text(.storeRegister(index: 0x10, value: 1)) == "wrmsr 0x10 = 0x1")
    #expect(text(.halt) == "hlt")
    #expect(text(.shutdown) == "triple fault or shutdown")
  }
}
