import Testing

@testable import VMM

@Suite("Page walks")
struct PageWalkTests {
  /// RAM of 16 pages, with entries of tables in it.
  private struct Memory {
    var bytes = [UInt8](repeating: 0, count: 16 << 12)

    mutating func put(_ entry: UInt64, at place: Int, size: Int = 8) {
      for byte in 0..<size { bytes[place + byte] = UInt8(truncatingIfNeeded: entry >> (8 * byte)) }
    }

    func read(_ place: UInt64, _ count: Int) -> [UInt8]? {
      guard place <= UInt64(bytes.count - count) else { return nil }
      return Array(bytes[Int(place)..<Int(place) + count])
    }
  }

  private func paging(
    _ form: Paging.Form, root: UInt64 = 0x1000, hasExecuteDisable: Bool = false
  ) -> Paging {
    var registers = GuestRegisters()
    registers.cr0 = form == .off ? 1 : 1 << 31 | 1
    registers.cr3 = root
    registers.efer = hasExecuteDisable ? 1 << 11 : 0
    switch form {
    case .off: break
    case .bits32: registers.cr4 = 1 << 4
    case .pae: registers.cr4 = 1 << 5
    case .fourLevels, .fiveLevels:
      registers.cr4 = 1 << 5 | (form == .fiveLevels ? 1 << 12 : 0)
      registers.efer |= 1 << 10
    }
    let paging = Paging(registers)
    #expect(paging.form == form)
    return paging
  }

  private func walk(_ address: UInt64, _ paging: Paging, _ memory: Memory) -> PageWalk {
    PageWalk(of: address, by: paging) { memory.read($0, $1) }
  }

  @Test("without paging an address is its own")
  func off() {
    let walk = walk(0x1_dead_beef, paging(.off), Memory())
    #expect(walk.end == .mapped(physical: 0xdead_beef) && walk.steps.isEmpty)
  }

  @Test("four levels lead to a page, and to large pages of 2 MiB and 1 GiB")
  func fourLevels() {
    var memory = Memory()
    let address: UInt64 = 0xffff_8080_4030_2123  // indices 257, 1, 1, 258
    memory.put(0x2003, at: 0x1000 + 257 * 8)
    memory.put(0x3003, at: 0x2000 + 1 * 8)
    memory.put(0x4003, at: 0x3000 + 1 * 8)
    memory.put(0x7003, at: 0x4000 + 258 * 8)
    let small = walk(address, paging(.fourLevels), memory)
    #expect(small.end == .mapped(physical: 0x7123))
    #expect(small.steps.map(\.level) == [.map, .pointers, .directory, .table])
    #expect(small.steps.map(\.index) == [257, 1, 1, 258])
    #expect(small.steps.map(\.place) == [0x1808, 0x2008, 0x3008, 0x4810])
    memory.put(0x40_0083, at: 0x3000 + 1 * 8)
    #expect(walk(address, paging(.fourLevels), memory).end == .mapped(physical: 0x50_2123))
    memory.put(0x4000_0083, at: 0x2000 + 1 * 8)
    #expect(walk(address, paging(.fourLevels), memory).end == .mapped(physical: 0x4030_2123))
  }

  @Test("five levels begin one earlier, and take more addresses for canonical")
  func fiveLevels() {
    var memory = Memory()
    let address: UInt64 = 0x00ab_0000_0000_0000
    memory.put(0x2003, at: 0x1000 + Int(address >> 48) * 8)
    memory.put(0x3003, at: 0x2000)
    memory.put(0x4003, at: 0x3000)
    memory.put(0x5003, at: 0x4000)
    memory.put(0x6003, at: 0x5000)
    let five = walk(address, paging(.fiveLevels), memory)
    #expect(five.end == .mapped(physical: 0x6000) && five.steps.count == 5)
    #expect(walk(address, paging(.fourLevels), memory).end == .notCanonical)
    #expect(walk(0x0100_0000_0000_0000, paging(.fiveLevels), memory).end == .notCanonical)
    #expect(walk(0x0000_8000_0000_0000, paging(.fourLevels), memory).end == .notCanonical)
  }

  @Test("PAE has four pointers at 32 bytes' alignment")
  func pae() {
    var memory = Memory()
    memory.put(0x2001, at: 0x1020 + 3 * 8)
    memory.put(0x3003, at: 0x2000 + 511 * 8)
    memory.put(0x5003, at: 0x3000 + 511 * 8)
    let walk = walk(0x7_ffff_fabc, paging(.pae, root: 0x1020 | 0x1f), memory)
    #expect(walk.end == .mapped(physical: 0x5abc) && walk.address == 0xffff_fabc)
    #expect(walk.steps.map(\.index) == [3, 511, 511])
    memory.put(0x2003, at: 0x1020 + 3 * 8)
    #expect(self.walk(0xffff_f000, paging(.pae, root: 0x1020), memory).end == .reserved(bits: 2))
  }

  @Test("32-bit paging has entries of 4 bytes, and 4 MiB pages where CR4.PSE allows them")
  func bits32() {
    var memory = Memory()
    memory.put(0x2003, at: 0x1000 + 0x3ff * 4, size: 4)
    memory.put(0x5003, at: 0x2000 + 0x3fe * 4, size: 4)
    let small = walk(0xffff_e123, paging(.bits32), memory)
    #expect(small.end == .mapped(physical: 0x5123) && small.steps.map(\.index) == [0x3ff, 0x3fe])
    // Bits 39 to 32 of a large page's address are bits 20 to 13 of its entry.
    memory.put(0x40_0083 | 1 << 13, at: 0x1000 + 0x3ff * 4, size: 4)
    #expect(walk(0xffff_e123, paging(.bits32), memory).end == .mapped(physical: 0x1_007f_e123))
    var registers = GuestRegisters()
    (registers.cr0, registers.cr3) = (1 << 31 | 1, 0x1000)
    memory.put(0x2083, at: 0x1000 + 0x3ff * 4, size: 4)
    #expect(walk(0xffff_e123, Paging(registers), memory).end == .mapped(physical: 0x5123))
  }

  @Test("what is not present, reserved or outside RAM ends the walk there")
  func ends() {
    var memory = Memory()
    memory.put(0x2003, at: 0x1000)
    let missing = walk(0, paging(.fourLevels), memory)
    #expect(missing.end == .notPresent && missing.steps.count == 2)
    memory.put(0xdead_b003, at: 0x2000)
    #expect(walk(0, paging(.fourLevels), memory).end == .outsideRAM(place: 0xdead_b000))
    memory.put(0x3003 | 1 << 63, at: 0x2000)
    #expect(walk(0, paging(.fourLevels), memory).end == .reserved(bits: 1 << 63))
    #expect(walk(0, paging(.fourLevels, hasExecuteDisable: true), memory).end == .notPresent)
    memory.put(0x2083, at: 0x1000)
    #expect(walk(0, paging(.fourLevels), memory).end == .reserved(bits: 0x80))
    let root = paging(.fourLevels, root: 0xffff_ffff_ffff_ffff)
    #expect(walk(0, root, memory).end == .outsideRAM(place: 0xf_ffff_ffff_f000))
    #expect(walk(.max, root, memory).end == .outsideRAM(place: 0xf_ffff_ffff_fff8))
  }

  @Test(
    "a table that is its own entry ends, too", arguments: [Paging.Form.fourLevels, .fiveLevels])
  func loops(form: Paging.Form) {
    var memory = Memory()
    for index in 0..<512 { memory.put(0x1003, at: 0x1000 + index * 8) }
    let walk = walk(0x1234_5678_9abc, paging(form), memory)
    #expect(walk.steps.count == (form == .fiveLevels ? 5 : 4))
    #expect(walk.end == .mapped(physical: 0x1abc))
  }

  @Test("the lines name the bit that forbids the access")
  func lines() {
    var memory = Memory()
    memory.put(0x2007, at: 0x1000)
    memory.put(0x3007, at: 0x2000)
    memory.put(0x4001 | 1 << 63, at: 0x3000)
    memory.put(0x5007, at: 0x4000)
    let walk = walk(0x123, paging(.fourLevels, hasExecuteDisable: true), memory)
    func line(_ fault: PageFault?) -> String { walk.lines(failing: fault)[2] }
    let entry = "PD[0]      at 0x3000 = 0x8000000000004001  present no-execute"
    #expect(line(nil) == entry)
    #expect(line([.write]) == entry)
    #expect(line([.protection, .write]) == entry + ": no write, bit 1 is clear")
    #expect(line([.protection, .user]) == entry + ": not the user's, bit 2 is clear")
    #expect(line([.protection, .fetch]) == entry + ": no fetch, bit 63 is set")
    #expect(walk.lines(failing: nil).last == "physical 0x5123")
    let missing = self.walk(0x20_0000, paging(.fourLevels), memory)
    #expect(missing.lines(failing: [.write]).last?.hasSuffix("not present: bit 0 is clear") == true)
  }
}
