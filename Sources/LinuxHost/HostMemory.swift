internal import Glibc

/// The host's memory.
public enum HostMemory {
  /// How much there is, in bytes.
  public static var total: UInt64 {
    UInt64(sysconf(Int32(_SC_PHYS_PAGES))) * UInt64(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// What is to be had besides, in bytes: for the allocator's own, and for what goes with a large array.
  private static let spare = 1 << 20

  /// Makes sure that so much more can be had now, by mapping it and giving it back.
  ///
  /// *Why:* an array that gets no memory ends the program with a trap. What is large and of a size that is known
  /// before is asked for here first, and then allocated.
  ///
  /// *No guarantee* where another thread allocates in between.
  ///
  /// - Parameters:
  ///   - bytes: How much; 0 asks for nothing.
  ///   - purpose: What it is for, as a phrase.
  /// - Throws: ``SystemError`` naming `mmap`, the size and the purpose.
  public static func demand(_ bytes: Int, for purpose: String) throws(SystemError) {
    guard bytes > 0 else { return }
    let (size, isTooLarge) = bytes.addingReportingOverflow(spare)
    let subject = "\((bytes - 1) >> 20 + 1) MiB for \(purpose)"
    guard !isTooLarge else { throw SystemError(call: "mmap", on: subject, errno: .outOfMemory) }
    // SAFETY: the kernel chooses the address, so no existing mapping is replaced; nothing uses the new one.
    let address = unsafe mmap(
      nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw SystemError(call: "mmap", on: subject, errno: .last)
    }
    // SAFETY: the region that was mapped just above.
    let result = unsafe munmap(address, size)
    precondition(result == 0, "munmap of a region of our own")
  }
}

extension [UInt8] {
  /// Makes room for more bytes, at least as many again as there is room for now.
  ///
  /// *Why nothing is asked for little:* most files are small, and what cannot get a page cannot say so either.
  ///
  /// - Parameters:
  ///   - added: How many are to be added.
  ///   - purpose: What they are, as a phrase.
  /// - Throws: ``SystemError`` where there is no memory for them.
  mutating func demandRoom(for added: Int, _ purpose: String) throws(SystemError) {
    guard count + added > capacity else { return }
    let wanted = Swift.max(2 * capacity, count + added)
    if wanted > 1 << 20 { try HostMemory.demand(wanted, for: purpose) }
    reserveCapacity(wanted)
  }
}
