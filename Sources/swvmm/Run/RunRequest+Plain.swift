import VMM

/// Command lines that need no option parser.
extension RunRequest {
  /// The request of a command line that says no more than an image, words for the guest, and what is asked for
  /// most: memory, vCPUs, controllers, clock and time limit.
  ///
  /// nil says nothing about the command line: whatever is unusual, and every mistake, is the option parser's, so
  /// that all messages are.
  ///
  /// *Why not leave it all to the parser:* that takes longer than to boot a guest, and scripts that boot hundreds
  /// mostly write just this.
  init?(plain words: some Collection<String>) {
    guard words.first == "run" else { return nil }
    self.init(image: "")
    var rest = words.dropFirst()
    while let word = rest.popFirst() {
      if word == "--" {
        arguments = Array(rest)
        break
      } else if word.hasPrefix("-") {
        guard let value = rest.popFirst(), take(word, value) else { return nil }
      } else if image.isEmpty {
        image = word
      } else {
        return nil
      }
    }
    if image.isEmpty { return nil }
  }

  /// - Returns: Whether it is one of these options, and its value is one that it may have.
  private mutating func take(_ option: String, _ value: String) -> Bool {
    switch option {
    case "--memory":
      guard let size = try? MemorySize.parse(value) else { return false }
      memory = size
    case "--timeout":
      guard let limit = try? TimeSpan.timeout(value) else { return false }
      watch.timeout = limit
    case "--cpus":
      guard !value.hasPrefix("-"), let count = Int(value) else { return false }
      cpus = count
    case "--irqchip":
      guard let place = IRQChip(rawValue: value) else { return false }
      irqchip = place
    case "--clock":
      guard let source = Clock(rawValue: value) else { return false }
      clock = source
    default: return false
    }
    return true
  }
}
