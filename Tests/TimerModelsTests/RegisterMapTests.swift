import Testing
import TimerModels

/// The interrupt controller's registers where GICv2 has them, by number.
@Suite("Register map")
struct RegisterMapTests {
  /// A controller with something in every register of CPU 1.
  private func filled() -> InterruptController {
    var controller = InterruptController(cpuCount: 2)
    func write(_ offset: Int, _ value: UInt32) {
      controller.write(.distributor, offset: offset, size: 4, value: value, cpu: 1)
    }
    write(0x000, 1)
    write(0x100, 0x8000_0000)
    write(0x104, 0x11)
    write(0x200, 0x4000_0000)
    write(0x204, 0x22)
    write(0x300, 0x2000_0010)
    write(0x304, 0x44)
    for index in 0..<16 { write(0x400 + 4 * index, 0x0101_0101 * UInt32(index + 1)) }
    for index in 8..<16 { write(0x800 + 4 * index, index % 2 == 0 ? 0x0003_0201 : 0x0302_0100) }
    write(0xc08, 0xaaaa_aaaa)
    write(0xc0c, 0x2000_0002)
    write(0xf20, 0x0000_0201)
    write(0xf2c, 0x0300_0000)
    return controller
  }

  @Test("Every word of the distributor is the register that GICv2 has there, or reads as 0")
  func distributor() {
    var expected: [Int: UInt32] = [
      0x000: 1, 0x004: 0x21, 0xfe8: 0x20,
      0x100: 0x8000_ffff, 0x104: 0x11, 0x180: 0x8000_ffff, 0x184: 0x11,
      0x200: 0x4000_8003, 0x204: 0x22, 0x280: 0x4000_8003, 0x284: 0x22,
      0x300: 0x2000_0010, 0x304: 0x44, 0x380: 0x2000_0010, 0x384: 0x44,
      0xc00: 0xaaaa_aaaa, 0xc08: 0xaaaa_aaaa, 0xc0c: 0x2000_0002,
      0xf10: 0x0000_0201, 0xf1c: 0x0300_0000, 0xf20: 0x0000_0201, 0xf2c: 0x0300_0000,
    ]
    for index in 0..<16 { expected[0x400 + 4 * index] = 0x0101_0101 * UInt32(index + 1) }
    for index in 0..<8 { expected[0x800 + 4 * index] = 0x0202_0202 }
    for index in 8..<16 {
      expected[0x800 + 4 * index] = index % 2 == 0 ? 0x0003_0201 : 0x0302_0100
    }
    var controller = filled()
    let before = controller
    for offset in stride(from: 0, to: 0x1000, by: 4) {
      let value = controller.read(.distributor, offset: offset, size: 4, cpu: 1)
      #expect(value == expected[offset, default: 0], "offset 0x\(String(offset, radix: 16))")
    }
    #expect(controller == before, "reading the distributor has no effect")
  }

  @Test("A write changes nothing where no register is, or one that is read-only")
  func writes() {
    let distributor: [Range<Int>] = [
      0x000..<0x004, 0x100..<0x108, 0x180..<0x188, 0x200..<0x208, 0x280..<0x288, 0x300..<0x308,
      0x380..<0x388, 0x400..<0x440, 0x820..<0x840, 0xc08..<0xc10, 0xf00..<0xf04, 0xf10..<0xf30,
    ]
    let interface: [Range<Int>] = [
      0x000..<0x00c, 0x010..<0x014, 0x0d0..<0x0e0, 0x1000..<0x1004,
    ]
    let filled = filled()
    for (frame, registers) in [
      (InterruptControllerFrame.distributor, distributor), (.cpuInterface, interface),
    ] {
      for offset in stride(from: 0, to: 0x2000, by: 4)
      where !registers.contains(where: { $0.contains(offset) }) {
        var controller = filled
        controller.write(frame, offset: offset, size: 4, value: 0x0102_0303, cpu: 1)
        #expect(controller == filled, "\(frame) 0x\(String(offset, radix: 16))")
      }
    }
  }

  @Test("A register with a byte an interrupt is its four bytes, loaded one at a time")
  func bytes() {
    var controller = filled()
    for offset in [0x400..<0x440, 0x800..<0x840, 0xf10..<0xf30].joined() {
      let word = controller.read(.distributor, offset: offset & ~3, size: 4, cpu: 1)
      let byte = controller.read(.distributor, offset: offset, size: 1, cpu: 1)
      #expect(byte == word >> (8 * (offset % 4)) & 0xff, "offset 0x\(String(offset, radix: 16))")
    }
  }

  @Test("Every word of the CPU interface is the register that GICv2 has there, or reads as 0")
  func cpuInterface() {
    var controller = filled()
    func write(_ offset: Int, _ value: UInt32) {
      controller.write(.cpuInterface, offset: offset, size: 4, value: value, cpu: 1)
    }
    write(0x000, 0x201)
    write(0x004, 0xf0)
    write(0x008, 3)
    for index in 0..<4 { write(0xd0 + 4 * index, UInt32(0x0100_0000 + index)) }
    let expected: [Int: UInt32] = [
      0x000: 0x201, 0x004: 0xf0, 0x008: 3, 0x014: 0x30, 0x018: 0, 0x020: 1023, 0x028: 1023,
      0x0d0: 0x0100_0000, 0x0d4: 0x0100_0001, 0x0d8: 0x0100_0002, 0x0dc: 0x0100_0003,
      0x0fc: 0x2_0000,
    ]
    let before = controller
    for offset in stride(from: 0, to: 0x2000, by: 4) where offset != 0x00c {
      let value = controller.read(.cpuInterface, offset: offset, size: 4, cpu: 1)
      #expect(value == expected[offset, default: 0], "offset 0x\(String(offset, radix: 16))")
    }
    #expect(controller == before, "but for GICC_IAR, reading has no effect")
    // SGI 0 of CPU 0: the highest priority, and above what is running.
    #expect(controller.read(.cpuInterface, offset: 0x00c, size: 4, cpu: 1) == 0)
    #expect(controller != before)
  }
}
