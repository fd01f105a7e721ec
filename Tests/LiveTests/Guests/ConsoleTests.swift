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
