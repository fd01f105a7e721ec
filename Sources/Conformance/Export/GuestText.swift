/// The macros of a guest, as they are put together.
///
/// The macros compute in three places: the value, the term that joins it, and one value that is held
/// meanwhile.
struct GuestText<Vocabulary: GuestVocabulary> {
  typealias Operation = ConformanceOperation<Vocabulary>
  typealias Expression = ConformanceExpression<Vocabulary>

  private(set) var lines = ""
  /// Whether each variable's values are signed, by its place; more than one element if there are both.
  private(set) var signs: [Int: Set<Bool>] = [:]
  /// The variables' places, and behind them those of the loops' own numbers.
  private(set) var slotCount: Int
  /// The longest wait for a number of ticks.
  private(set) var longestWait: UInt64 = 0
  private var labelCount = 0

  init(variableCount: Int) { slotCount = variableCount }

  mutating func line(_ text: String) { lines += "    \(text)\n" }

  mutating func label(_ name: String) { lines += "\(name):\n" }

  /// A text with its end, whatever is in it.
  mutating func bytes(of text: String) {
    line(".byte " + text.utf8.map { "\($0), " }.joined() + "0")
  }

  mutating func add(_ operations: [Operation]) {
    for operation in operations {
      if case .loop(let count, let counter, let body) = operation.action {
        addLoop(count, counter, body)
      } else {
        add(operation.action)
      }
    }
  }

  private mutating func newLabel() -> String {
    labelCount += 1
    return "place\(labelCount)"
  }

  private mutating func newSlot() -> Int {
    slotCount += 1
    return slotCount - 1
  }

  private mutating func store(into variable: Int, isSigned: Bool = false) {
    signs[variable, default: []].insert(isSigned)
    line("store \(variable)")
  }

  private mutating func addLoop(_ count: Expression, _ counter: Int, _ body: [Operation]) {
    let (turns, turn, top, end) = (newSlot(), newSlot(), newLabel(), newLabel())
    evaluate(count)
    line("store \(turns)")
    evaluate(Expression(first: .number(0), rest: []))
    line("store \(turn)")
    label(top)
    line("leave_loop \(turn), \(turns), \(end)")
    evaluate(Expression(first: .variable(turn), rest: []))
    store(into: counter)
    add(body)
    let next = Expression(
      first: .variable(turn), rest: [.init(operator: .plus, term: .number(1))])
    evaluate(next)
    line("store \(turn)")
    line("jump \(top)")
    label(end)
  }

  private mutating func add(_ action: Operation.Action) {
    switch action {
    case .read(let source, let argument, let variable):
      evaluate(argument)
      line("read_\(source.rawValue)")
      // The distance at the last interrupt is the one source that both vocabularies have signed.
      store(into: variable, isSigned: source.rawValue == "lead")
    case .assign(let expression, let variable, let isSigned):
      evaluate(expression)
      store(into: variable, isSigned: isSigned)
    case .relate(let relation, let left, let right, let variable):
      evaluate(left)
      line("hold")
      evaluate(right)
      line("relate_\(relation.rawValue)")
      store(into: variable)
    case .pass(let ticks):
      if let number = constant(ticks) { longestWait = max(longestWait, number) }
      call("pass", ticks)
    case .nudge(let steps): call("nudge", steps)
    case .until(let target): call("until", target)
    case .idle: line("call idle")
    case .bracket(let sample, let low, let high): bracket(sample, low: low, high: high)
    case .handler(let handler, let argument):
      evaluate(argument)
      line("handler_\(handler.rawValue)")
    case .limit(let interrupts):
      evaluate(interrupts)
      line("limit")
    case .write(let destination, let argument, let value):
      evaluate(argument)
      line("hold")
      evaluate(value)
      line("write_\(destination.rawValue)")
    case .set(let flag, let isSet): line("set_\(flag.rawValue) \(isSet ? 1 : 0)")
    case .loop: preconditionFailure("loops are added by themselves")
    }
  }

  /// The value of an expression of numbers alone.
  private func constant(_ expression: Expression) -> UInt64? {
    guard case .number(var value) = expression.first else { return nil }
    for step in expression.rest {
      guard case .number(let number) = step.term else { return nil }
      switch step.operator {
      case .plus: value &+= number
      case .minus: value &-= number
      case .times: value &*= number
      }
    }
    return value & Vocabulary.mask
  }

  private mutating func call(_ routine: String, _ expression: Expression) {
    evaluate(expression)
    line("call \(routine)")
  }

  /// *Order:* the counter, the sample, the counter, as the interpreter has it.
  private mutating func bracket(_ sample: Vocabulary.Sample, low: Int?, high: Int) {
    let (again, met) = (newLabel(), newLabel())
    label(again)
    if low != nil {
      line("distance")
      line("hold")
    }
    line("sample_\(sample.rawValue)")
    line("jump_if_set \(met)")
    if let low {
      line("unhold")
      store(into: low, isSigned: true)
    }
    line("jump \(again)")
    label(met)
    line("distance")
    store(into: high, isSigned: true)
  }

  private mutating func evaluate(_ expression: Expression?) {
    guard let expression else { return }
    add(expression.first)
    line("first")
    for step in expression.rest {
      add(step.term)
      line("\(step.operator)")
    }
  }

  private mutating func add(_ term: Expression.Term) {
    switch term {
    case .number(let value): line("term_number \(value & Vocabulary.mask)")
    case .variable(let variable): line("term_variable \(variable)")
    case .register(let register): line("term_\(register.rawValue)")
    }
  }
}
