import GuestImages
import KVM
import Synchronization
import Testing

@testable import VMM

@Suite("Test device")
struct TestDeviceTests {
  private final class Recorder: InterruptSink {
    let changes = Mutex<[Int: [Bool]]>([:])
    func setLine(_ line: Int, isHigh: Bool) {
      changes.withLock { $0[line, default: []].append(isHigh) }
    }
  }

  private let recorder = Recorder()
  private let board: TestBoard

  init() { board = TestBoard(lines: recorder) }

  @Test("ports keep bytes, in accesses of every size; what goes beyond them is all ones")
  func ports() throws {
    #expect(try board.writePort(0x4433_2211, to: 0xe0, size: 4) == Effect.none)
    #expect(board.readPort(0xe0, size: 4)?.value == 0xffff_ffff_4433_2211)
    #expect(board.readPort(0xe1, size: 2)?.value == 0xffff_ffff_ffff_3322)
    #expect(try board.writePort(0x99, to: 0xe3, size: 1) == Effect.none)
    #expect(board.readPort(0xe2, size: 4)?.value == 0xffff_ffff_ffff_9933)
    #expect(try board.writePort(0x7766_5544, to: 0xe2, size: 4) == Effect.none)
    #expect(board.readPort(0xe0, size: 4)?.value == 0xffff_ffff_5544_2211)
    for port: UInt16 in [0, 0xdf, 0xe4, 0xe5, 0x2000] {
      #expect(board.readPort(port, size: 1) == nil)
    }
    #expect(try board.writePort(0, to: 0xe5, size: 4) == nil)
  }

  @Test("a store drops the page at an address")
  func dropPage() throws {
    for size in [1, 2, 4] {
      #expect(
        try board.writePort(0xffff_f123, to: 0xe4, size: size)
          == .dropPage(address: 0xffff_f123))
    }
  }

  @Test("a port a line, high unless the value is 0")
  func lines() throws {
    for line in 0..<24 {
      #expect(try board.writePort(0x8000_0000, to: UInt16(0x2000 + line), size: 4) == Effect.none)
      #expect(try board.writePort(1, to: UInt16(0x2000 + line), size: 1) == Effect.none)
      #expect(try board.writePort(0, to: UInt16(0x2000 + line), size: 1) == Effect.none)
    }
    #expect(try board.writePort(1, to: 0x2018, size: 1) == nil)
    #expect(try board.writePort(1, to: 0x1fff, size: 1) == nil)
    let changes = recorder.changes.withLock { $0 }
    #expect(changes == Dictionary(uniqueKeysWithValues: (0..<24).map { ($0, [true, false]) }))
  }

  @Test("64 KiB of memory keep bytes")
  func memory() throws {
    #expect(board.writeMemory(0x1122_3344_5566_7788, to: 0xff00_0000, size: 8))
    #expect(board.readMemory(0xff00_0004, size: 4) == 0xffff_ffff_1122_3344)
    #expect(board.writeMemory(.max - 1, to: 0xff00_fffe, size: 8))
    #expect(board.readMemory(0xff00_fffe, size: 2) == UInt64.max - 1)
    #expect(board.readMemory(0xff01_0000, size: 1) == nil)
    #expect(!board.writeMemory(0, to: 0xfeff_ffff, size: 1))
    #expect(board.readMemory(.max, size: 8) == nil)
  }

  @Test("a dropped page keeps its contents; one outside RAM is none")
  func contents() throws {
    let memory = try GuestMemory(size: 2 << 20)
    let isWritten = memory.write([1, 2, 3], at: 0x1ffd)
    #expect(isWritten)
    for address: UInt64 in [0x1fff, 0, 0x1f_ffff, 0x20_0000, .max] {
      try memory.dropPage(at: address)
    }
    let bytes = memory.bytes(at: 0x1ffd, count: 3)
    #expect(bytes == [1, 2, 3])
    // A page that cannot be written would end the process.
    let isWritable = memory.write([4], at: 0x1ffd)
    #expect(isWritable)
  }
}
