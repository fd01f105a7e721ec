/// One scenario of a conformance script: a short program, and the values that must be seen.
public struct ConformanceScenario<Vocabulary: ConformanceVocabulary>: Hashable, Sendable {
  /// The name by which it is reported.
  public var id: String
  /// What it is about.
  public var title: String
  /// The line of its first byte, counted from 1.
  public var line: Int
  /// The program.
  public var operations: [ConformanceOperation<Vocabulary>]
  /// The variables' names; operations know a variable by its place here.
  public var variables: [String]
  /// What must be seen, in the order of the script.
  public var expectations: [Expectation]

  /// What one variable must be in the end.
  public struct Expectation: Hashable, Sendable {
    /// The variable's place in ``variables``.
    public var variable: Int
    /// The values that it may have.
    public var allowed: ConformanceRange
  }
}

/// The values that a variable may have in the end.
public enum ConformanceRange: Hashable, Sendable {
  /// This value.
  case exactly(Int128)
  /// From `min` to `max`; a missing bound bounds nothing.
  case between(min: Int128?, max: Int128?)
  /// One of these.
  case oneOf([Int128])
  /// Whatever the implementation chose.
  case any

  /// Whether `value` is allowed.
  public func contains(_ value: Int128) -> Bool {
    switch self {
    case .exactly(let expected): value == expected
    case .between(let min, let max):
      min.map { $0 <= value } ?? true && max.map { value <= $0 } ?? true
    case .oneOf(let values): values.contains(value)
    case .any: true
    }
  }
}

/// One operation, and where it stands.
public struct ConformanceOperation<Vocabulary: ConformanceVocabulary>: Hashable, Sendable {
  /// Its place in the scenario's `ops`, counted from 1.
  public var number: Int
  /// The line of the file.
  public var line: Int
  /// What it does.
  public var action: Action

  /// An expression over this vocabulary.
  public typealias Expression = ConformanceExpression<Vocabulary>

  /// How two operands are compared or combined.
  public enum Relation: String, Hashable, Sendable {
    /// Signed difference at least 0, or below it.
    case ge, lt
    /// Equality and its opposite.
    case eq, ne
    /// Bit by bit.
    case and, or
  }

  /// What an operation does; variables are places in the scenario's list.
  public indirect enum Action: Hashable, Sendable {
    /// Assigns what the source is, the argument being an interrupt's number.
    case read(Vocabulary.Source, argument: Expression?, into: Int)
    /// `let`, or `diff` when the value is reported as a signed number.
    case assign(Expression, into: Int, isSigned: Bool)
    /// `ge`, `lt`, `eq`, `ne`, `and`, `or`.
    case relate(Relation, Expression, Expression, into: Int)
    /// `wait`, `spin` and `sleep`: a model passes exactly so many ticks.
    case pass(ticks: Expression)
    /// So many of the machine's smallest steps pass.
    case nudge(steps: Expression)
    /// Time passes until the counter has reached the value.
    case until(Expression)
    /// The CPU sleeps until an interrupt.
    case idle
    /// `repeat` and what comes before its `end`; the counter goes from 0 up.
    case loop(count: Expression, counter: Int, body: [ConformanceOperation])
    /// `bracket`, or `blind` when there is no place for the lower bound.
    case bracket(Vocabulary.Sample, low: Int?, high: Int)
    /// What happens at an interrupt from now on.
    case handler(Vocabulary.Handler, argument: Expression?)
    /// How many interrupts the handler lets in.
    case limit(Expression)
    /// `write`, the argument being an interrupt's number, and `sgi`.
    case write(Vocabulary.Destination, argument: Expression?, value: Expression)
    /// Sets or clears a bit.
    case set(Vocabulary.Flag, Bool)
  }
}

/// Terms joined by `+`, `-` and `*`, evaluated from left to right.
///
/// The grammar knows no precedence: `1+2*3` is 9.
public struct ConformanceExpression<Vocabulary: ConformanceVocabulary>: Hashable, Sendable {
  /// A number, a variable by its place, or a register read at that moment.
  public enum Term: Hashable, Sendable {
    case number(UInt64)
    case variable(Int)
    case register(Vocabulary.Register)
  }

  /// What joins a term to what is left of it.
  public enum Operator: Hashable, Sendable {
    case plus, minus, times
  }

  /// One term after the first.
  public struct Step: Hashable, Sendable {
    /// How it joins.
    public var `operator`: Operator
    /// The term.
    public var term: Term
  }

  /// The first term.
  public var first: Term
  /// The others.
  public var rest: [Step]
}
