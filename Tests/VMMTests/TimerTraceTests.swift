import GuestImages
import KVM
import Testing
import TimerModels

@testable import VMM

@Suite("Trace of a timer")
struct TimerTraceTests {
  private let clock = VirtualClock()

  private func device(_ recording: Recording) throws -> CountCompareDevice<CountCompareTimer> {
    let device = try CountCompareDevice<CountCompareTimer>(
      .virtual(clock), sink: nil, recorder: TimerRecorder(of: .countCompare, cpu: 3, recording)
    ) { CP0Page(at: $0) }
    try device.write(0x8001, offset: 0xc, size: 4)
    return device
  }

  @Test("says what it was armed for, when it expired, how late, and when its line changed")
  func life() throws {
    let device = try device(.trace)
    clock.jump(to: Instant(nanoseconds: 1000))
    try device.write(200, offset: 4, size: 4)
    clock.jump(to: Instant(nanoseconds: 1500))
    _ = try device.read(offset: 0, size: 4)
    clock.jump(to: Instant(nanoseconds: 2007))
    try device.wakeUp()
    clock.jump(to: Instant(nanoseconds: 2100))
    try device.write(300, offset: 4, size: 4)
    let lines = device.trace.events.map(\.line)
    #expect(
      lines.suffix(6) == [
        "1000 cpu3 timer count-compare armed for 2000, in 1000",
        "2007 cpu3 timer count-compare expired 2000, late by 7, by look",
        "2007 cpu3 timer count-compare line 7 up",
        "2007 cpu3 timer count-compare armed for 42949674960, in 42949672953",
        "2100 cpu3 timer count-compare line 7 down",
        "2100 cpu3 timer count-compare armed for 3000, in 900",
      ], "\(lines)")
  }

  @Test(
    "a host timer that expires before its alarm is early, and one without an alarm is said to be")
  func early() {
    let recorder = { TimerRecorder(of: .genericTimer, cpu: 0, .trace) }
    var early = recorder()
    early.begin(alarm: Instant(nanoseconds: 50), levels: 0)
    early.note(
      at: Instant(nanoseconds: 40), .hostTimer, alarm: Instant(nanoseconds: 50), levels: 0)
    #expect(
      early.ring.events.map(\.line) == [
        "40 cpu0 timer generic-timer expired 50, early by 10, by host timer"
      ])
    var vain = recorder()
    vain.note(at: Instant(nanoseconds: 40), .hostTimer, alarm: nil, levels: 1 << 27)
    #expect(
      vain.ring.events.map(\.line) == [
        "40 cpu0 timer generic-timer woken by host timer, not armed",
        "40 cpu0 timer generic-timer line 27 up",
      ])
  }

  @Test(
    "leaves no event where none is wanted", arguments: [[], .statistics, .latest] as [Recording])
  func off(recording: Recording) throws {
    let device = try device(recording)
    try device.write(200, offset: 4, size: 4)
    clock.jump(to: Instant(nanoseconds: 5000))
    try device.wakeUp()
    #expect(device.trace.events.isEmpty && device.trace.lost == 0)
  }

  @Test("an access has its value and its register's name, and says what the controller heard")
  func accesses() {
    func line(_ exit: VCPUExit, _ value: UInt64?) -> String {
      TraceEvent(time: 5, cpu: 1, content: .exit(exit), value: value).line
    }
    let acknowledge = UInt64(PLATFORM_GICC) + 0xc
    #expect(
      line(.load(address: 0xd000_1028, size: 8), 0x5f)
        == "5 cpu1 load 0xd0001028 8 = 0x5f CNTV_CVAL")
    #expect(
      line(.store(address: 0xd000_0004, size: 4, value: 9), 9)
        == "5 cpu1 store 0xd0000004 4 = 0x9 CP0_COMPARE")
    #expect(
      line(.load(address: acknowledge, size: 4), 27)
        == "5 cpu1 load 0xd002000c 4 = 0x1b GICC_IAR, acknowledges 27")
    #expect(
      line(.load(address: acknowledge, size: 4), 1023)
        == "5 cpu1 load 0xd002000c 4 = 0x3ff GICC_IAR, nothing to acknowledge")
    #expect(
      line(.store(address: acknowledge + 4, size: 4, value: 27), 27)
        == "5 cpu1 store 0xd0020010 4 = 0x1b GICC_EOIR, ends 27")
    #expect(line(.load(address: .max, size: 1), nil) == "5 cpu1 load 0xffffffffffffffff 1")
    #expect(line(.halt, nil) == "5 cpu1 hlt")
  }
}
