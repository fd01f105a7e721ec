import TestSupport
import Testing

/// An option that would do nothing beside the others is refused with the reason.
@Suite("options that would do nothing", .timeLimit(.minutes(5)))
struct IdleOptionTests {
  private static let cases: [(words: String, reason: String)] = [
    ("run hello --exit-cost 5us", "--exit-cost: only with --clock virtual"),
    ("run hello --host-timeout 5", "--host-timeout: only with --clock virtual"),
    ("run hello --irqchip kernel --wait spin", "--wait: with --irqchip kernel KVM itself waits"),
    ("run hello --irqchip split --advance auto", "--advance: with --irqchip split"),
    ("run hello --clock virtual --wait block", "--wait: in virtual time"),
    ("run hello --clock virtual --spin-budget 5%", "--spin-budget: in virtual time"),
    ("run hello --wait spin --spin-budget 5%", "--spin-budget: only adaptive waiting"),
    ("run hello --trace-format text", "--trace-format: only with --trace"),
    ("run hello --legend", "--legend: explains the table of --stats"),
    ("run hello --stats --json --legend", "--legend: explains the table of --stats"),
    ("run hello --keep-running", "--keep-running: only with --checkpoint-on"),
    ("run hello --checkpoint k", "--checkpoint: when?"),
    ("run hello --checkpoint-on exit=5", "into which file? --checkpoint FILE"),
    ("run hello --checkpoint-on exit=5 --json k", "nexpected argument"),
    ("run hello --checkpoint-on exit=5 --checkpoint-on exit=6 --checkpoint k", "one trigger"),
    ("run --checkpoint-on exit=5 hello", "'hello' is where --checkpoint-on writes to"),
    ("run hello --device x --bug mips-freeze-lost-irq", "--bug is one of ours"),
    ("run hello --format text --json", "--json: is --format json"),
    ("explore --timeout 5", "--timeout: of which model?"),
    ("explore --threads 2", "--threads: of which model?"),
    ("explore --legend", "--legend: of which model?"),
    ("explore gic --describe --depth 2", "--depth: --describe searches nothing"),
    ("explore gic --describe --walk 1", "--walk: --describe searches nothing"),
    ("explore gic --walk 1 --depth 2", "--depth: a walk takes actions at random"),
    ("explore gic --walk 1 --exhaustive", "--exhaustive: a walk"),
    ("explore gic --shard 1/2", "--shard: only with --walk"),
    ("explore gic --json --legend", "--legend: there is no table"),
    ("replay gic:x --json --legend", "--legend: there is no table"),
    ("measure --json --legend", "--legend: there is no table"),
    ("measure --json --legend --against x", "--legend: there is no table"),
    ("measure merge --json --legend x", "--legend: there is no table"),
    ("measure import --json --legend x", "--legend: there is no table"),
    ("measure compare --format json --legend x y", "--legend: there is no table"),
    ("replay gic:x --gdb tcp:0 --json", "--json: the debugger has the guest"),
    ("replay gic:x --gdb tcp:0 --device x", "--device: the debugger has the guest"),
    ("regress --list --threads 3", "--threads: --list runs nothing"),
    ("regress --list --fail-fast", "--fail-fast: --list runs nothing"),
    ("regress --list --format tap", "--format: --list is text or json"),
    ("regress --slowest 3 --format tap", "--slowest: only with the text format"),
    ("regress --json --format tap", "--json: is --format json, and not tap"),
    ("regress --device x --threads 2", "--threads: a device is searched by one thread"),
    ("regress --device x --live", "--live: shows bugs of ours"),
    ("conform --grammar s.json", "FILE: --grammar only prints"),
    ("conform --grammar --model mips", "--model: --grammar has all models"),
    ("conform --example --json", "--json: --example only prints"),
    (
      "conform --model mips --export-elf d --frequency 1MHz s.json",
      "--frequency: --export-elf runs nothing"
    ),
    ("device duel --open --seed 3", "--seed: --open runs nothing"),
    ("tsc --example qemu-2.0 --show --json", "--json: --show only prints"),
    ("tsc --example qemu-2.0 --timeout 3", "--timeout: nothing is waited for"),
    ("tsc f --verdict --bug tsc-matched-overcount", "--verdict: it prints no decisions"),
    ("torture --json --format tap nmi", "--json: is --format json"),
    ("torture --inject nmi hello --plant lose-irr", "--plant: --inject has no cuts"),
    ("torture --inject nmi hello --format junit", "--format: --inject is text or json"),
    ("torture --side-by-side a b --json", "--format: --side-by-side is text"),
    ("torture count-compare --via recipe", "--via: these subjects are carried by a checkpoint"),
    ("torture nmi --shard 1/2 --known builtin", "--known: a share of the cuts"),
    ("measure --timer apic --route irq-line", "--route: KVM's own timers have no route"),
    ("measure --route irq-line --wait spin", "--wait: only a vCPU whose thread injects"),
    ("measure --timer pit --advance 5000", "--advance: only a vCPU whose thread injects"),
    ("measure --wait spin --spin-budget 9%", "--spin-budget: only adaptive waiting"),
    ("measure --witness --no-stamps", "--witness: it watches beside runs with stamps"),
    ("kut l --json --format tap", "--json: is --format json"),
  ]

  @Test("are refused before anything is done")
  func idle() {
    for (words, reason) in Self.cases {
      let result = shell("$SWVMM \(words)")
      #expect(result.status == 64 && result.output == "", "\(result)")
      #expect(
        result.hasOneLineOfComplaint && result.errors.contains(reason), "\(result.errors)")
    }
  }

  @Test("what holds anyway may be said")
  func redundant() {
    for words in [
      "explore count-compare-cause --format json --json", "tsc --example qemu-2.0 --verdict --json",
      "images hello --describe", "regress --list --live --json gic",
    ] {
      #expect([0, 1].contains(shell("$SWVMM \(words)").status), "\(words)")
    }
  }
}
