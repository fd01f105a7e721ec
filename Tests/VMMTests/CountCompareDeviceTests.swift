import GuestImages
import KVM
import LinuxHost
import Synchronization
import Testing
import TimerModels

@testable import VMM

@Suite("CP0 page")
struct CP0PageTests {
  private typealias Page = CP0Page<CountCompareTimer>

  private let start = Instant(nanoseconds: 1_000_000_000)

  private func instant(_ nanoseconds: UInt64) -> Instant { start.adding(nanoseconds: nanoseconds) }

  private func offset(_ register: UInt32) -> Int { Int(register - UInt32(PLATFORM_CP0)) }

  @Test("Count and CC read the same, ten nanoseconds a tick after reset")
  func count() {
    var page = Page(at: start)
    for nanoseconds in stride(from: UInt64(0), to: 1000, by: 7) {
      let now = instant(nanoseconds)
      #expect(page.read(at: now, offset: offset(PLATFORM_CP0_COUNT), size: 4) == nanoseconds / 10)
      #expect(page.read(at: now, offset: offset(PLATFORM_CP0_CC), size: 4) == nanoseconds / 10)
    }
    #expect(page.read(at: start, offset: offset(PLATFORM_CP0_FREQUENCY), size: 4) == 100_000_000)
    #expect(page.read(at: start, offset: offset(PLATFORM_CP0_CCRES), size: 4) == 2)
  }

  @Test("the line is high only while Status lets the timer through")
  func gating() {
    var page = Page(at: start)
    page.write(at: start, 5, offset: offset(PLATFORM_CP0_COMPARE), size: 4)
    let late = instant(100)
    page.wakeUp(at: late)
    for status in 0...UInt64(0xffff) {
      page.write(at: late, status, offset: offset(PLATFORM_CP0_STATUS), size: 4)
      let isTaken = status & 0x8007 == 0x8001
      #expect(page.interruptLine == isTaken, "\(status)")
      #expect((page.possibleLevels(at: late) != 0) == isTaken, "\(status)")
    }
    page.write(at: late, 0x8001, offset: offset(PLATFORM_CP0_STATUS), size: 4)
    page.write(at: late, 5, offset: offset(PLATFORM_CP0_COMPARE), size: 4)
    #expect(!page.interruptLine)
    #expect(page.possibleLevels(at: late) != 0)
  }

  @Test("reads only Cause where Count has passed Compare, and finds the interrupt")
  func lateRead() {
    var page = Page(at: start)
    page.write(at: start, 5, offset: offset(PLATFORM_CP0_COMPARE), size: 4)
    #expect(page.read(at: instant(49), offset: offset(PLATFORM_CP0_CAUSE), size: 4) == 0)
    #expect(page.read(at: instant(50), offset: offset(PLATFORM_CP0_CAUSE), size: 4) == 0x4000_8000)
  }

  @Test("every other size or alignment reads all ones and touches nothing")
  func oddAccesses() {
    var page = Page(at: start)
    page.write(at: start, 5, offset: offset(PLATFORM_CP0_COMPARE), size: 4)
    let before = page
    // Late enough for a proper read of Count to deliver the interrupt.
    let late = instant(100)
    for at in 0..<0x20 {
      for size in 1...8 where size != 4 || at % 4 != 0 {
        #expect(page.read(at: late, offset: at, size: size) == .max)
        page.write(at: late, 0x1234, offset: at, size: size)
      }
    }
    for at in stride(from: 0x1c, to: Int(PLATFORM_CP0_SIZE), by: 4) {
      #expect(page.read(at: late, offset: at, size: 4) == .max)
      page.write(at: late, 0x1234, offset: at, size: 4)
    }
    #expect(page == before)
  }

  @Test("the lab port lets only commands through that the timer takes")
  func commands() {
    var port = LabPort(
      LabPort.Configuration(cpus: 1, irqchip: .user, memorySize: 1 << 20))
    func run(_ command: Int32, _ argument: UInt32) -> (effect: Effect, status: UInt64) {
      _ = port.write(UInt64(argument), to: BusAccess(offset: 8, size: 4))
      let effect = port.write(UInt64(command), to: BusAccess(offset: 4, size: 4))
      return (effect, port.read(BusAccess(offset: 4, size: 4)).value)
    }
    let refused = UInt64(PLATFORM_LAB_REFUSED)
    #expect(run(PLATFORM_LAB_FREEZE, 0) == (.timer(.freeze), 0))
    #expect(run(PLATFORM_LAB_THAW, 0) == (.timer(.thaw), 0))
    #expect(run(PLATFORM_LAB_SET_FREQUENCY, 0) == (.none, refused))
    #expect(run(PLATFORM_LAB_SET_FREQUENCY, 1_000_000_001) == (.none, refused))
    #expect(run(PLATFORM_LAB_SET_FREQUENCY, 1) == (.timer(.setFrequency(1)), 0))
    #expect(
      run(PLATFORM_LAB_SET_FREQUENCY, 1_000_000_000) == (.timer(.setFrequency(1_000_000_000)), 0))
    #expect(run(PLATFORM_LAB_FREEZE_THAW, 0) == (.none, refused))
    #expect(run(PLATFORM_LAB_FREEZE_THAW, 1001) == (.none, refused))
    #expect(run(PLATFORM_LAB_FREEZE_THAW, 1000) == (.freezeAndThaw(times: 1000), 0))
    #expect(run(99, 0) == (.none, UInt64(PLATFORM_LAB_UNKNOWN)))
  }
}

/// The device on a real timerfd.
@Suite("Count/Compare device", .serialized, .timeLimit(.minutes(5)))
struct CountCompareDeviceTests {
  private final class Line: InterruptSink {
    let changes = Mutex<[Bool]>([])
    func setLine(_ line: Int, isHigh: Bool) { changes.withLock { $0.append(isHigh) } }
    var isHigh: Bool { changes.withLock { $0.last ?? false } }
  }

  private let line = Line()
  private let device: CountCompareDevice<CountCompareTimer>

  init() throws {
    device = try CountCompareDevice(.host(HostClock()), sink: line) { CP0Page(at: $0) }
    try device.write(0x8001, offset: 0xc, size: 4)
  }

  /// Compare that many ticks of 10 ns from now.
  private func arm(ticks: UInt64) throws {
    try device.write(device.read(offset: 0, size: 4) + ticks & 0xffff_ffff, offset: 4, size: 4)
  }

  private func waitForTimer(nanoseconds: UInt64? = nil) throws -> Bool {
    let deadline = nanoseconds.map { MonotonicClock.now() + $0 }
    return try Poller.wait(for: [device.descriptorNumber, -1, -1, -1], until: deadline) != []
  }

  @Test(
    "the host timer fires for every match, and waking the device raises the line", arguments: 1...20
  )
  func expiry(round: Int) throws {
    try arm(ticks: 100_000)
    #expect(!line.isHigh)
    #expect(try waitForTimer())
    while !line.isHigh { try device.wakeUp() }  // an early expiry is armed again
    try arm(ticks: 1_000_000_000)
    #expect(line.changes.withLock { $0 } == [true, false])
  }

  @Test("a match that has passed by the time it is looked at needs no host timer")
  func lateRead() throws {
    // Far enough ahead that a debug build writes Compare before Count gets there: else a wrap later.
    try arm(ticks: 5000)
    while try device.read(offset: 8, size: 4) & 1 << 30 == 0 {}
    #expect(line.isHigh)
  }

  @Test("wake-ups that were not asked for change nothing and lose nothing")
  func spuriousWakeUps() throws {
    try arm(ticks: 500_000)
    for _ in 0..<100 { try device.wakeUp() }
    #expect(try waitForTimer(nanoseconds: 5_000_000_000))
    while !line.isHigh { try device.wakeUp() }
    #expect(line.changes.withLock { $0 } == [true])
  }

  @Test("a frozen timer's descriptor stays quiet, and a thawed one's fires")
  func freezing() throws {
    try arm(ticks: 200_000)
    try device.perform(.freeze)
    #expect(device.alarm == nil)
    #expect(try !waitForTimer(nanoseconds: 10_000_000))
    try device.perform(.thaw)
    // The match passed while the timer stood still for the host alone.
    #expect(line.isHigh)
  }

  // MARK: A waiting owner

  @Test("an owner that has waited finds the match at the alarm, without the host timer")
  func ownerWait() throws {
    try arm(ticks: 100_000)
    let alarm = try #require(device.beginWait())
    #expect(alarm == device.alarm)
    while MonotonicClock.now() < alarm.nanoseconds {}
    while !line.isHigh { try device.endWait(for: nil) }
    #expect(line.changes.withLock { $0 } == [true])
  }

  @Test("an owner that arrives before the alarm finds the match, and no access is before it")
  func advance() throws {
    for _ in 0..<20 {
      try arm(ticks: 100_000)
      let alarm = try #require(device.beginWait())
      try device.endWait(
        for: Arrival(deadline: alarm, earliest: Instant(nanoseconds: alarm.nanoseconds - 900_000)))
      // A host that stopped this thread for as long lets the alarm come first.
      while !line.isHigh { try device.endWait(for: nil) }
      let reading = try device.countReading()
      #expect(reading.now >= alarm)
      #expect(MonotonicClock.now() >= alarm.nanoseconds)
    }
  }

  @Test("an owner that is kicked long before the alarm leaves it where it is")
  func kickedBeforeArrival() throws {
    try arm(ticks: 100_000_000)
    let alarm = try #require(device.beginWait())
    try device.endWait(
      for: Arrival(deadline: alarm, earliest: Instant(nanoseconds: alarm.nanoseconds - 1000)))
    #expect(!line.isHigh && device.alarm == alarm && device.reached == .origin)
  }

  @Test("an owner that gives up before the alarm leaves it to the host timer")
  func shortWait() throws {
    try arm(ticks: 100_000)
    for _ in 0..<3 {
      _ = device.beginWait()
      try device.endWait(for: nil)
    }
    #expect(try waitForTimer())
    while !line.isHigh { try device.hostTimerExpired(woken: 0) }
  }

  @Test("an owner that never looks again is stood in for")
  func backup() throws {
    try arm(ticks: 100_000)
    _ = device.beginWait()
    #expect(try waitForTimer())
    while !line.isHigh { try device.hostTimerExpired(woken: 0) }
  }

  @Test(
    "an owner that gives up has the host timer expire at the alarm, not when it is stood in for")
  func shortWaitRearms() throws {
    // One of many: a host may be slow, but not always by so much.
    var isInTime = false
    for _ in 0..<50 where !isInTime {
      try arm(ticks: 100_000)
      let alarm = try #require(device.beginWait()).nanoseconds
      try device.endWait(for: nil)
      if line.isHigh { continue }
      #expect(try waitForTimer())
      isInTime = MonotonicClock.now() < alarm + 20_000_000
      while !line.isHigh { try device.hostTimerExpired(woken: 0) }
    }
    #expect(isInTime)
  }

  @Test("after a storm of expiries the host timer is armed no earlier than their rate allows")
  func storm() throws {
    let start = MonotonicClock.now()
    let expiries: UInt64 = 1000
    for _ in 0..<expiries { try device.hostTimerExpired(woken: 0) }
    // Compare that Count had reached by the time it was written matches a wrap later.
    repeat { try arm(ticks: 2000) } while isWrapAway
    #expect(try waitForTimer(nanoseconds: 10_000_000_000))
    let pacing = ExpiryPacing()
    let rest = (expiries - pacing.burst) * pacing.spacing
    #expect(MonotonicClock.now() >= start + rest)
    while !line.isHigh { try device.hostTimerExpired(woken: 0) }
    #expect(device.deferrals > 0)
  }

  private var isWrapAway: Bool {
    device.alarm.map { $0.nanoseconds > MonotonicClock.now() + 10_000_000_000 } ?? true
  }
}
