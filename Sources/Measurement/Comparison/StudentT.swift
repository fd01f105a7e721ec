/// Student's distribution, as far as intervals of 95 % need it.
enum StudentT {
  /// What a mean of values with estimated variance is, in its standard errors, from the true one in 95 of 100
  /// cases at most: the quantile at 97.5 %.
  ///
  /// - Parameter degrees: The degrees of freedom, 1 or more; of a fraction the part before the point counts,
  ///   which makes the interval wider than it need be. Infinity is the normal distribution.
  /// - Returns: From 12.706 down to 1.960.
  static func quantile(degrees: Double) -> Double {
    guard degrees < 31 else {
      // The first terms of the expansion by 1/degrees; beyond 30 it is right to three decimals.
      return 1.95996 + 2.3723 / degrees + 2.823 / (degrees * degrees)
    }
    return table[max(Int(degrees), 1) - 1]
  }

  private static let table = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
    2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
    2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
  ]
}
