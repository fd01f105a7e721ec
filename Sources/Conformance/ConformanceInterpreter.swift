/// Runs one scenario on a machine.
struct ConformanceInterpreter<Machine: ConformanceMachine> {
  typealias Vocabulary = Machine.Vocabulary
  typealias Operation = ConformanceOperation<Vocabulary>
  typealias Expression = ConformanceExpression<Vocabulary>

  private let scenario: ConformanceScenario<Vocabulary>
  private var machine: Machine
  /// Variables start at 0.
  private var variables: [ConformanceValue]
  /// The operation that runs, to which a fault belongs.
  private var current: Operation?

  init(scenario: ConformanceScenario<Vocabulary>, machine: Machine) {
    self.scenario = scenario
    self.machine = machine
    variables = Array(repeating: ConformanceValue(0), count: scenario.variables.count)
  }

  /// Runs the scenario to its end, or to the fault that keeps it from getting there.
  mutating func run(file: String) -> ConformanceResult {
    var failure: ConformanceError?
    do {
      try run(scenario.operations)
    } catch {
      failure = ConformanceError(
        file: file, line: current?.line ?? scenario.line, scenario: scenario.id,
        operation: current?.number, problem: error.description)
    }
    let checks = scenario.expectations.map { expectation in
      ConformanceResult.Check(
        name: scenario.variables[expectation.variable], expected: expectation.allowed,
        observed: reported(variables[expectation.variable]))
    }
    return ConformanceResult(
      id: scenario.id, title: scenario.title, line: scenario.line, checks: checks, error: failure)
  }

  /// A variable's value as it is compared with what is expected.
  private func reported(_ value: ConformanceValue) -> Int128 {
    value.isSigned ? Int128(Vocabulary.signed(value.bits)) : Int128(value.bits)
  }

  private mutating func run(_ operations: [Operation]) throws(ConformanceFault) {
    for operation in operations {
      current = operation
      try machine.budget.spend()
      if case .loop(let count, let counter, let body) = operation.action {
        let count = evaluate(count)
        var turn: UInt64 = 0
        while turn < count {
          // An empty body costs a step, too.
          try machine.budget.spend()
          assign(ConformanceValue(turn), to: counter)
          try run(body)
          turn += 1
        }
      } else {
        try perform(operation.action)
        try machine.endOperation()
      }
    }
  }

  private mutating func perform(_ action: Operation.Action) throws(ConformanceFault) {
    switch action {
    case .read(let source, let argument, let variable):
      assign(machine.read(source, argument: evaluate(argument)), to: variable)
    case .assign(let expression, let variable, let isSigned):
      assign(ConformanceValue(evaluate(expression), isSigned: isSigned), to: variable)
    case .relate(let relation, let left, let right, let variable):
      // From left to right: a register in the second operand is read after the first.
      let left = evaluate(left)
      assign(ConformanceValue(relate(relation, left, evaluate(right))), to: variable)
    case .pass(let ticks): try machine.pass(ticks: evaluate(ticks))
    case .nudge(let steps): try machine.nudge(steps: evaluate(steps))
    case .until(let target): try machine.wait(untilCounterReaches: evaluate(target))
    case .idle: try machine.idle()
    case .bracket(let sample, let low, let high): try bracket(sample, low: low, high: high)
    case .handler(let handler, let argument):
      machine.handle(with: handler, argument: evaluate(argument))
    case .limit(let interrupts): machine.limitHandler(to: evaluate(interrupts))
    case .write(let destination, let argument, let value):
      let argument = evaluate(argument)
      machine.write(destination, argument: argument, evaluate(value))
    case .set(let flag, let isSet): machine.set(flag, isSet)
    case .loop: preconditionFailure("loops are run, not performed")
    }
  }

  /// Reads the counter, samples, and reads the counter again, until the sample is 1.
  ///
  /// `blind` (no `low`) reads the counter only then. A `low` that no sample of 0 came before
  /// keeps its value.
  private mutating func bracket(
    _ sample: Vocabulary.Sample, low: Int?, high: Int
  ) throws(ConformanceFault) {
    while true {
      let before = low.map { _ in machine.readDistance() }
      let isSet = machine.sample(sample)
      let after = low == nil && !isSet ? nil : machine.readDistance()
      if isSet, let after {
        assign(ConformanceValue(UInt64(bitPattern: after), isSigned: true), to: high)
        return
      }
      if let low, let before {
        assign(ConformanceValue(UInt64(bitPattern: before), isSigned: true), to: low)
      }
      try machine.budget.spend()
      try machine.approach()
    }
  }

  private mutating func assign(_ value: ConformanceValue, to variable: Int) {
    variables[variable] = ConformanceValue(
      value.bits & Vocabulary.mask, isSigned: value.isSigned)
  }

  // MARK: - Expressions

  private func relate(
    _ relation: Operation.Relation, _ left: UInt64, _ right: UInt64
  ) -> UInt64 {
    switch relation {
    case .ge: Vocabulary.signed(left &- right) >= 0 ? 1 : 0
    case .lt: Vocabulary.signed(left &- right) < 0 ? 1 : 0
    case .eq: left == right ? 1 : 0
    case .ne: left != right ? 1 : 0
    case .and: left & right
    case .or: left | right
    }
  }

  private mutating func evaluate(_ expression: Expression?) -> UInt64 {
    expression.map { evaluate($0) } ?? 0
  }

  /// Computes modulo 2^64 and cuts the result, which is the same as computing in fewer bits.
  private mutating func evaluate(_ expression: Expression) -> UInt64 {
    var value = evaluate(expression.first)
    for step in expression.rest {
      let operand = evaluate(step.term)
      switch step.operator {
      case .plus: value &+= operand
      case .minus: value &-= operand
      case .times: value &*= operand
      }
    }
    return value & Vocabulary.mask
  }

  private mutating func evaluate(_ term: Expression.Term) -> UInt64 {
    switch term {
    case .number(let value): value
    case .variable(let variable): variables[variable].bits
    case .register(let register): machine.read(register)
    }
  }
}
