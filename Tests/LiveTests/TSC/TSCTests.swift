import KVM
import TestSupport
import Testing
import TimerModels

@testable import VMM

extension Trait where Self == ConditionTrait {
  /// For tests of what TSC writes do: some backends do without them.
  static var requiresTSCWrites: Self {
    enabled("this backend ignores TSC writes") {
      guard let system = try? KVMSystem() else { return false }
      return HostProbe.findTSCWrites(on: system) == .found(.honoured)
    }
  }
}

extension Live {
  /// The tracker's predictions, and what the kernel does.
  @Suite("TSC writes")
  struct TSCTests {
    @Test(
      "1000 random sequences on 1 to 4 vCPUs go as predicted", .requiresKVM, .requiresTSCWrites)
    func predictions() throws {
      let system = try KVMSystem()
      let finding = HostProbe.findTSCRules(on: system)
      let rules = try #require(finding.value, "\(finding)")
      let name = rules.name ?? "unnamed"
      let host = try HostProbe.findTSCHost(on: system)
      var (matches, generations, entries, guestWrites, unclear) = (0, 0, 0, 0, 0)
      for seed in UInt64(0)..<1000 {
        let duel = try TSCKernelDuel(host, rules: rules, system: system, seed: seed)
        do {
          for _ in 0..<14 { try duel.step(vcpuLimit: Int(seed % 4) + 1) }
        } catch TSCKernelDuel.Failure.unclear {
          unclear += 1
        } catch {
          Issue.record("seed \(seed), rules of Linux \(name): \(error)\n\(duel.log.suffix(12))")
          return
        }
        matches += duel.matches
        generations += duel.generations
        entries += duel.entries
        guestWrites += duel.guestWrites
      }
      print(
        "rules of Linux \(name), TSC \(host.isStable ? "stable" : "unstable"): \(matches) matched, "
          + "\(generations) generations, \(entries) entries, \(guestWrites) guest writes, "
          + "\(unclear) of 1000 sequences unclear")
      // The comparison is worth nothing if one of the ways is hardly taken.
      #expect(unclear < 50)
      #expect(matches > 2000 && generations > 1000 && entries > 1000 && guestWrites > 1000)
    }

    @Test(
      "RDTSC never goes back across CPUs", .requiresKVM, arguments: IRQChip.allCases, [2, 4, 8])
    func guestSync(controller: IRQChip, cpus: Int) {
      let readings = repetitions(50)
      let result = shell(
        "$SWVMM run tsc-sync --cpus \(cpus) --irqchip \(controller.rawValue) -- \(readings)")
      #expect(
        result.output == "cpus: \(cpus)\nreadings: \(readings * cpus)\nbackward: 0\nworst: 0\n",
        "\(result.errors)")
      #expect(result.status == 0)
    }

    @Test("a guest's own TSC write is honoured where the host's is", .requiresKVM)
    func guestWrite() throws {
      let writes = HostProbe.findTSCWrites(on: try KVMSystem())
      let result = shell("$SWVMM run tsc-write")
      #expect(result.output.hasPrefix("IA32_TSC: \(writes.value?.rawValue ?? "?")\n"))
      #expect(result.status == 0)
    }

    @Test("every write of a machine's is foretold, and KVM's own answer is told", .requiresKVM)
    func explanation() throws {
      let writes = HostProbe.findTSCWrites(on: try KVMSystem()).value
      let result = shell("$SWVMM run tsc-write --explain-tsc")
      let lines = result.errors.split(separator: "\n")
      let reports = lines.filter { $0.hasPrefix("tsc: creation: ") || $0.hasPrefix("tsc: guest: ") }
      #expect(reports.count >= 2, "\(result.errors)")
      let ending = writes == .honoured ? "KVM agrees" : "KVM changed nothing"
      #expect(reports.allSatisfy { $0.hasSuffix("; \(ending)") }, "\(result.errors)")
      #expect(
        lines.contains("tsc: this backend ignores TSC writes") == (writes == .ignored),
        "\(result.errors)")
    }

    @Test("restored vCPUs stay matched, by their offsets", .requiresKVM, .requiresTSCWrites)
    func restoring() throws {
      let folder = TemporaryFolder()
      let file = folder.path + "/checkpoint"
      let saved = shell("$SWVMM run smp-hello --cpus 3 --snapshot-on exit=20 \(file)")
      #expect(saved.status == 0, "\(saved.errors)")
      let result = shell("$SWVMM restore --explain-tsc \(file)")
      let restored = result.errors.split(separator: "\n").filter { $0.hasPrefix("tsc: restore: ") }
      #expect(restored.count == 3, "\(result.errors)")
      #expect(restored.allSatisfy { $0.hasSuffix("; KVM agrees") }, "\(result.errors)")
      #expect(
        restored.last?.contains("the offset of the last write); generation 2, 2 + 1 of 3 matched")
          == true, "\(result.errors)")
      #expect(result.status == 0)
    }
  }
}
