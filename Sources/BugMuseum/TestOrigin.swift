/// Where and when tests were run, for formats that have a place for it.
public struct TestOrigin: Hashable, Sendable {
  /// When they began: UTC, as `2026-01-31T12:00:00Z`.
  public var time: String
  /// The host's name.
  public var host: String
  /// What else there is to say, in that order.
  public var properties: [Property]

  /// One more fact.
  public struct Property: Hashable, Sendable {
    /// What it is about.
    public var name: String
    /// The fact.
    public var value: String

    /// Creates a fact.
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
  }

  /// Creates an origin.
  public init(time: String, host: String, properties: [Property]) {
    (self.time, self.host, self.properties) = (time, host, properties)
  }
}
