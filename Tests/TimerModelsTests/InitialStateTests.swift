import Testing
import TimerModels

/// What a model holds before anything has happened to it, and when two states are the same.
@Suite("States")
struct InitialStateTests {
  @Test("A Count/Compare timer is created running, with all its registers 0")
  func countCompare() {
    let state = CountCompareState(frequency: .default)
    #expect(state.frequency.hertz == 100_000_000)
    #expect([state.bias, state.staticCount, state.compare, state.cause.rawValue] == [0, 0, 0, 0])
    #expect(!state.isMasterDisabled && !state.isArmed)
    #expect(state.resumeTime == .origin && state.expires == 0)
  }

  @Test("A generic timer is created off, with all its registers 0")
  func genericTimer() {
    let registers = GenericTimerRegisters(frequency: .default)
    #expect(registers.frequency.hertz == 62_500_000)
    #expect(registers.virtualOffset == 0)
    for channel in [registers.virtual, registers.physical] {
      #expect(channel.control == [] && channel.compareValue == 0)
    }
    #expect(LineMemory().pushed == 0)
  }

  @Test("An interrupt controller is created off, with nothing enabled but SGIs")
  func controller() {
    let state = InterruptControllerState(cpuCount: 3)
    #expect(!state.isForwarding)
    #expect(state.shared == InterruptBank())
    for cpu in 0..<3 {
      var expected = InterruptBank()
      (expected.enabled, expected.edge) = (0xffff, 0xffff)
      #expect(state.cpus[cpu].bank == expected)
      #expect(state.cpus[cpu].sources == SIMD16(repeating: 0))
      #expect(!state.cpus[cpu].isEnabled && !state.cpus[cpu].splitsCompletion)
      #expect(state.cpus[cpu].priorityMask == 0 && state.cpus[cpu].binaryPoint == 0)
      #expect(state.cpus[cpu].activePriorities == 0 && state.cpus[cpu].acknowledged == 0)
    }
    let bank = InterruptBank()
    #expect([bank.enabled, bank.latched, bank.line, bank.edge, bank.active] == [0, 0, 0, 0, 0])
    #expect(bank.priorities == SIMD32(repeating: 0))
    #expect(state.targets == SIMD32(repeating: 0))
    #expect(InterruptControllerState(cpuCount: 1).targets == SIMD32(repeating: 1))
  }

  @Test("A TSC tracker is created without vCPUs, with nothing written")
  func tracker() throws {
    let host = TSCHost(frequency: try TSCFrequency(kilohertz: 2_000_000))
    let state = TSCMatchingState(host: host)
    #expect(state.vcpus.count == 0 && state.matchedCount == 0)
    #expect([state.lastWrite, state.lastOffset, state.generation] == [0, 0, 0])
    #expect([state.generationWrite, state.generationOffset] == [0, 0])
    #expect(state.lastKilohertz == 0)
    #expect(state.lastInstant == .origin && state.generationInstant == .origin)
    #expect(state.masterTime == TSCHostTime(instant: .origin, tsc: 0))
    #expect(!state.isUserSet && !state.usesMasterClock && !state.usesOldClock)
    #expect(!state.hasSeenBackwardsTSC)
    let vcpu = TSCVCPU(frequency: host.frequency, ratio: 1)
    #expect([vcpu.offset, vcpu.adjust, vcpu.lastGuestTSC, vcpu.generation] == [0, 0, 0, 0])
    #expect([vcpu.write, vcpu.pendingAdjustment] == [0, 0])
    #expect(vcpu.instant == .origin)
    #expect(!vcpu.catchesUp && !vcpu.alwaysCatchesUp)
    #expect(!vcpu.owesMasterClock && !vcpu.owesClock)
  }

  @Test("States are equal if all CPUs are, and only then")
  func equality() throws {
    let host = TSCHost(frequency: try TSCFrequency(kilohertz: 2_000_000))
    let empty = TSCMatchingTracker(host: host)
    #expect(empty == TSCMatchingTracker(host: host))
    var tracker = empty
    for _ in 0..<3 { _ = tracker.createVCPU(at: TSCHostTime(instant: .origin, tsc: 0)) }
    #expect(tracker.state.vcpus != empty.state.vcpus)
    let controller = InterruptController(cpuCount: 3)
    #expect(controller.state.cpus != InterruptController(cpuCount: 2).state.cpus)
    for cpu in 0..<3 {
      var other = tracker
      other.state.vcpus[cpu].offset &+= 1
      #expect(other != tracker)
      other.state.vcpus[cpu].offset &-= 1
      #expect(other == tracker)
      var changed = controller
      changed.state.cpus[cpu].priorityMask = 1
      #expect(changed != controller)
      changed.state.cpus[cpu].priorityMask = 0
      #expect(changed == controller)
    }
  }

  @Test("Equal states have equal hashes, with one CPU and with as many as there can be")
  func hashes() throws {
    for cpuCount in [1, 8] {
      let controllers = [
        InterruptController(cpuCount: cpuCount), InterruptController(cpuCount: cpuCount),
      ]
      #expect(Set(controllers).count == 1)
    }
    let host = TSCHost(frequency: try TSCFrequency(kilohertz: 2_000_000))
    for vcpuCount in [1, TSCVCPUs.limit] {
      var trackers = [TSCMatchingTracker(host: host), TSCMatchingTracker(host: host)]
      for index in trackers.indices {
        for _ in 0..<vcpuCount {
          _ = trackers[index].createVCPU(at: TSCHostTime(instant: .origin, tsc: 0))
        }
      }
      #expect(Set(trackers).count == 1)
    }
  }
}
