// The least and greatest value of an index expression over all cells and terms, from the ranges of its variables. Inner
// variables are replaced by the ends of their ranges first, which are expressions in outer ones: so `k - j` for
// `k in i..j` is at most -1, whatever i and j are.

struct Bounds {
  /// Of the head's indices.
  let sizes: [Int]
  /// Range of each variable behind the head's, by number.
  private var ranges: [Int: Variable] = [:]

  init(_ clause: Clause, sizes: [Int]) {
    self.init(clause.reductions.flatMap { $0.terms.flatMap(\.variables) }, sizes: sizes)
  }

  init(_ variables: [Variable], sizes: [Int]) {
    self.sizes = sizes
    for variable in variables { ranges[variable.number] = variable }
  }

  func greatest(_ e: Affine) -> Int { outer(inner(e, wantsGreatest: true), wantsGreatest: true) }
  func least(_ e: Affine) -> Int { outer(inner(e, wantsGreatest: false), wantsGreatest: false) }

  private func inner(_ e: Affine, wantsGreatest: Bool) -> Affine {
    var e = e
    var number = e.factors.count - 1
    while number >= sizes.count {
      let factor = e.factor(number)
      if factor != 0, let range = ranges[number] {
        let end = (factor > 0) == wantsGreatest ? range.end - Affine(1) : range.start
        e = e - Affine.variable(number) * factor + end * factor
        number = max(number, e.factors.count)
      }
      number -= 1
    }
    return e
  }

  private func outer(_ e: Affine, wantsGreatest: Bool) -> Int {
    var value = e.constant
    for (number, factor) in e.factors.enumerated() where number < sizes.count && (factor > 0) == wantsGreatest {
      value += factor * max(0, sizes[number] - 1)
    }
    return value
  }
}
