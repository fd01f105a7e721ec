/// One thing that is given arbitrary bytes.
///
/// A target refuses what is not an input of its kind, and holds everything else to its promises. It keeps
/// nothing from one input to the next, so that an input shows the same whatever came before it.
protocol FuzzTarget: SendableMetatype {
  /// The word by which `scripts/fuzz` and the kept corpus know it.
  static var name: String { get }

  /// Why it cannot run here; nil where it can.
  static var obstacle: String? { get }

  /// How much more a byte of an input may cost than one of a plain file, because it becomes a tree.
  static var weight: Int { get }

  /// Gives it one input.
  ///
  /// - Throws: ``BrokenPromise``, or an error that no input may cause.
  static func run(_ input: [UInt8]) throws

  /// Small inputs to begin with, so that the fuzzer need not invent the format.
  static func seeds() throws -> [[UInt8]]

  /// Inputs that no mutation of a small one reaches: megabytes, tables as long as their counts allow.
  ///
  /// Each is made when it is asked for, and given once.
  static var largeInputs: [LargeInput] { get }
}

extension FuzzTarget {
  static var obstacle: String? { nil }
  static var weight: Int { 1 }
  static var largeInputs: [LargeInput] { [] }
}

/// An input that code makes because the repository should not hold it.
struct LargeInput {
  /// What is large, as a file's name.
  let name: String
  let make: () -> [UInt8]

  init(_ name: String, _ make: @escaping () -> [UInt8]) {
    self.name = name
    self.make = make
  }
}

/// The targets by what they attack; each file says at its head what its target reaches and what not.
///
/// None of them reaches: two threads in one device at a time, the parser of arguments, terminals and
/// signals, and any other KVM than this host's.
enum FuzzTargets {
  static let all: [any FuzzTarget.Type] = [
    // Files.
    JSONTarget.self, MIPSTarget.self, ARMTarget.self, BootTarget.self, CheckpointTarget.self,
    TraceTarget.self, SequenceTarget.self, MergeTarget.self, ImportTarget.self, ReplayTarget.self,
    SymbolsTarget.self,
    // The guest, and state from a file.
    CarryTarget.self, BusTarget.self, TimersTarget.self, RestoreTarget.self, PostMortemTarget.self,
    // A debugger's client.
    DebuggerTarget.self,
  ]

  /// The target of that name.
  static func named(_ name: String) -> (any FuzzTarget.Type)? { all.first { $0.name == name } }
}
