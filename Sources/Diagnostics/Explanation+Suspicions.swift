// Entries of `trellis explain`: what `check` alone tells, as warnings or of programs that would run on.

extension Explanation {
  static let unusedName = Explanation(
    """
    A name is declared and nothing uses it: a rest of earlier text, or a misspelt use. A `_` in front \
    says that it is meant.
    """,
    wrong: """
      fn f(x) {
          let twice = 2 * x
          x
      }
      print(f(1))
      """,
    right: """
      fn f(x) {
          let twice = 2 * x
          twice
      }
      print(f(1))
      """)
  static let stretchedBoth = Explanation(
    """
    Shapes such as [n, 1] and [n] broadcast to [n, n]. Where two columns of one length were meant \
    element by element, an axis is missing or one too many.
    """,
    wrong: """
      let targets = ones([3])
      let scores = ones([3, 1])
      print(scores - targets)
      """,
    right: """
      let targets = ones([3])
      let scores = ones([3, 1])
      print(scores[:, 0] - targets)
      """)
  static let sharedGenerator = Explanation(
    """
    A function that runs on several workers at once may not draw from one generator: its numbers would \
    depend on who comes first. Give each item a generator of its own with `spawn` or `fork`.
    """)
  static let unprovedRead = Explanation(
    """
    A read of a table has an index that hangs on data, and no other index goes back by a fixed step. The script runs, and \
    each such read is tested as the table is filled.
    """,
    wrong: """
      let weight = tensor([1, 2])
      rec v[c <= 4] {
          v[0] = 0.0
          v[c] = 1.0 + max(v[c - weight[k]] for k)
      }
      print(v)
      """,
    right: """
      rec v[c <= 4] {
          v[0] = 0.0
          v[c] = 1.0 + max(v[c-1], v[c-2])
      }
      print(v)
      """)
}
