// The registers in memory.
//
// An access is a word at a multiple of 4, or, where a register has a byte for each interrupt, a
// byte. Any other, one of two or eight bytes or across a boundary, reads as 0 and writes nothing;
// and so does an offset where there is no register. GICD_IGROUPR and the rest of what belongs to
// a second group are among these, which is RAZ/WI as it should be.

extension InterruptControllerRules {
  /// A CPU reads a register.
  ///
  /// Mutating because of GICC_IAR, the only register whose reading has an effect.
  ///
  /// - Parameters:
  ///   - frame: The frame that the address is in.
  ///   - offset: The place in the frame.
  ///   - size: The number of bytes.
  ///   - cpu: The CPU that reads.
  /// - Returns: The value, in the low `size` bytes.
  public mutating func read(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, cpu: Int
  ) -> UInt32 {
    precondition((0..<state.cpuCount).contains(cpu), "no such CPU")
    switch frame {
    case .distributor:
      return readDistributor(offset: offset, size: size, cpu: cpu)
    case .cpuInterface:
      guard isAligned(offset, size) else { return 0 }
      return readInterface(offset: offset, cpu: cpu)
    }
  }

  /// A CPU writes a register.
  ///
  /// - Parameters:
  ///   - frame: The frame that the address is in.
  ///   - offset: The place in the frame.
  ///   - size: The number of bytes.
  ///   - value: What is written, in the low `size` bytes; the others are ignored.
  ///   - cpu: The CPU that writes.
  public mutating func write(
    _ frame: InterruptControllerFrame, offset: Int, size: Int, value: UInt32, cpu: Int
  ) {
    precondition((0..<state.cpuCount).contains(cpu), "no such CPU")
    switch frame {
    case .distributor:
      writeDistributor(offset: offset, size: size, value: value, cpu: cpu)
    case .cpuInterface:
      guard isAligned(offset, size) else { return }
      writeInterface(offset: offset, value: value, cpu: cpu)
    }
  }

  private func isAligned(_ offset: Int, _ size: Int) -> Bool {
    size == 4 && offset % 4 == 0
  }

  // MARK: - Distributor

  private func readDistributor(offset: Int, size: Int, cpu: Int) -> UInt32 {
    guard let register = DistributorRegister(offset: offset) else { return 0 }
    if case .bytes(let bytes, let id) = register {
      guard size == 1 || isAligned(offset, size) else { return 0 }
      return (0..<size).reduce(0) {
        $0 | UInt32(readByte(bytes, id: id + $1, cpu: cpu)) << (8 * $1)
      }
    }
    guard isAligned(offset, size) else { return 0 }
    switch register {
    case .control: return state.isForwarding ? 1 : 0
    case .type: return 1 | UInt32(state.cpuCount - 1) << 5
    case .identification: return 0x20
    case .bits(.enabled, _, let word): return state[word, cpu: cpu].enabled
    case .bits(.pending, _, let word): return pending(word: word, cpu: cpu)
    case .bits(.active, _, let word): return state[word, cpu: cpu].active
    case .configuration(let index): return readConfiguration(index: index, cpu: cpu)
    case .sendSGI, .bytes: return 0
    }
  }

  private func readByte(_ bytes: DistributorRegister.Bytes, id: Int, cpu: Int) -> UInt8 {
    switch bytes {
    case .priority: state[id / 32, cpu: cpu].priorities[id % 32]
    case .targets where state.cpuCount == 1: 0
    case .targets: id < 32 ? 1 << cpu : state.targets[id - 32]
    case .clearSources, .setSources: state.cpus[cpu].sources[id]
    }
  }

  private mutating func writeDistributor(offset: Int, size: Int, value: UInt32, cpu: Int) {
    guard let register = DistributorRegister(offset: offset) else { return }
    if case .bytes(let bytes, let id) = register {
      guard size == 1 || isAligned(offset, size) else { return }
      for index in 0..<size {
        let byte = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index)))
        writeByte(bytes, id: id + index, cpu: cpu, byte)
      }
      return
    }
    guard isAligned(offset, size) else { return }
    switch register {
    case .control: state.isForwarding = value & 1 == 1
    case .bits(.enabled, true, let word): enable(value, word: word, cpu: cpu)
    case .bits(.enabled, false, let word): disable(value, word: word, cpu: cpu)
    case .bits(.pending, true, let word): setPending(value, word: word, cpu: cpu)
    case .bits(.pending, false, let word): clearPending(value, word: word, cpu: cpu)
    case .bits(.active, true, let word): setActive(value, word: word, cpu: cpu)
    case .bits(.active, false, let word): clearActive(value, word: word, cpu: cpu)
    case .configuration(let index): writeConfiguration(index: index, value)
    case .sendSGI: sendSGI(value, from: cpu)
    case .type, .identification, .bytes: break
    }
  }

  private mutating func writeByte(
    _ bytes: DistributorRegister.Bytes, id: Int, cpu: Int, _ byte: UInt8
  ) {
    switch bytes {
    case .priority: writePriority(id, cpu: cpu, byte)
    case .targets: writeTargets(id, byte)
    case .clearSources: removeSources(byte, ofSGI: id, cpu: cpu)
    case .setSources: addSources(byte, ofSGI: id, cpu: cpu)
    }
  }

  // MARK: - CPU interface

  private mutating func readInterface(offset: Int, cpu: Int) -> UInt32 {
    let interface = state.cpus[cpu]
    switch offset {
    case GICC.ctlr:
      return (interface.isEnabled ? 1 : 0) | (interface.splitsCompletion ? 1 << 9 : 0)
    case GICC.pmr: return UInt32(interface.priorityMask)
    case GICC.bpr: return UInt32(interface.binaryPoint)
    case GICC.iar: return acknowledge(cpu: cpu)
    case GICC.rpr: return UInt32(min(runningPriority(cpu: cpu), 0xff))
    case GICC.hppir: return readHighestPending(cpu: cpu)
    case GICC.aiar, GICC.ahppir: return Self.spuriousInterrupt
    case GICC.apr..<GICC.apr + 0x10:
      return UInt32(truncatingIfNeeded: interface.activePriorities >> aprShift(offset))
    case GICC.iidr: return 0x2_0000
    default: return 0
    }
  }

  /// GICC_HPPIR: like GICC_IAR without an effect, and whatever is running.
  private func readHighestPending(cpu: Int) -> UInt32 {
    guard let id = highestPending(cpu: cpu) else { return Self.spuriousInterrupt }
    guard id < 16 else { return UInt32(id) }
    return UInt32(id | state.cpus[cpu].sources[id].trailingZeroBitCount << 10)
  }

  private mutating func writeInterface(offset: Int, value: UInt32, cpu: Int) {
    switch offset {
    case GICC.ctlr:
      state.cpus[cpu].isEnabled = value & 1 == 1
      state.cpus[cpu].splitsCompletion = value >> 9 & 1 == 1
    case GICC.pmr: state.cpus[cpu].priorityMask = UInt8(truncatingIfNeeded: value)
    case GICC.bpr: state.cpus[cpu].binaryPoint = UInt8(value & 7)
    case GICC.eoir: endInterrupt(value, cpu: cpu)
    case GICC.apr..<GICC.apr + 0x10:
      let shift = aprShift(offset)
      let others = state.cpus[cpu].activePriorities & ~(UInt128(UInt32.max) << shift)
      state.cpus[cpu].activePriorities = others | UInt128(value) << shift
    case GICC.dir: deactivate(value, cpu: cpu)
    default: break
    }
  }

  /// Where the 32 levels of a GICC_APR stand among the 128.
  private func aprShift(_ offset: Int) -> Int { (offset - GICC.apr) * 8 }
}
