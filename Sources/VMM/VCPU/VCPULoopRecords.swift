internal import KVM
internal import LinuxHost
internal import Synchronization
internal import TerminalText
internal import TimerModels

/// What a vCPU's loop leaves of its guest's interrupts.
struct VCPULoopRecords: Sendable {
  let records: [UInt8]
  let lostBytes: Int
  let stamps: HostStamps
  let samples: [WitnessSample]
}
