/// Turns one operation's text into what it does.
///
/// Names that an expression uses become variables; whether something assigns them is known only
/// when the whole scenario has been read.
struct ConformanceOperationParser<Vocabulary: ConformanceVocabulary> {
  typealias Action = ConformanceOperation<Vocabulary>.Action
  typealias Expression = ConformanceExpression<Vocabulary>

  /// What an operation's text says: an action, or the start or the end of a loop.
  enum Statement {
    case action(Action)
    case loop(count: Expression, counter: Int)
    case end
  }

  private var words: ConformanceWords
  private var names: ConformanceNames

  /// Parses `text`, and enters the names that it assigns or uses in `names`.
  ///
  /// *Why the names are moved there and back:* two owners would copy all of them at each new one, and a
  /// script of many variables would take the square of their number.
  static func parse(
    _ text: String, names: inout ConformanceNames
  ) throws(ConformanceProblem) -> Statement {
    let words = try ConformanceWords(text)
    var parser = Self(words: words, names: exchange(&names, with: ConformanceNames()))
    defer { names = parser.names }
    let statement = try parser.statement()
    if let extra = parser.words.next {
      throw ConformanceProblem("nothing should follow here, but \(extra.text) does")
    }
    return statement
  }

  private mutating func statement() throws(ConformanceProblem) -> Statement {
    let verb = try name("an operation")
    switch verb {
    case "end": return .end
    case "repeat":
      let count = try expression()
      return .loop(count: count, counter: names.assign(try name("a variable"), isReported: false))
    default: return .action(try action(verb))
    }
  }

  private mutating func action(_ verb: String) throws(ConformanceProblem) -> Action {
    if let relation = ConformanceOperation<Vocabulary>.Relation(rawValue: verb) {
      let variable = try target()
      try sign("=")
      let left = try expression()
      return .relate(relation, left, try expression(), into: variable)
    }
    switch verb {
    case "read":
      let source: Vocabulary.Source = try word("something to read")
      let argument = try argument(of: source)
      try sign("->")
      return .read(source, argument: argument, into: try target())
    case "let", "diff":
      let variable = try target()
      try sign("=")
      return .assign(try expression(), into: variable, isSigned: verb == "diff")
    case "wait", "spin": return .pass(ticks: try expression())
    case "sleep" where Vocabulary.hasSleep: return .pass(ticks: try expression())
    case "nudge": return .nudge(steps: try expression())
    case "until": return .until(try expression())
    case "idle": return .idle
    case "bracket", "blind": return try bracket(isBlind: verb == "blind")
    case "handler":
      let handler: Vocabulary.Handler = try word("a handler")
      return .handler(handler, argument: try argument(of: handler))
    case "limit": return .limit(try expression())
    case "write":
      let destination: Vocabulary.Destination = try word("a register to write")
      guard destination != Vocabulary.softwareInterrupt else {
        throw ConformanceProblem("there is no register \(destination.rawValue) to write")
      }
      let argument = try argument(of: destination)
      return .write(destination, argument: argument, value: try expression())
    case "set": return try setFlag()
    case "sgi":
      guard let destination = Vocabulary.softwareInterrupt else { break }
      return .write(destination, argument: nil, value: try expression())
    default: break
    }
    throw ConformanceProblem("there is no operation \(verb) for \(Vocabulary.name)")
  }

  private mutating func bracket(isBlind: Bool) throws(ConformanceProblem) -> Action {
    let sample: Vocabulary.Sample = try word("something to sample")
    try sign("->")
    let low = isBlind ? nil : try target()
    return .bracket(sample, low: low, high: try target())
  }

  private mutating func setFlag() throws(ConformanceProblem) -> Action {
    let flag: Vocabulary.Flag = try word("a bit to set")
    switch try words.take() {
    case .number(0): return .set(flag, false)
    case .number(1): return .set(flag, true)
    default: throw ConformanceProblem("\(flag.rawValue) can be set to 0 or 1 only")
    }
  }

  // MARK: - Parts of operations

  private mutating func name(_ what: String) throws(ConformanceProblem) -> String {
    guard case .name(let name) = try words.take() else {
      throw ConformanceProblem("\(what) is missing")
    }
    return name
  }

  private mutating func sign(_ sign: String) throws(ConformanceProblem) {
    guard try words.take() == .sign(sign) else { throw ConformanceProblem("\(sign) is missing") }
  }

  /// A word of the vocabulary.
  private mutating func word<Word: ConformanceWord>(
    _ what: String
  ) throws(ConformanceProblem) -> Word {
    let name = try name(what)
    guard let word = Word(rawValue: name) else {
      throw ConformanceProblem("\(name) is not \(what) for \(Vocabulary.name)")
    }
    return word
  }

  private mutating func argument(
    of word: some ConformanceWord
  ) throws(ConformanceProblem) -> Expression? {
    word.takesArgument ? try expression() : nil
  }

  /// A variable that the operation assigns.
  private mutating func target() throws(ConformanceProblem) -> Int {
    names.assign(try name("a variable"), isReported: true)
  }

  private mutating func expression() throws(ConformanceProblem) -> Expression {
    var expression = Expression(first: try term(), rest: [])
    while case .sign(let sign) = words.next, let joint = Self.joints[sign] {
      _ = try words.take()
      expression.rest.append(.init(operator: joint, term: try term()))
    }
    return expression
  }

  private static var joints: [String: Expression.Operator] {
    ["+": .plus, "-": .minus, "*": .times]
  }

  private mutating func term() throws(ConformanceProblem) -> Expression.Term {
    switch try words.take() {
    case .number(let value): return .number(value)
    case .name(let name):
      if let register = Vocabulary.Register(rawValue: name) { return .register(register) }
      return .variable(names.use(name))
    default: throw ConformanceProblem("a number, a variable or a register is missing")
    }
  }
}
