import GDBProtocol

/// What a debugger's client sends: framing, requests, and the table of breakpoints that they fill.
///
/// *Reaches:* every request, with any arguments, whole or cut off; the answers that are made of values alone.
/// *Does not reach:* the machine that a request is about.
enum DebuggerTarget: FuzzTarget {
  static let name = "debugger"
  static let weight = 64

  static func run(_ input: [UInt8]) throws {
    var reader = PacketReader()
    var table = BreakpointTable()
    for start in stride(from: 0, to: input.count, by: 512) {
      reader.take(input[start..<min(start + 512, input.count)])
      while let item = reader.next() {
        guard case .packet(let payload) = item else { continue }
        try promise(payload.count <= PacketReader.payloadMax, "a payload that is too long")
        try check(Packet(payload))
        try perform(Request(payload), on: &table)
      }
    }
  }

  /// What is written reads back.
  private static func check(_ packet: Packet) throws {
    var reader = PacketReader()
    reader.take(packet.bytes)
    try promise(reader.next() == .packet(packet.payload), "a packet reads back as another")
    try promise(reader.next() == nil, "a packet reads back as two")
  }

  private static func perform(_ request: Request, on table: inout BreakpointTable) throws {
    switch request {
    case .insert(let breakpoint):
      _ = table.insertInMemory(breakpoint, physical: breakpoint.address)
      _ = table.insertHardware(breakpoint)
      _ = table.insertCompared(breakpoint)
      let (_, control) = table.debugRegisters(own: breakpoint.address)
      try promise(control >> 32 == 0 && control & 1 << 10 != 0, "DR7 that no processor takes")
      try promise(
        table.hardware.count <= BreakpointTable.hardwareMax
          && table.software.count <= BreakpointTable.softwareMax
          && table.compared.allSatisfy { (1...8).contains($0.length) }, "a table beyond its bounds")
    case .remove(let breakpoint): table.remove(breakpoint)
    case .describeTarget(let offset, let count):
      let part = TargetDescription.part(from: offset, count: count)
      try promise(part.payload.count <= PacketReader.payloadMax / 2 + 1, "a part that is too long")
    case .resume(let resumption): for cpu in 0..<16 { _ = resumption.action(of: cpu) }
    default: break
    }
  }

  static func seeds() -> [[UInt8]] {
    [
      "qSupported:multiprocess+;swbreak+", "QStartNoAckMode", "?", "g", "G00ff", "p10",
      "P11=0202000000000000", "m100000,40", "M100000,2:90cc", "Z0,100102,1", "z0,100102,1",
      "Z1,100102,1", "Z2,ffffffff56500000,4", "Z4,8,8", "vCont;s:1;c", "vCont?", "bs", "bc", "Hg2",
      "Hc-1", "T1", "qC", "qfThreadInfo", "qThreadExtraInfo,1", "qRcmd,74696d657273", "D", "k",
      "vKill;1", "qXfer:features:read:target.xml:0,ffb", "c", "s", "m0,ffffffffffffffffff",
    ].map { Packet($0).bytes } + [
      Packet(Array("X100000,3:".utf8) + [0x23, 0x24, 0x7d]).bytes, Array("+-\u{3}$g#00$$#".utf8),
    ]
  }

  static var largeInputs: [LargeInput] {
    [
      LargeInput("no-end") { Array("$".utf8) + [UInt8](repeating: 0x61, count: 1 << 20) },
      LargeInput("interrupts") { [UInt8](repeating: 3, count: 1 << 20) },
      LargeInput("actions") {
        Packet("vCont" + String(repeating: ";c", count: PacketReader.payloadMax / 2 - 3)).bytes
      },
    ]
  }
}
