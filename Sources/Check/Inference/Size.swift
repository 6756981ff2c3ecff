// Sizes that are known before anything runs: `7`, `n`, `2 * n + 1`. A size is a sum of symbols with whole factors and a
// constant, in one normal form, so that two sizes are equal for certain, differ for certain (their difference is a
// constant other than 0), or may be either.

/// A number that a run will know: a size of a signature, a param, a `let` whose number is not known here.
struct Symbol {
  let name: String
  /// A name in a signature: whoever wrote `[n, d]` said that n and d need not be equal.
  let isDeclared: Bool
}

package struct Size: Equatable {
  struct Term: Equatable {
    let symbol: Int
    let factor: Int
  }
  /// By rising symbol; no factor is 0.
  var terms: [Term] = []
  var constant: Int

  init(_ constant: Int) { self.constant = constant }
  init(symbol: Int) {
    terms = [Term(symbol: symbol, factor: 1)]
    constant = 0
  }

  /// The number, if no symbol is left.
  var value: Int? { terms.isEmpty ? constant : nil }

  /// nil where the result would not fit, or is no linear form.
  static func sum(_ a: Size, _ b: Size) -> Size? { combined(a, b, 1) }
  static func difference(_ a: Size, _ b: Size) -> Size? { combined(a, b, -1) }
  static func product(_ a: Size, _ b: Size) -> Size? {
    if let factor = a.value { return b.times(factor) }
    if let factor = b.value { return a.times(factor) }
    return nil
  }

  /// Whether the two are different whatever the symbols stand for.
  static func differ(_ a: Size, _ b: Size) -> Bool {
    guard let value = difference(a, b)?.value else { return false }
    return value != 0
  }

  private func times(_ factor: Int) -> Size? {
    var result = Size(0)
    let (constant, overflow) = constant.multipliedReportingOverflow(by: factor)
    if overflow { return nil }
    result.constant = constant
    if factor == 0 { return result }
    for term in terms {
      let (value, overflow) = term.factor.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      result.terms.append(Term(symbol: term.symbol, factor: value))
    }
    return result
  }

  private static func combined(_ a: Size, _ b: Size, _ sign: Int) -> Size? {
    guard let b = b.times(sign) else { return nil }
    let (constant, overflow) = a.constant.addingReportingOverflow(b.constant)
    if overflow { return nil }
    var result = Size(constant)
    var (i, j) = (0, 0)
    while i < a.terms.count || j < b.terms.count {
      if j >= b.terms.count || (i < a.terms.count && a.terms[i].symbol < b.terms[j].symbol) {
        result.terms.append(a.terms[i])
        i += 1
      } else if i >= a.terms.count || b.terms[j].symbol < a.terms[i].symbol {
        result.terms.append(b.terms[j])
        j += 1
      } else {
        let (factor, overflow) = a.terms[i].factor.addingReportingOverflow(b.terms[j].factor)
        if overflow { return nil }
        if factor != 0 { result.terms.append(Term(symbol: a.terms[i].symbol, factor: factor)) }
        i += 1
        j += 1
      }
    }
    return result
  }
}
