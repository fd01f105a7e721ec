internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TerminalText
internal import TimerModels

/// What a guest sent and this program has not written yet; of fixed size.
struct ConsoleBuffer {
  /// What a terminal is protected by, or nil where each byte goes out as it is.
  private var filter: TerminalFilter?
  private var storage = InlineArray<256, UInt8>(repeating: 0)
  private var count = 0
  /// Whether what was sent so far ends within a line.
  private(set) var isMidLine = false

  init(isFiltered: Bool) { filter = isFiltered ? TerminalFilter() : nil }

  var isEmpty: Bool { count == 0 }
  /// Whether there may be no room for the next byte.
  var isFull: Bool { count + (filter == nil ? 1 : TerminalFilter.growth) > storage.count }
  mutating func append(_ byte: UInt8) {
    guard var filter else { return push(byte) }
    filter.take(byte) { push($0) }
    self.filter = filter
  }

  /// Takes a byte if there is room for it.
  ///
  /// - Returns: Whether there was.
  mutating func take(_ byte: UInt8) -> Bool {
    guard !isFull else { return false }
    append(byte)
    return true
  }

  /// Gives what is there away; what the filter holds back stays.
  mutating func takeAll() -> ConsoleBuffer {
    defer { count = 0 }
    return self
  }

  /// Gives whole lines away, and keeps what follows them; all where there is no whole line.
  mutating func takeLines() -> ConsoleBuffer {
    let last = (0..<count).last { storage[$0] == UInt8(ascii: "\n") } ?? count - 1
    var lines = self
    lines.count = last + 1
    for index in lines.count..<count { storage[index - lines.count] = storage[index] }
    count -= lines.count
    return lines
  }

  /// No more bytes come: shows what was held back.
  mutating func end() {
    guard var filter else { return }
    filter.finish { push($0) }
    self.filter = filter
  }

  private mutating func push(_ byte: UInt8) {
    isMidLine = byte != UInt8(ascii: "\n")
    storage[count] = byte
    count += 1
  }

  /// Writes all, and is empty then, also where that fails: what a stream does not take is lost.
  mutating func flush(
    to stream: StandardStream?, givingUpIf shouldGiveUp: () -> Bool
  ) throws(SystemError) {
    defer { count = 0 }
    try stream?.write(storage.span.extracting(first: count), givingUpIf: shouldGiveUp)
  }
}
