import TestSupport
import Testing

extension Live {
  /// What a guest prints, on its way to standard output.
  @Suite("Console", .requiresKVM)
  struct ConsoleTests {
    /// A flat binary that prints `count` times a letter, two exits for each as a driver that polls does, and
    /// then does `end`.
    private func printer(_ count: UInt16, then end: [UInt8]) -> [UInt8] {
      let low = UInt8(truncatingIfNeeded: count)
      // mov cx, count; print: mov dx, 0x3fd; in al, dx; mov dx, 0x3f8; mov al, 'x'; out dx, al; loop print
      return [0xb9, low, UInt8(count >> 8), 0xba, 0xfd, 0x03, 0xec, 0xba, 0xf8, 0x03, 0xb0, 0x78]
        + [0xee, 0xe2, 0xf4] + end
    }

    private static let exit: [UInt8] = [0xb0, 0x05, 0xe6, 0xf4]  // mov al, 5; out 0xf4, al
    private static let spin: [UInt8] = [0xeb, 0xfe]  // jmp $
    private static let halt: [UInt8] = [0xfa, 0xf4]  // cli; hlt

    @Test(
      "what is printed is complete and in order, more than any buffer holds",
      arguments: ["user", "kernel"])
    func order(controller: String) {
      let folder = TemporaryFolder()
      let file = folder.file("guest", printer(5000, then: Self.exit))
      let result = shell("$SWVMM run '\(file)' --irqchip \(controller)")
      #expect(result.output == String(repeating: "x", count: 5000) && result.status == 5)
    }

    @Test(
      "a byte is seen while its guest does nothing more that exits", .timeLimit(.minutes(1)),
      arguments: ["user", "kernel", "split"], [spin, halt])
    func promptness(controller: String, end: [UInt8]) {
      let folder = TemporaryFolder()
      let file = folder.file("guest", printer(1, then: end))
      // Standard input stays open, so that a guest that halts is not proven dead at once.
      let result = shell(
        """
        mkfifo pipe
        $SWVMM run '\(file)' --irqchip \(controller) --timeout 50 >pipe 2>/dev/null &
        timeout 40 head -c 1 <pipe
        echo " $?"
        kill $!
        """)
      #expect(result.output == "x 0\n")
    }

    @Test("a line is written whole, so that guests which share a terminal mix none")
    func wholeLines() throws {
      let folder = TemporaryFolder()
      // mov bp, 400; line: mov bl, 'a'; letter: mov dx, 0x3fd; in al, dx; mov dx, 0x3f8; mov al, bl; out dx, al;
      // inc bl; cmp bl, 'z' + 1; jne letter; mov al, 10; out dx, al; dec bp; jne line
      let lines: [UInt8] =
        [0xbd, 0x90, 0x01, 0xb3, 0x61, 0xba, 0xfd, 0x03, 0xec, 0xba, 0xf8, 0x03, 0x88, 0xd8, 0xee]
        + [0xfe, 0xc3, 0x80, 0xfb, 0x7b, 0x75, 0xef, 0xb0, 0x0a, 0xee, 0x4d, 0x75, 0xe7]
      let child = try Child(
        ["run", folder.file("guest", lines + Self.exit)], inPackets: true)
      var packets: [String] = []
      while case let packet = child.readPacket(), !packet.isEmpty { packets.append(packet) }
      #expect(child.wait() == 5)
      let line = "abcdefghijklmnopqrstuvwxyz\n"
      #expect(packets.joined() == String(repeating: line, count: 400))
      // Less than a line is written where no more came for a while: the host has other work, too.
      let long = packets.filter { $0.utf8.count >= line.utf8.count }
      #expect(!long.isEmpty && long.allSatisfy { $0.hasSuffix("\n") }, "\(long)")
    }

    @Test("bytes share system calls")
    func systemCalls() throws {
      let folder = TemporaryFolder()
      let file = folder.file("guest", printer(3000, then: Self.exit))
      // What a shell's children wrote is added to its own account when they have ended.
      let result = shell(
        "$SWVMM run '\(file)' >out; wc -c <out; sed -n 's/syscw: //p' /proc/$$/io")
      let numbers = result.output.split(separator: "\n").compactMap { Int($0) }
      try #require(numbers.count == 2)
      #expect(numbers[0] == 3000)
      // 12 for what fills a buffer, and one each 10 ms.
      #expect(numbers[1] < 600, "\(numbers[1])")
    }
  }
}
