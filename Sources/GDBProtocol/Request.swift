/// What a client asks for, as far as it is known here.
public enum Request: Hashable, Sendable {
  /// `?`
  case stopReason
  /// `g`, `G`, `p`, `P`.
  case readRegisters
  case writeRegisters([UInt8])
  case readRegister(Int)
  case writeRegister(Int, [UInt8])
  /// `m`; `M` and `X`.
  case readMemory(address: UInt64, count: UInt64)
  case writeMemory(address: UInt64, [UInt8])
  /// `Z` and `z`.
  case insert(Breakpoint)
  case remove(Breakpoint)
  /// `vCont`, `c`, `s`; `bc` and `bs`.
  case resume(Resumption)
  case resumeBackward(Resumption.Action)
  case resumeActions
  /// `Hg`: whose registers the following requests are about.
  case selectThread(ThreadID)
  /// `Hc`: which thread `c` and `s` are about.
  case selectResumed(ThreadID)
  case isAlive(ThreadID)
  case currentThread
  case firstThreads
  case furtherThreads
  case describeThread(ThreadID)
  /// `qSupported`, with what the client says of itself.
  case features
  case endAcknowledgements
  case wasAttached
  /// `qXfer:features:read:target.xml`.
  case describeTarget(offset: UInt64, count: UInt64)
  /// `qRcmd`: a `monitor` command.
  case monitor(String)
  case detach
  case kill
  /// A known request whose arguments make no sense.
  case malformed
  /// One that is not known here, which a client takes as a feature that is lacking.
  case unknown
}

extension Request {
  /// Reads a packet's payload.
  public init(_ payload: [UInt8]) {
    var scanner = RequestScanner(payload[...])
    self =
      if let request = Self.named(payload) { request } else { Self.lettered(&scanner) }
  }

  /// Requests that are words.
  private static func named(_ payload: [UInt8]) -> Request? {
    var scanner = RequestScanner(payload[...])
    for (word, request) in words where payload.elementsEqual(word.utf8) { return request }
    if scanner.skip("qSupported") { return .features }
    if scanner.skip("qXfer:features:read:target.xml:") {
      guard let (offset, count) = scanner.pair() else { return .malformed }
      return .describeTarget(offset: offset, count: count)
    }
    if scanner.skip("qRcmd,") {
      guard let bytes = Hexadecimal.bytes(scanner.rest) else { return .malformed }
      return .monitor(String(decoding: bytes, as: UTF8.self))
    }
    if scanner.skip("qThreadExtraInfo,") {
      return ThreadID(scanner.rest).map { .describeThread($0) } ?? .malformed
    }
    if scanner.skip("qAttached") { return .wasAttached }
    if scanner.skip("vCont;") {
      return Resumption(scanner.rest).map { .resume($0) } ?? .malformed
    }
    if scanner.skip("vKill") { return .kill }
    return nil
  }

  private static let words: [(String, Request)] = [
    ("?", .stopReason), ("g", .readRegisters), ("bs", .resumeBackward(.step)),
    ("bc", .resumeBackward(.run)), ("vCont?", .resumeActions), ("qC", .currentThread),
    ("qfThreadInfo", .firstThreads), ("qsThreadInfo", .furtherThreads),
    ("QStartNoAckMode", .endAcknowledgements), ("D", .detach), ("k", .kill),
  ]

  /// Requests that are a letter and its arguments.
  private static func lettered(_ scanner: inout RequestScanner) -> Request {
    switch scanner.letter() {
    case UInt8(ascii: "G"):
      Hexadecimal.bytes(scanner.rest).map { .writeRegisters($0) } ?? .malformed
    case UInt8(ascii: "p"):
      RequestScanner.number(scanner.rest).flatMap { Int(exactly: $0) }.map { .readRegister($0) }
        ?? .malformed
    case UInt8(ascii: "P"): writeRegister(&scanner)
    case UInt8(ascii: "m"):
      scanner.pair().map { .readMemory(address: $0.0, count: $0.1) } ?? .malformed
    case UInt8(ascii: "M"): writeMemory(&scanner) { Hexadecimal.bytes($0) }
    case UInt8(ascii: "X"): writeMemory(&scanner) { Array($0) }
    case UInt8(ascii: "Z"): breakpoint(&scanner).map { .insert($0) } ?? .malformed
    case UInt8(ascii: "z"): breakpoint(&scanner).map { .remove($0) } ?? .malformed
    case UInt8(ascii: "H"): select(&scanner)
    case UInt8(ascii: "T"): ThreadID(scanner.rest).map { .isAlive($0) } ?? .malformed
    case UInt8(ascii: "c"), UInt8(ascii: "C"): .resume(Resumption(.run))
    case UInt8(ascii: "s"), UInt8(ascii: "S"): .resume(Resumption(.step))
    default: .unknown
    }
  }

  private static func writeRegister(_ scanner: inout RequestScanner) -> Request {
    guard let number = scanner.number(endedBy: "="), let index = Int(exactly: number),
      let bytes = Hexadecimal.bytes(scanner.rest)
    else { return .malformed }
    return .writeRegister(index, bytes)
  }

  /// `M` and `X`; `decode` makes bytes of the text that follows the colon.
  private static func writeMemory(
    _ scanner: inout RequestScanner, decode: (ArraySlice<UInt8>) -> [UInt8]?
  ) -> Request {
    guard let address = scanner.number(endedBy: ","), let count = scanner.number(endedBy: ":"),
      let bytes = decode(scanner.rest), UInt64(bytes.count) == count
    else { return .malformed }
    return .writeMemory(address: address, bytes)
  }

  /// Conditions and commands of a breakpoint, which follow a semicolon, are not announced, so none come.
  private static func breakpoint(_ scanner: inout RequestScanner) -> Breakpoint? {
    guard let digit = scanner.number(endedBy: ","), let byte = UInt8(exactly: digit),
      let kind = Breakpoint.Kind(rawValue: byte), let (address, length) = scanner.pair()
    else { return nil }
    return Breakpoint(kind, at: address, length: length)
  }

  private static func select(_ scanner: inout RequestScanner) -> Request {
    let purpose = scanner.letter()
    guard let thread = ThreadID(scanner.rest) else { return .malformed }
    return switch purpose {
    case UInt8(ascii: "g"): .selectThread(thread)
    case UInt8(ascii: "c"): .selectResumed(thread)
    default: .unknown
    }
  }
}
