extension Conform.Model {
  /// A script that the model passes: `swvmm conform --example`.
  var example: String {
    switch self {
    case .countCompare, .mips:
      """
      [
        {
          "id": "match-once", "title": "Count reaches Compare: one interrupt",
          "rule": "Cause.TI is set when Count becomes equal to Compare",
          "ops": [
            "set ie 1", "write compare count+1000", "read ti -> before", "wait 1001",
            "read ti -> after", "read irqs -> taken"
          ],
          "expect": {"before": 0, "after": 1, "taken": 1}
        },
        {
          "id": "write-clears", "title": "A write of Compare acknowledges the interrupt",
          "rule": "A write of Compare clears Cause.TI",
          "ops": [
            "write compare count+100", "wait 101", "read ti -> due", "write compare compare",
            "read ti -> cleared"
          ],
          "expect": {"due": 1, "cleared": 0}
        }
      ]

      """
    case .genericTimer, .arm:
      """
      [
        {
          "id": "condition", "title": "The condition is met when the counter reaches CVAL",
          "rule": "CNTV_CTL.ISTATUS is 1 while CNTVCT - CVAL is 0 or more",
          "ops": [
            "write cval cntvct+1000", "write ctl 1", "read istatus -> before", "wait 1001",
            "read istatus -> after", "read irq -> asserted"
          ],
          "expect": {"before": 0, "after": 1, "asserted": 1}
        }
      ]

      """
    }
  }
}
