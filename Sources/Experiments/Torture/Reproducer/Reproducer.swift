public import VMM

/// A cut as one stand-alone C program: what a kernel developer attaches to a report.
///
/// `gcc FILE.c && ./a.out` boots the same toy guest on any KVM, runs it once as it is and once cut, and prints
/// what is expected and what was observed. Its exit status is 0 where the guest is as the manual says, 1 where the
/// fault shows, 2 where it could not run.
public struct Reproducer: Sendable {
  let torture: TortureCase
  let law: TortureLaw
  let verdict: TortureVerdict
  private let host: KernelUnderTest
  let image: BareImage

  /// The longest program, in lines.
  public static let linesMax = 199

  /// Prepares a program; nil for a cut with a plant, for a subject that is not KVM's, and for a guest that is not
  /// entered by the PVH protocol.
  ///
  /// - Parameters:
  ///   - torture: A cut without a plant: of what is damaged on purpose there is nothing to report.
  ///   - verdict: What it does.
  ///   - host: Where that was found.
  ///   - image: The guest.
  /// - Throws: `ImageError` where the image cannot be read.
  public init?(
    _ torture: TortureCase, _ verdict: TortureVerdict, on host: KernelUnderTest, image: BootImage
  ) throws(ImageError) {
    guard torture.cut.plant == nil, let law = torture.subject.law,
      let image = try image.bareContents()
    else { return nil }
    self.torture = torture
    self.verdict = verdict
    self.law = law
    self.host = host
    self.image = image
  }

  /// The program.
  public var text: String {
    let program = [heading + beginning, machine, run + carry + judgement, main]
    return program.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  var cut: Cut { torture.cut }

  /// From arming to the deadline, in microseconds: long against what a slow host takes for the steps of a guest,
  /// and the PIT counts no further than 54 900.
  var period: Int {
    switch torture.subject {
    case .pitOneShot, .pitPeriodic: 50_000
    default: 100_000
    }
  }

  // MARK: For the reader

  private var heading: [String] {
    [
      "// \(torture.subject.rawValue): \(verdict.rawValue). What saving and restoring by KVM's requests does to a guest.",
      "//   gcc FILE.c && ./a.out    0: as the manual says; 1: the fault shows; 2: could not run",
      "// Found on \(host); again: swvmm torture replay '\(torture)'",
    ] + steps.enumerated().map { "// \($0 + 1). \($1)" }
  }

  /// What the program does, in words.
  private var steps: [String] {
    let names = { (parts: [TorturePart]) in parts.map(\.name).joined(separator: " ") }
    let boundary =
      switch cut.boundary {
      case .exit(let number): "The guest runs to exit \(number) behind its mark READY"
      case .step(let number): "The guest runs to single step \(number) behind its mark READY"
      case .halt: "The guest runs until it is halted"
      }
    let deadline =
      switch cut.place {
      case .natural: ""
      case .earlier: " The deadline passes before, at the mark STARTED."
      case .nearly: " It rests there until the deadline is near."
      case .beforeSave: " The deadline passes there."
      case .afterGet, .afterSet, .outside: " The deadline passes in between, as below."
      case .later: " The deadline is still to come."
      }
    return [
      boundary + "." + deadline, "GET \(names(cut.gets)).",
      "SET \(names(cut.sets))\(cut.isNewVM ? " in a new VM with the RAM of the old" : ""); on to the guest's end.",
    ]
  }
}
