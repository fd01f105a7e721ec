import Testing

@testable import VMM

@Suite("16550 serial port")
struct SerialPortTests {
  private enum Offset {
    static let data = 0
    static let interruptEnable = 1
    static let interruptIdentification = 2
    static let lineControl = 3
    static let modemControl = 4
    static let lineStatus = 5
    static let modemStatus = 6
    static let scratch = 7
  }

  private var port = SerialPort()

  private mutating func read(_ offset: Int) -> UInt64 {
    port.read(BusAccess(offset: offset, size: 1)).value
  }

  @discardableResult
  private mutating func write(_ value: UInt64, _ offset: Int) -> Effect {
    port.write(value, to: BusAccess(offset: offset, size: 1))
  }

  @Test("every byte written to THR is sent, and the transmitter is always empty")
  mutating func transmit() {
    for byte in 0...UInt8.max {
      #expect(write(UInt64(byte), Offset.data) == .transmit(byte))
      #expect(read(Offset.lineStatus) == 0x60)
    }
  }

  @Test("registers read back what they keep, and nothing else")
  mutating func registers() {
    for value in 0...UInt64(0xff) {
      write(value, Offset.scratch)
      #expect(read(Offset.scratch) == value)
      write(value, Offset.interruptEnable)
      #expect(read(Offset.interruptEnable) == value & 0x0f)
      write(value, Offset.modemControl)
      #expect(read(Offset.modemControl) == value & 0x1f)
      write(value, Offset.lineControl)
      #expect(read(Offset.lineControl) == value)
      write(0, Offset.lineControl)
    }
  }

  @Test("LCR.DLAB puts the divisor in the place of data and IER")
  mutating func divisor() {
    write(0x80, Offset.lineControl)
    #expect(write(0x34, Offset.data) == .none)
    write(0x12, Offset.interruptEnable)
    #expect(read(Offset.data) == 0x34)
    #expect(read(Offset.interruptEnable) == 0x12)
    write(0x03, Offset.lineControl)
    #expect(read(Offset.interruptEnable) == 0)
    #expect(write(0x41, Offset.data) == .transmit(0x41))
  }

  @Test("received bytes come out in order, and the line is high while there are any")
  mutating func receive() {
    write(0x08, Offset.modemControl)
    write(0x01, Offset.interruptIdentification)
    write(0x01, Offset.interruptEnable)
    #expect(port.room == 16)
    #expect(!port.interruptLine)
    port.receive(Array(100..<116))
    #expect(port.room == 0)
    for byte in UInt64(100)..<116 {
      #expect(port.interruptLine)
      #expect(read(Offset.lineStatus) == 0x61)
      #expect(read(Offset.data) == byte)
    }
    #expect(!port.interruptLine)
    #expect(read(Offset.lineStatus) == 0x60)
  }

  @Test("without MCR.OUT2 no interrupt leaves the port")
  mutating func gate() {
    write(0x0f, Offset.interruptEnable)
    port.receive([1])
    #expect(!port.interruptLine)
    write(0x08, Offset.modemControl)
    #expect(port.interruptLine)
  }

  @Test("interrupts are identified by priority: received data, transmitter, modem")
  mutating func identification() {
    write(0x08, Offset.modemControl)
    write(0x0b, Offset.interruptEnable)
    port.receive([7])
    port.hangUp()
    #expect(read(Offset.interruptIdentification) == 0x04)
    #expect(read(Offset.data) == 7)
    #expect(read(Offset.interruptIdentification) == 0x02)
    #expect(read(Offset.interruptIdentification) == 0x00)
    #expect(read(Offset.modemStatus) == 0x0b)
    #expect(read(Offset.interruptIdentification) == 0x01)
    #expect(!port.interruptLine)
  }

  @Test("bytes below the FIFO's trigger level are announced as a time-out")
  mutating func trigger() {
    write(0xc1, Offset.interruptIdentification)
    write(0x01, Offset.interruptEnable)
    port.receive(Array(repeating: 0, count: 13))
    #expect(read(Offset.interruptIdentification) == 0xcc)
    port.receive([0])
    #expect(read(Offset.interruptIdentification) == 0xc4)
  }

  @Test("the transmitter's interrupt goes when IIR names it and comes back with the next byte")
  mutating func transmitterInterrupt() {
    write(0x08, Offset.modemControl)
    write(0x02, Offset.interruptEnable)
    #expect(port.interruptLine)
    #expect(read(Offset.interruptIdentification) == 0x02)
    #expect(!port.interruptLine)
    write(0x41, Offset.data)
    #expect(port.interruptLine)
  }

  @Test("in loopback bytes come back instead of leaving, and one too many is an overrun")
  mutating func loopback() {
    write(0x1f, Offset.modemControl)
    #expect(read(Offset.modemStatus) == 0xf0)
    #expect(write(0x55, Offset.data) == .none)
    #expect(write(0x66, Offset.data) == .none)
    #expect(port.room == 0)
    #expect(read(Offset.lineStatus) == 0x63)
    #expect(read(Offset.lineStatus) == 0x61)
    #expect(read(Offset.data) == 0x55)
  }

  @Test("the guest is fed once it listens, and again when it made room that was asked for")
  mutating func feeding() {
    #expect(!port.isListening)
    #expect(write(0x01, Offset.interruptEnable) == .feedReceiver)
    #expect(port.isListening)
    port.receive([1])
    port.askForRoom()
    #expect(port.read(BusAccess(offset: 0, size: 1)).effect == .feedReceiver)
    port.receive([2])
    #expect(port.read(BusAccess(offset: 0, size: 1)).effect == .none)
  }

  @Test("the room shrinks with the FIFO, with what loopback leaves, and to nothing in loopback")
  mutating func room() {
    write(0x01, Offset.interruptIdentification)
    write(0x10, Offset.modemControl)
    #expect(port.room == 0)
    write(0x55, Offset.data)
    write(0x66, Offset.data)
    write(0x00, Offset.modemControl)
    #expect(port.room == 14)
    write(0x00, Offset.interruptIdentification)
    #expect(port.room == 1)
  }

  @Test("room that was asked for is told whatever made it: a read, FCR, or the end of loopback")
  mutating func roomIsTold() {
    port.receive([1])
    port.askForRoom()
    #expect(write(0x01, Offset.interruptIdentification) == .feedReceiver)
    write(0x10, Offset.modemControl)
    port.askForRoom()
    #expect(write(0x18, Offset.modemControl) == .none)
    #expect(write(0x00, Offset.modemControl) == .feedReceiver)
    #expect(write(0x10, Offset.modemControl) == .none)
  }

  @Test("a port can interrupt by itself only while the other end is there and the guest allows it")
  mutating func mayInterrupt() {
    #expect(!port.mayInterrupt)
    write(0x08, Offset.modemControl)
    #expect(!port.mayInterrupt)
    write(0x01, Offset.interruptEnable)
    #expect(port.mayInterrupt)
    port.hangUp()
    #expect(!port.mayInterrupt)
    write(0x08, Offset.interruptEnable)
    #expect(port.mayInterrupt)
    _ = read(Offset.modemStatus)
    #expect(!port.mayInterrupt)
  }

  @Test("a guest that watches the modem's status listens, by interrupt or by looking")
  mutating func modemStatusListens() {
    #expect(write(0x08, Offset.interruptEnable) == .feedReceiver)
    #expect(port.isListening)
    port = SerialPort()
    #expect(port.read(BusAccess(offset: Offset.modemStatus, size: 1)).effect == .feedReceiver)
    #expect(port.isListening)
    port = SerialPort()
    write(0x10, Offset.modemControl)
    _ = read(Offset.modemStatus)
    #expect(!port.isListening, "in loopback it is its own status")
    #expect(port.read(BusAccess(offset: Offset.data, size: 1)).effect == .feedReceiver)
  }

  @Test("a hang-up behind bytes that are not read does not come by itself")
  mutating func hangUpBehindBytes() {
    write(0x08, Offset.modemControl)
    write(0x08, Offset.interruptEnable)
    #expect(port.mayInterrupt)
    port.receive([1])
    #expect(!port.interruptLine && !port.isReceiving && !port.mayInterrupt)
    _ = read(Offset.data)
    #expect(port.mayInterrupt)
    port.hangUp()
    #expect(port.interruptLine)
  }
}
