internal import LinuxHost

// Several processes of one adapter, for the threads of a search.

extension Adapter {
  /// Has another process of the same command carry out a request that brings all of its states along.
  ///
  /// There are as many processes as there ever were threads in here at once; where states are a process's own, only
  /// this one. The first failure of one is this adapter's.
  ///
  /// - Throws: ``AdapterError``, now and ever after.
  func performAnywhere(_ request: DeviceRequest) throws(AdapterError) -> DeviceReply {
    guard !identity.hasPrivateStates else { return try perform(request) }
    if let failure { throw failure }
    do throws(AdapterError) {
      let waiting = idle.withLock { $0.popLast() }
      let helper = if let waiting { waiting } else { try makeHelper() }
      let reply = try helper.perform(request)
      idle.withLock { $0.append(helper) }
      return reply
    } catch {
      fail(error)
      throw error
    }
  }

  private func makeHelper() throws(AdapterError) -> Adapter {
    let helper = try Adapter(running: command, patience: patience, for: use)
    guard helper.identity == identity else {
      throw AdapterError(
        command: command, problem: .malformed("started again, it says that it is something else"))
    }
    return helper
  }
}
