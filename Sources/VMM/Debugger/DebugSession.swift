internal import GDBProtocol
internal import KVM
internal import LinuxHost

/// A debugger's client: what it asks for, and what it is told.
///
/// States: running -> stopped -> running; from any: detached, which is the last. *TheDebugger* says what each
/// means. The supervising thread alone has this.
final class DebugSession {
  enum State {
    /// The guest runs; the client may only interrupt it.
    case running
    /// The machine is paused, and stays so until the client says otherwise.
    case stopped
    /// The client has gone.
    case detached
  }

  let machine: Machine
  let debug: DebugControl
  private var connection: Connection?
  private var reader = PacketReader()
  private var acknowledges = true
  /// The last packet that went out, for a client that did not understand it.
  private var last: [UInt8] = []
  private var state = State.running
  /// Why the guest stands still, for a client that asks.
  private var lastStop = StopReply(.trap, cpu: 0)
  /// The vCPU whose registers and memory requests are about.
  var selected = 0
  private var isJourney = false
  /// Whether the guest has not stopped yet: of the first stop no client is told, as it asks by itself.
  private var isFirstStop = true

  init(_ machine: Machine, _ debug: DebugControl, _ connection: consuming Connection) {
    self.machine = machine
    self.debug = debug
    self.connection = consume connection
  }

  /// Has the guest stand still before its first instruction.
  ///
  /// Before its threads are started, which park at once.
  func beginStopped() {
    _ = debug.note(DebugStop(cpu: 0, .beginning))
    machine.pauseGate.request()
  }

  /// The client's descriptor, readable when it sent something; -1: it has gone.
  var descriptorNumber: Int32 {
    switch connection {
    case .some(let connection): connection.descriptor.number
    case .none: -1
    }
  }

  // MARK: What comes in

  /// Takes in what the client sent.
  func receive() {
    let received: Connection.Received
    switch connection {
    case .some(let connection): received = connection.receive(upTo: 4096)
    case .none: return
    }
    switch received {
    case .nothing: return
    case .end: return lose("the debugger has gone")
    case .bytes(let bytes): reader.take(bytes)
    }
    if reader.isFlooded { return lose("the debugger sends more than it may") }
    // While a stop is on its way, what comes is behind it, and waits.
    if case .running = state, debug.stop == nil, reader.takeInterrupt() {
      machine.stop(for: DebugStop(cpu: selected, .interrupt), by: debug)
    }
  }

  /// The client is gone, or as good as gone: the guest runs on.
  private func lose(_ reason: String) {
    StandardStream.error.remark("swvmm: \(reason); the run continues\n")
    detach()
  }

  /// *Order:* a guest that runs may run into a breakpoint that is still in memory; so it pauses once, and
  /// the pause lifts it.
  private func detach() {
    connection = nil
    state = .detached
    if let end = debug.detach() { machine.stop(end) }
    machine.requestPause()
  }

  // MARK: Pauses

  /// Takes breakpoints out of memory, before it is looked at.
  ///
  /// Assumes: the machine is paused.
  func liftBreakpoints() { debug.withPatches { $0.lift(from: machine.shared.handle.memory) } }

  /// Informs the client of a stop, and does what it asks for.
  ///
  /// Assumes: the machine is paused.
  ///
  /// - Returns: Whether the machine is to stay paused. If not, breakpoints are in memory.
  func holds() -> Bool {
    repeat {
      if case .running = state, let stop = debug.stop {
        state = .stopped
        report(stop)
      }
      while case .stopped = state, let item = reader.next() { answer(item) }
      if case .stopped = state { return true }
      // An interrupt that came right behind the order: a pause that is wanted now would be this one.
    } while reader.takeInterrupt() && debug.note(DebugStop(cpu: selected, .interrupt))
    if !isJourney {
      let places = debug.breakpoints.software.values
      debug.withPatches { $0.put(at: places, in: machine.shared.handle.memory) }
    }
    return false
  }

  private func report(_ stop: DebugStop) {
    selected = stop.cpu
    if isFirstStop {
      isFirstStop = false
      return
    }
    lastStop = StopReply(stop)
    switch stop.reason {
    case .ended(let outcome): send(.output("swvmm: \(outcome)\n"))
    case .historyDiffers:
      send(
        .output(
          "swvmm: the guest did something else than before (does it read the TSC?); no way back\n"))
    default: break
    }
    send(lastStop.packet)
  }

  private func answer(_ item: PacketReader.Item) {
    switch item {
    case .interrupt: break
    case .again: if acknowledges { transmit(last) }
    case .damaged: if acknowledges { transmit([UInt8(ascii: "-")]) }
    case .packet(let payload):
      if acknowledges { transmit([UInt8(ascii: "+")]) }
      if let reply = reply(to: Request(payload)) { send(reply) }
    }
  }

  // MARK: What goes out

  private func send(_ packet: Packet) {
    last = packet.bytes
    transmit(last)
  }

  private func transmit(_ bytes: [UInt8]) {
    let sent: Connection.Sent
    switch connection {
    case .some(let connection): sent = connection.send(bytes)
    case .none: return
    }
    switch sent {
    case .all: break
    // What a client that has gone sent before may still be read, and then its end is.
    case .none: break
    case .part: lose("the debugger does not read its answers")
    }
  }

  /// Informs the client how the run ended.
  func end(_ outcome: Outcome) {
    if case .signalled(let number) = outcome {
      send(StopReply.signalled(UInt8(truncatingIfNeeded: number)))
    } else {
      send(StopReply.exited(UInt8(truncatingIfNeeded: outcome.status)))
    }
  }

  // MARK: Requests

  /// - Returns: The answer; nil for a request that is answered by a stop, or not at all.
  private func reply(to request: Request) -> Packet? {
    switch request {
    case .stopReason: lastStop.packet
    case .features: Packet(features)
    case .endAcknowledgements: endAcknowledgements()
    case .wasAttached: Packet("1")
    case .resumeActions: Packet("vCont;c;C;s;S")
    case .resume(let resumption): resume(resumption)
    case .resumeBackward(let action): resumeBackward(action)
    case .detach: leave()
    case .kill: kill()
    case .malformed: .refused
    case .unknown: .unsupported
    default: inspect(request)
    }
  }

  private var features: String {
    let size = Hexadecimal.text(UInt64(PacketReader.payloadMax))
    let backward = debug.isReversible ? ";ReverseStep+;ReverseContinue+" : ""
    return
      "PacketSize=\(size);QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;hwbreak+"
      + backward
  }

  private func endAcknowledgements() -> Packet {
    acknowledges = false
    return .done
  }

  private func leave() -> Packet? {
    send(.done)
    detach()
    return nil
  }

  private func kill() -> Packet? {
    state = .running
    machine.stop(.signalled(Signal.kill))
    return nil
  }

  private func resume(_ resumption: Resumption) -> Packet? {
    let orders = machine.vcpus.map { vcpu -> DebugControl.Order in
      switch resumption.action(of: vcpu.index) {
      case .run: .run
      case .step: .step
      case nil: .hold
      }
    }
    guard orders.contains(where: { $0 != .hold }) else { return .refused }
    state = .running
    isJourney = false
    if let end = debug.letEnd() {
      machine.stop(end)
    } else {
      debug.resume(orders)
    }
    return nil
  }

  private func resumeBackward(_ action: Resumption.Action) -> Packet? {
    guard debug.isReversible else { return .unsupported }
    state = .running
    isJourney = true
    debug.resume(machine.vcpus.map { _ in .run }, action == .step ? .step(cpu: selected) : .run)
    return nil
  }
}

extension StopReply {
  /// What the client is told of a stop.
  fileprivate init(_ stop: DebugStop) {
    let (signal, detail): (Signal, Detail) =
      switch stop.reason {
      case .beginning, .step: (.trap, .none)
      case .softwareBreakpoint: (.trap, .softwareBreakpoint)
      case .hardwareBreakpoint: (.trap, .hardwareBreakpoint)
      case .watchpoint(let breakpoint):
        (.trap, .watchpoint(breakpoint.kind, breakpoint.address))
      case .interrupt: (.interrupt, .none)
      case .ended(.unknownInstruction): (.illegalInstruction, .none)
      case .ended(.reset): (.segmentationFault, .none)
      case .ended(.exited): (.trap, .historyEnds)
      case .ended: (.abort, .none)
      case .historyBegins: (.trap, .historyBegins)
      case .historyDiffers: (.trap, .historyEnds)
      }
    self.init(signal, cpu: stop.cpu, detail)
  }
}
