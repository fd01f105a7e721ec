/// Ways to have each JSON document that this program prints, as shell commands.
public enum JSONCommands {
  /// A way to a document.
  public struct Source: Sendable {
    /// The command's path, as in `images list`.
    public let command: String
    /// What prints the document, and nothing else, on standard output.
    public let script: String

    init(_ command: String, _ script: String) { (self.command, self.script) = (command, script) }
  }

  private static let bug = "mips-freeze-lost-irq"

  /// Without KVM.
  public static let anywhere: [Source] = [
    Source("bugs", "$SWVMM bugs --json"), Source("bugs", "$SWVMM bugs \(bug) --json"),
    Source("images list", "$SWVMM images --json"),
    Source("images list", "$SWVMM images tick --format json"),
    Source("explore", "$SWVMM explore --json"),
    Source("explore", "$SWVMM explore gic --describe --json"),
    Source("explore", "$SWVMM explore count-compare-cause --json"),
    Source("explore", "$SWVMM explore --bug \(bug) --json"),
    Source("explore", "$SWVMM explore --bug \(bug) --walk 1 --timeout 1 --json"),
    Source("explore", "$SWVMM explore count-compare-cause --walk 1 --timeout 1 --shard 1/2 --json"),
    Source("replay", "$SWVMM replay count-compare/\(bug):match-1ns,compare+2,match --json"),
    Source("replay", "$SWVMM replay count-compare:match-1ns --json"),
    Source("regress", "$SWVMM regress count-compare-cause \(bug) --json"),
    Source("regress", "$SWVMM regress \(bug) --format json --shard 1/1"),
    Source("regress", "$SWVMM regress --list --live --json"),
    Source(
      "merge", "$SWVMM regress \(bug) --json --shard 1/1 >1; $SWVMM merge 1"),
    Source("conform", "$SWVMM conform --example >s; $SWVMM conform --model mips s --json"),
    Source(
      "conform",
      """
      printf '[{"id": "a", "title": "t", "rule": "r", "ops": ["read ti -> x", "read ti -> y", \
      "read ti -> z"], "expect": {"x": {"min": -1, "max": 9007199254740993}, "y": {"in": [0, 5]}, \
      "z": 1}}]' >s; $SWVMM conform --model mips s --json
      """),
    Source("device check", "$SWVMM device check \"$SWVMM device serve gic\" --json"),
    Source("tsc", "$SWVMM tsc --example qemu-2.0 --json"),
    Source("tsc", "$SWVMM tsc --example qemu-2.0 --json --verdict"),
    Source("tsc", "$SWVMM tsc --example qemu-2.0-trace --json"),
    Source("tsc", "$SWVMM tsc --example qemu-2.0-trace --json --verdict"),
    Source("kut", "printf '[a]\\nfile = none\\n' >l; $SWVMM kut l --json"),
    Source(
      "measure import", "echo 'latency: 2400' >l; $SWVMM measure import l --tsc-khz 1000000 --json"),
    Source(
      "measure merge",
      """
      echo 'latency: 2400' >l; $SWVMM measure import l --tsc-khz 1000000 --json >r
      $SWVMM measure merge r r --json
      """),
    Source(
      "measure compare",
      """
      echo 'latency: 2400' >l; $SWVMM measure import l --tsc-khz 1000000 --json >r
      $SWVMM measure compare r r --json
      """),
  ]

  /// Where KVM is.
  public static let onKVM: [Source] = [
    Source("run", "$SWVMM run hello --json 2>/dev/null"),
    Source("run", "$SWVMM run triple-fault --json 2>/dev/null"),
    Source("run", "$SWVMM run hello --tsc-writes qemu-2.0 --cpus 2 --format json 2>/dev/null"),
    Source(
      "restore",
      """
      $SWVMM run gtick --checkpoint-on exit=9 --checkpoint c -- 2 2>/dev/null
      $SWVMM restore c --json 2>/dev/null
      """),
    Source("probe", "$SWVMM probe --json"),
    Source("torture search", "$SWVMM torture count-compare --shard 1/400 --json"),
    Source("torture search", "$SWVMM torture --inject nmi hello --json"),
    Source("measure campaign", "$SWVMM measure --count 50 --json"),
  ]
}
