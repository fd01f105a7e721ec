// What it costs to go back to a snapshot of a toy machine and run to the next exit, for scripts/bench.
//
//   ResetCost COUNT
//
// Does what bench.d/floors/reset-floor.c does, by ``ToyMachine``, and prints the nanoseconds of all COUNT, 1 to 10^8.

internal import Experiments
internal import KVM
internal import LinuxHost
internal import VMM

guard CommandLine.arguments.count == 2, let count = Int(CommandLine.arguments[1]),
  (1...100_000_000).contains(count), let guest = BuiltInGuest.named("conserve")
else { fatalError("usage: ResetCost COUNT") }
KickSignal.install()
let system = try KVMSystem()
let toy = try ToyMachine.booting(BootImage(guest.file), "0 4000 4000000 1000 0", on: system)
var isReady = false
while !isReady {
  if case .event(let event) = try toy.run() { isReady = event.kind == .ready }
}
try toy.settle()
let snapshot = try toy.snapshot()
let start = MonotonicClock.now()
for _ in 0..<count {
  try toy.reset(to: snapshot)
  guard case .event = try toy.run() else { fatalError("no mark") }
  try toy.settle()
}
try StandardStream.output.write("\(MonotonicClock.now() - start)\n")
