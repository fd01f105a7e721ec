import TestSupport
import Testing

@testable import GDBProtocol

@Suite("What a client is told")
struct TargetTests {
  @Test("the description is XML, and names every register once with its size")
  func description() throws {
    let text = String(decoding: TargetDescription.document, as: UTF8.self)
    for register in RegisterLayout.registers {
      let line = "<reg name=\"\(register.name)\" bitsize=\"\(register.size * 8)\""
      #expect(text.components(of: line) == 1, "\(register.name)")
    }
    // GDB's own: rax to gs, 8 of x87 and 8 more, 16 of SSE and MXCSR, two bases.
    #expect(RegisterLayout.index(of: "rip") == 16)
    #expect(RegisterLayout.index(of: "eflags") == 17)
    #expect(RegisterLayout.index(of: "st0") == 24)
    #expect(RegisterLayout.index(of: "xmm0") == 40)
    #expect(RegisterLayout.index(of: "fs_base") == 57)
  }

  @Test("its parts are the whole, whatever their size, and there is nothing behind it")
  func parts() {
    for size in [1, 100, 4091, 1 << 20] {
      var bytes: [UInt8] = []
      while true {
        let part = TargetDescription.part(from: UInt64(bytes.count), count: UInt64(size)).payload
        bytes += part.dropFirst()
        if part[0] == UInt8(ascii: "l") { break }
        #expect(part[0] == UInt8(ascii: "m") && part.count > 1)
      }
      #expect(bytes == TargetDescription.document)
    }
    #expect(TargetDescription.part(from: .max, count: .max) == Packet("l"))
  }

  @Test("stops are told with their reasons")
  func stops() {
    #expect(StopReply(.trap, cpu: 0).packet == Packet("T05thread:1;"))
    #expect(
      StopReply(.trap, cpu: 15, .softwareBreakpoint).packet == Packet("T05thread:10;swbreak:;"))
    #expect(
      StopReply(.trap, cpu: 1, .watchpoint(.write, 0x1000)).packet
        == Packet("T05thread:2;watch:1000;"))
    #expect(
      StopReply(.abort, cpu: 0, .historyBegins).packet == Packet("T06thread:1;replaylog:begin;"))
    #expect(StopReply.exited(101) == Packet("W65"))
    #expect(StopReply.signalled(9) == Packet("X09"))
  }

  @Test("debug registers hold what x86's can, and the fourth stays this program's")
  func debugRegisters() {
    var table = BreakpointTable()
    #expect(table.isEmpty && table.debugRegisters().control == 1 << 10)
    let inserted = [
      Breakpoint(.hardware, at: 0x1000), Breakpoint(.write, at: 0x2000, length: 4),
      Breakpoint(.access, at: 0x3000, length: 8), Breakpoint(.access, at: 0x3000, length: 8),
      Breakpoint(.hardware, at: 0x4000),
    ].map { table.insertHardware($0) }
    #expect(inserted == [true, true, true, true, false])
    let (addresses, control) = table.debugRegisters(own: 0x5000)
    #expect(addresses == [0x1000, 0x2000, 0x3000, 0x5000])
    // G0 to G3; an execution, a write of 4 bytes, an access to 8, an execution.
    #expect(control == 0x0bd0_04aa)
    #expect(table.hardwareHit(debugStatus: 2)?.kind == .write)
    #expect(table.hardwareHit(debugStatus: 8) == nil)
    for wrong in [
      Breakpoint(.read, at: 0), Breakpoint(.write, at: 1, length: 2),
      Breakpoint(.write, at: 0, length: 3), Breakpoint(.write, at: 0, length: 1 << 63),
      Breakpoint(.write, at: 0, length: 0),
    ] {
      var empty = BreakpointTable()
      let isInserted = empty.insertHardware(wrong)
      #expect(!isInserted, "\(wrong)")
    }
  }

  @Test("a breakpoint in memory is there as long as a client wants it, by either kind")
  func kindsInMemory() {
    var table = BreakpointTable()
    let (software, hardware) = (Breakpoint(.software, at: 8), Breakpoint(.hardware, at: 8))
    _ = table.insertInMemory(hardware, physical: 8)
    #expect(table.kindInMemory(at: 8) == .hardware && table.hardware.isEmpty)
    _ = table.insertInMemory(software, physical: 8)
    #expect(table.kindInMemory(at: 8) == .software)
    table.remove(Breakpoint(.write, at: 8, length: 1))
    table.remove(software)
    #expect(table.kindInMemory(at: 8) == .hardware && table.software == [8: 8])
    table.remove(hardware)
    #expect(table.kindInMemory(at: 8) == nil && table.isEmpty)
  }

  @Test("a table has bounds, and a breakpoint set twice is one")
  func bounds() {
    var table = BreakpointTable()
    let max = UInt64(BreakpointTable.softwareMax)
    let first = (0..<max).map { table.insertInMemory(Breakpoint(.software, at: $0), physical: $0) }
    #expect(first.allSatisfy { $0 })
    let more = [0, max].map { table.insertInMemory(Breakpoint(.software, at: $0), physical: 0) }
    #expect(more == [true, false])
    table.remove(Breakpoint(.software, at: 0))
    let again = table.insertInMemory(Breakpoint(.software, at: max), physical: 0)
    #expect(again)
    let compared = [UInt64(9), 0, 3].map {
      table.insertCompared(Breakpoint(.write, at: 0, length: $0))
    }
    #expect(compared == [false, false, true])
    table.remove(Breakpoint(.write, at: 0, length: 3))
    #expect(table.compared.isEmpty)
  }

  @Test("hlt is found behind prefixes, and nowhere else")
  func halts() {
    #expect(HaltInstruction.length(of: [0xf4]) == 1)
    #expect(HaltInstruction.length(of: [0x66, 0xf3, 0xf4, 0x90]) == 3)
    #expect(HaltInstruction.length(of: [0xfb, 0xf4]) == nil)
    #expect(HaltInstruction.length(of: []) == nil)
    #expect(HaltInstruction.length(of: [UInt8](repeating: 0x66, count: 20)) == nil)
  }
}

extension String {
  /// How often another string occurs.
  fileprivate func components(of other: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: other) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
