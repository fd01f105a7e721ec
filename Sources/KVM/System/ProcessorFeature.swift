internal import CKVM

/// A feature of a processor that CPUID shows by a bit, under the name that QEMU and Linux give it.
public struct ProcessorFeature: Hashable, Sendable {
  enum Register: Hashable, Sendable { case eax, ebx, ecx, edx }

  /// The name, in lower case, with hyphens.
  public let name: String
  let leaf: UInt32
  let subleaf: UInt32
  let register: Register
  let bits: UInt32

  /// That there is a hypervisor, whose leaves begin at 0x40000000.
  ///
  /// KVM leaves the bit to whatever shows those leaves, and no guest looks at them without it.
  public static let hypervisor = ProcessorFeature("hypervisor", 1, .ecx, 1 << 31)

  /// The local APIC's TSC deadline mode, which KVM leaves to whatever provides a local APIC.
  public static let tscDeadline = ProcessorFeature("tsc-deadline", 1, .ecx, 1 << 24)

  private init(
    _ name: String, _ leaf: UInt32, subleaf: UInt32 = 0, _ register: Register, _ bits: UInt32
  ) {
    self.name = name
    self.leaf = leaf
    self.subleaf = subleaf
    self.register = register
    self.bits = bits
  }

  /// The feature of that name; `_` counts as `-`.
  public static func named(_ name: String) -> ProcessorFeature? {
    let name = String(name.map { $0 == "_" ? "-" : $0 })
    return all.first { $0.name == name }
  }

  /// All, by their names.
  public static let all: [ProcessorFeature] =
    (table + [ProcessorFeature("kvmclock", 0x4000_0001, .eax, 1 << 0 | 1 << 3)])
    .sorted { $0.name < $1.name }

  private static func features(
    _ leaf: UInt32, subleaf: UInt32 = 0, _ register: Register,
    _ bits: KeyValuePairs<String, UInt32>
  ) -> [ProcessorFeature] {
    bits.map { ProcessorFeature($0.key, leaf, subleaf: subleaf, register, 1 << $0.value) }
  }

  private static var table: [ProcessorFeature] {
    features(
      1, .edx,
      [
        "fpu": 0, "vme": 1, "de": 2, "pse": 3, "tsc": 4, "msr": 5, "pae": 6, "mce": 7, "cx8": 8,
        "apic": 9, "sep": 11, "mtrr": 12, "pge": 13, "mca": 14, "cmov": 15, "pat": 16, "pse36": 17,
        "clflush": 19, "mmx": 23, "fxsr": 24, "sse": 25, "sse2": 26, "ss": 27, "ht": 28,
      ])
      + features(
        1, .ecx,
        [
          "pni": 0, "pclmulqdq": 1, "monitor": 3, "vmx": 5, "ssse3": 9, "fma": 12, "cx16": 13,
          "pcid": 17, "sse4.1": 19, "sse4.2": 20, "x2apic": 21, "movbe": 22, "popcnt": 23,
          "tsc-deadline": 24, "aes": 25, "xsave": 26, "avx": 28, "f16c": 29, "rdrand": 30,
          "hypervisor": 31,
        ])
      + features(
        6, .eax,
        [
          "arat": 2
        ])
      + features(
        7, .ebx,
        [
          "fsgsbase": 0, "tsc-adjust": 1, "bmi1": 3, "hle": 4, "avx2": 5, "smep": 7, "bmi2": 8,
          "erms": 9, "invpcid": 10, "rtm": 11, "avx512f": 16, "avx512dq": 17, "rdseed": 18,
          "adx": 19, "smap": 20, "clflushopt": 23, "clwb": 24, "sha-ni": 29, "avx512bw": 30,
          "avx512vl": 31,
        ])
      + features(
        7, .ecx,
        [
          "umip": 2, "pku": 3, "waitpkg": 5, "shstk": 7, "gfni": 8, "vaes": 9, "la57": 16,
          "rdpid": 22, "pks": 31,
        ])
      + features(
        7, .edx,
        [
          "fsrm": 4, "md-clear": 10, "serialize": 14, "ibt": 20, "spec-ctrl": 26, "stibp": 27,
          "arch-capabilities": 29, "ssbd": 31,
        ])
      + features(
        7, subleaf: 1, .eax,
        [
          "lam": 26, "fred": 17,
        ])
      + features(
        0xd, subleaf: 1, .eax,
        [
          "xsaveopt": 0, "xsavec": 1, "xgetbv1": 2, "xsaves": 3,
        ])
      + features(
        0x4000_0001, .eax,
        [
          "kvm-nopiodelay": 1, "kvm-asyncpf": 4, "kvm-steal-time": 5, "kvm-pv-eoi": 6,
          "kvm-pv-unhalt": 7, "kvm-pv-tlb-flush": 9, "kvm-pv-ipi": 11, "kvmclock-stable-bit": 24,
        ])
      + features(
        0x8000_0001, .ecx,
        [
          "lahf-lm": 0, "svm": 2, "cr8legacy": 4, "abm": 5, "sse4a": 6, "misalignsse": 7,
          "3dnowprefetch": 8, "osvw": 9, "xop": 11, "skinit": 12, "fma4": 16, "tbm": 21,
          "topoext": 22,
        ])
      + features(
        0x8000_0001, .edx,
        [
          "syscall": 11, "nx": 20, "mmxext": 22, "fxsr-opt": 25, "pdpe1gb": 26, "rdtscp": 27,
          "lm": 29,
        ])
      + features(
        0x8000_0007, .edx,
        [
          "invtsc": 8
        ])
      + features(
        0x8000_0008, .ebx,
        [
          "clzero": 0, "rdpru": 4, "wbnoinvd": 9, "ibpb": 12,
        ])
      + features(
        0x8000_000a, .edx,
        [
          "npt": 0, "lbrv": 1, "svm-lock": 2, "nrip-save": 3, "pause-filter": 10, "vgif": 16,
        ])
  }
}

extension kvm_cpuid_entry2 {
  /// The register of a feature, if this is the entry that has it; else 0, and a change is dropped.
  subscript(_ feature: ProcessorFeature) -> UInt32 {
    get {
      guard isPlace(of: feature) else { return 0 }
      return switch feature.register {
      case .eax: eax
      case .ebx: ebx
      case .ecx: ecx
      case .edx: edx
      }
    }
    set {
      guard isPlace(of: feature) else { return }
      switch feature.register {
      case .eax: eax = newValue
      case .ebx: ebx = newValue
      case .ecx: ecx = newValue
      case .edx: edx = newValue
      }
    }
  }

  private func isPlace(of feature: ProcessorFeature) -> Bool {
    function == feature.leaf && index == feature.subleaf
  }
}
