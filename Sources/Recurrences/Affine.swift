// Whole-number expressions that are sums of index variables: what subscripts and ranges of dynamic programs are made of
// wherever they can be known before the run.

/// `constant + factors[0] * variable 0 + factors[1] * variable 1 + ...`; trailing zero factors are not kept, so that
/// equal expressions are equal values.
package struct Affine: Hashable, Sendable {
  package private(set) var constant: Int
  package private(set) var factors: [Int]

  package init(_ constant: Int, factors: [Int] = []) {
    self.constant = constant
    self.factors = factors
    trim()
  }

  /// The variable itself.
  package static func variable(_ number: Int) -> Affine {
    Affine(0, factors: Array(repeating: 0, count: number) + [1])
  }

  package var isConstant: Bool { factors.isEmpty }

  package func factor(_ variable: Int) -> Int { variable < factors.count ? factors[variable] : 0 }

  /// The number of the variable if the expression is a variable alone.
  package var soleVariable: Int? {
    guard constant == 0, factors.last == 1, factors.dropLast().allSatisfy({ $0 == 0 }) else { return nil }
    return factors.count - 1
  }

  /// Whether it is `variable` or its negative, up to a constant.
  func isShifted(_ variable: Int) -> Bool {
    factors.indices.allSatisfy { $0 == variable ? abs(factors[$0]) == 1 : factors[$0] == 0 } && factors.count > variable
  }

  private mutating func trim() {
    while factors.last == 0 { factors.removeLast() }
  }

  package static func + (a: Affine, b: Affine) -> Affine {
    let count = max(a.factors.count, b.factors.count)
    return Affine(a.constant &+ b.constant, factors: (0..<count).map { a.factor($0) &+ b.factor($0) })
  }
  package static prefix func - (a: Affine) -> Affine { a * -1 }
  package static func - (a: Affine, b: Affine) -> Affine { a + -b }
  package static func * (a: Affine, scale: Int) -> Affine {
    Affine(a.constant &* scale, factors: a.factors.map { $0 &* scale })
  }

  /// The expression with each variable replaced.
  package func substituting(_ replacements: [Affine]) -> Affine {
    var result = Affine(constant)
    for (variable, factor) in factors.enumerated() where factor != 0 {
      result = result + (variable < replacements.count ? replacements[variable] : .variable(variable)) * factor
    }
    return result
  }

  /// The value for given variables.
  @inline(__always) func value(_ variables: UnsafePointer<Int>) -> Int {
    var result = constant
    var index = 0
    while index < factors.count {
      result &+= factors[index] &* variables[index]
      index &+= 1
    }
    return result
  }
}
