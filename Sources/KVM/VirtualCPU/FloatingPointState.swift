internal import CKVM
internal import LinuxHost

/// x87 and SSE as the debugger of a guest sees them (`kvm_fpu`).
public struct FloatingPointState: Hashable, Sendable {
  /// ST0 to ST7, 10 bytes each.
  public var stack: [[UInt8]]
  /// XMM0 to XMM15, 16 bytes each.
  public var vectors: [[UInt8]]
  /// FCW.
  public var controlWord: UInt16
  /// FSW.
  public var statusWord: UInt16
  /// FXSAVE's short tag word: bit n is set where register n is in use.
  public var shortTagWord: UInt8
  /// The last instruction's opcode.
  public var lastOpcode: UInt16
  /// Where it was.
  public var lastInstruction: UInt64
  /// Where its operand was.
  public var lastOperand: UInt64
  /// MXCSR.
  public var vectorControl: UInt32

  init(_ raw: kvm_fpu) {
    stack = Self.rows(rawBytes(of: raw.fpr)).map { Array($0.prefix(10)) }
    vectors = Self.rows(rawBytes(of: raw.xmm))
    controlWord = raw.fcw
    statusWord = raw.fsw
    shortTagWord = raw.ftwx
    lastOpcode = raw.last_opcode
    lastInstruction = raw.last_ip
    lastOperand = raw.last_dp
    vectorControl = raw.mxcsr
  }

  private static func rows(_ bytes: [UInt8]) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: 16).map { Array(bytes[$0..<$0 + 16]) }
  }

  var raw: kvm_fpu {
    var raw = kvm_fpu()
    precondition(
      stack.count == 8 && stack.allSatisfy { $0.count == 10 } && vectors.count == 16
        && vectors.allSatisfy { $0.count == 16 }, "eight registers of x87, sixteen of SSE")
    // SAFETY: C declares the fields as arrays of bytes, of 128 and of 256, and as many are copied.
    unsafe withUnsafeMutableBytes(of: &raw.fpr) { field in
      unsafe field.copyBytes(from: stack.flatMap { $0 + [UInt8](repeating: 0, count: 6) })
    }
    unsafe withUnsafeMutableBytes(of: &raw.xmm) { field in
      unsafe field.copyBytes(from: vectors.flatMap { $0 })
    }
    raw.fcw = controlWord
    raw.fsw = statusWord
    raw.ftwx = shortTagWord
    raw.last_opcode = lastOpcode
    raw.last_ip = lastInstruction
    raw.last_dp = lastOperand
    raw.mxcsr = vectorControl
    return raw
  }
}

extension VirtualCPU {
  /// x87 and SSE: `KVM_GET_FPU`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func floatingPoint() throws(KVMError) -> FloatingPointState {
    var state = kvm_fpu()
    // SAFETY: the kernel writes a local during the call.
    try checkKVM("KVM_GET_FPU", unsafe ckvm_get_fpu(descriptor.number, &state))
    return FloatingPointState(state)
  }

  /// Sets what ``floatingPoint()`` reads: `KVM_SET_FPU`.
  ///
  /// - Throws: ``KVMError/failed(_:)`` naming the request.
  public func setFloatingPoint(_ state: FloatingPointState) throws(KVMError) {
    var raw = state.raw
    // SAFETY: the kernel reads a local during the call.
    try checkKVM("KVM_SET_FPU", unsafe ckvm_set_fpu(descriptor.number, &raw))
  }
}
