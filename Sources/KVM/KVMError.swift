public import LinuxHost

/// What can go wrong with KVM.
public enum KVMError: Error, Hashable, CustomStringConvertible {
  /// There is no KVM to use: the device is missing, closed to this user, or of another ABI.
  case unavailable(reason: String, advice: String)
  /// KVM is there, but lacks something that was asked for.
  case missing(Capability, purpose: String)
  /// A feature of a processor that guests cannot be given here.
  case notOffered(ProcessorFeature)
  /// A request failed; its error names it.
  case failed(SystemError)
  /// Saved state that this host's KVM cannot take, and why.
  case unsuitableState(String)

  /// One line that says what happened and what to do about it.
  public var description: String {
    switch self {
    case .unavailable(let reason, let advice): "KVM is unavailable: \(reason): \(advice)"
    case .missing(let feature, let purpose):
      "this host's KVM lacks \(feature.name), which \(purpose) needs"
    case .notOffered(let feature):
      "this host's KVM offers no guest of this kind the processor feature \(feature.name)"
    case .failed(let error): error.description
    case .unsuitableState(let reason): "the saved state does not suit this host: \(reason)"
    }
  }
}

/// The result of a wrapper of CKVM, which returns `-errno` on failure.
///
/// Traps on `EBADF` and `EFAULT`: descriptors and pointers given to KVM are owned here. (For `KVM_RUN` see
/// ``VirtualCPU/enter()``.)
@discardableResult
func checkKVM(
  _ request: String, on subject: @autoclosure () -> String? = nil, _ result: Int32,
  advice: @autoclosure () -> String? = nil
) throws(KVMError) -> Int32 {
  guard result < 0 else { return result }
  let errno = Errno(rawValue: -result)
  precondition(errno != .badDescriptor && errno != .badAddress, "\(request): \(errno.message)")
  throw .failed(SystemError(call: request, on: subject(), errno: errno, advice: advice()))
}

/// Runs a call of LinuxHost, turning its error into KVM's.
func lifting<Result: ~Copyable>(
  _ body: () throws(SystemError) -> Result
) throws(KVMError) -> Result {
  do { return try body() } catch { throw .failed(error) }
}
