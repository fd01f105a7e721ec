import JSON
import Testing

@testable import Experiments

@Suite("Known faults")
struct KnownFaultsTests {
  private typealias Fault = FaultComparison.Fault

  private let list = """
    {"faults": [
      {"kernel": "6.1", "module": "kvm_amd", "subject": "nmi", "kind": "lost", "note": "one of two"},
      {"kernel": "*", "subject": "apic-oneshot", "kind": "doubled", "seen": "always"},
      {"kernel": "*", "subject": "pit-periodic", "kind": "late by a period", "seen": "sometimes"}
    ]}
    """

  private func faults(_ release: String, _ module: String?) throws -> [TortureSubject] {
    try KnownFaults(parsing: Array(list.utf8)).of(KernelUnderTest(release: release, module: module))
      .map(\.subject)
  }

  @Test("a list is of the releases that begin with its numbers, and of its module")
  func kernels() throws {
    #expect(try faults("6.1.0-56-cloud-amd64", "kvm_amd").contains(.nmi))
    #expect(try faults("6.1", "kvm_amd").contains(.nmi))
    #expect(try !faults("6.12.117+deb12-cloud-amd64", "kvm_amd").contains(.nmi))
    #expect(try !faults("6", "kvm_amd").contains(.nmi))
    #expect(try !faults("16.1", "kvm_amd").contains(.nmi))
    #expect(try !faults("6.1.0", "kvm_intel").contains(.nmi))
    #expect(try !faults("6.1.0", nil).contains(.nmi))
    #expect(try faults("5.10", nil) == [.apicOneShot, .pitPeriodic])
  }

  private func compare(
    _ found: [Fault], in subjects: [TortureSubject] = [.nmi, .apicOneShot, .pitPeriodic]
  ) throws -> FaultComparison {
    let known = try KnownFaults(parsing: Array(list.utf8))
    return FaultComparison(
      found, with: known.of(KernelUnderTest(release: "6.1.192", module: "kvm_amd")), in: subjects)
  }

  @Test("a new fault and one that is gone are both differences; one that comes and goes is none")
  func comparison() throws {
    let nmi = Fault(.nmi, .lost)
    let oneShot = Fault(.apicOneShot, .doubled)
    let late = Fault(.pitPeriodic, .late)
    #expect(try compare([nmi, oneShot]).isAsKnown)
    #expect(try compare([nmi, oneShot, late, late]).isAsKnown)
    #expect(try compare([oneShot]).gone == [nmi])
    #expect(try !compare([oneShot]).isAsKnown)
    let other = Fault(.nmi, .doubled)
    #expect(try compare([nmi, oneShot, other]).new == [other])
    #expect(try !compare([nmi, oneShot, other]).isAsKnown)
    // Of what was not searched nothing is gone.
    #expect(try compare([oneShot], in: [.apicOneShot]).isAsKnown)
    #expect(
      try compare([other, oneShot]).text == """
        new fault: nmi: doubled
        a known fault is gone: nmi: lost
        1 known, 1 new, 1 gone

        """)
  }

  @Test("a subject that was not cut to the end has lost no fault")
  func partial() throws {
    var partial = SubjectReport(.nmi)
    partial.isPartial = true
    var absent = SubjectReport(.apicOneShot)
    absent.skipReason = "no local APIC"
    let known = try KnownFaults(parsing: Array(list.utf8))
      .of(KernelUnderTest(release: "6.1", module: "kvm_amd"))
    #expect(FaultComparison([partial, absent], with: known).isAsKnown)
    #expect(FaultComparison([SubjectReport(.nmi)], with: known).gone == [Fault(.nmi, .lost)])
  }

  @Test(
    "what is not a list is refused with its line",
    arguments: [
      ("", 1), ("[]", 1), ("{}", 1), ("{\"faults\": {}}", 1), ("{\"faults\": [], \"more\": 1}", 1),
      ("{\"faults\": [\n1]}", 2), ("{\"faults\": [\n{}]}", 2),
      ("{\"faults\": [\n{\"kernel\": \"x\", \"subject\": \"nmi\", \"kind\": \"lost\"}]}", 2),
      ("{\"faults\": [{\"kernel\": \"6.1\",\n\"subject\": \"mni\", \"kind\": \"lost\"}]}", 2),
      ("{\"faults\": [{\"kernel\": \"6.1\", \"subject\": \"nmi\",\n\"kind\": \"gone\"}]}", 2),
      ("{\"faults\": [{\"kernel\": 6.1,\n\"subject\": \"nmi\", \"kind\": \"lost\"}]}", 1),
      (
        "{\"faults\": [{\"kernel\": \"*\", \"subject\": \"nmi\", \"kind\": \"lost\",\n\"seen\": \"\"}]}",
        2
      ),
      (
        "{\"faults\": [{\"kernel\": \"*\", \"subject\": \"nmi\", \"kind\": \"lost\",\n\"sen\": \"\"}]}",
        2
      ),
      (
        "{\"faults\": [{\"kernel\": \"*\", \"subject\": \"nmi\", \"kind\": \"lost\",\n\"module\": 1}]}",
        2
      ),
      (
        "{\"faults\": [{\"kernel\": \"*\", \"subject\": \"nmi\", \"kind\": \"lost\",\n\"note\": []}]}",
        2
      ),
    ])
  func damage(_ text: String, _ line: Int) throws {
    let error = #expect(throws: JSONError.self) { try KnownFaults(parsing: Array(text.utf8)) }
    #expect(error?.line == line, "\(text)")
  }

  @Test("the program's own lists are of the kernels that it was tried on, and of no other")
  func builtIn() {
    for (release, module) in [
      ("6.18.44", "kvm_pvm"), ("6.1.0-56-cloud-amd64", "kvm_amd"), ("6.12.117+deb12", "kvm_amd"),
    ] {
      let faults = KnownFaults.builtIn.of(KernelUnderTest(release: release, module: module))
      #expect(faults.contains { $0.subject == .apicOneShot && $0.kind == .doubled }, "\(release)")
    }
    #expect(KnownFaults.builtIn.of(KernelUnderTest(release: "6.6", module: "kvm_intel")).isEmpty)
  }
}
