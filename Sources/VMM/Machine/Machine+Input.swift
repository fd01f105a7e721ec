internal import KVM
internal import LinuxHost

/// Standard input, on its way to the serial port.
extension Machine {
  /// What the guest would take of the input now.
  enum InputWish {
    /// Nothing: it does not listen, or the input has ended.
    case nothing
    /// Keys, but its receiver is full.
    case room
    case bytes
  }

  func inputWish() throws(KVMError) -> InputWish {
    try bus.serial.withDevice { serial in
      guard serial.isListening && serial.isConnected else { return .nothing }
      if serial.room == 0 { serial.askForRoom() }
      return serial.room == 0 ? .room : .bytes
    }
  }

  /// Gives the guest what there is, and has room for.
  ///
  /// At the end of the input the line hangs up. A guest that waits for nothing else is dead then, and so
  /// is one whose receiver has been filled without an interrupt: the end cannot reach it any more.
  ///
  /// *Why the lock is held over the read:* the guest may have made the room smaller since this thread
  /// last looked, and another process that shares the input may have read it first. So neither is
  /// remembered: no more is read than fits at this instant, and none of it is anywhere but in the
  /// receiver, where a checkpoint finds it. The read does not wait.
  func feed(_ terminal: borrowing Terminal) throws(KVMError) {
    guard terminal.hold() != .another else { return }
    let input: Result<StandardStream.Input, SystemError> = try bus.serial.withDevice { serial in
      guard serial.room > 0 else { return .success(.nothing) }
      do throws(SystemError) {
        let input = try StandardStream.input.readNow(upTo: serial.room)
        switch input {
        case .bytes(let bytes): serial.receive(bytes)
        case .nothing: break
        case .end: serial.hangUp()
        }
        return .success(input)
      } catch { return .failure(error) }
    }
    switch input {
    case .failure(let error): stop(.failed(.system(error)))
    case .success(.nothing): break
    case .success: if configuration.irqchip == .user { endIfDead() }
    }
  }
}
