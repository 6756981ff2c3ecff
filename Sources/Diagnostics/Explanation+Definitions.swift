// Entries of `trellis explain`: index notation and recurrences.

extension Explanation {
  static let unboundedIndex = Explanation(
    """
    Index notation finds how far an index goes from the reads in which it stands alone. Here there is \
    none: write its range.
    """,
    wrong: """
      let x = ones([3])
      let c[i, k] = x[i]
      print(c)
      """,
    right: """
      let x = ones([3])
      let c[i, k < 2] = x[i]
      print(c)
      """)
  static let rangeClash = Explanation(
    """
    Two reads give one index different ranges. Sizes that one index walks have to agree.
    """,
    wrong: """
      let a = ones([3])
      let b = ones([4])
      let c[i] = a[i] + b[i]
      print(c)
      """,
    right: """
      let a = ones([3])
      let b = ones([3])
      let c[i] = a[i] + b[i]
      print(c)
      """)
  static let lateStart = Explanation(
    """
    A read with an offset such as x[i-1] would make the definition begin above 0, where a tensor can't.
    """,
    wrong: """
      let x = ones([3])
      let c[i] = x[i] - x[i-1]
      print(c)
      """,
    right: """
      let x = ones([3])
      let c[i < 3] = if i > 0 { x[i] - x[i-1] } else { 0.0 }
      print(c)
      """)
  static let notInBody = Explanation(
    """
    The body of a definition is computed for all indices at once: arithmetic, `if` with `else`, \
    elementwise functions, reductions, reads, and functions made of these.
    """,
    wrong: """
      let m = ones([3, 3])
      let c[i] = sum(m[i, :])
      print(c)
      """,
    right: """
      let m = ones([3, 3])
      let c[i] = sum(m[i, j] for j)
      print(c)
      """)
  static let negativeIndex = Explanation(
    """
    In definitions and tables indices do not wrap: -1 is not the last cell but one before the first.
    """,
    wrong: """
      let x = ones([3])
      let c[i] = x[i] - x[-1]
      print(c)
      """,
    right: """
      let x = ones([3])
      let c[i] = x[i] - x[2]
      print(c)
      """)
  static let outsideTable = Explanation(
    """
    A cell reads outside of a table or tensor, and not as a term of a reduction, where such a term would \
    be left out.
    """,
    wrong: """
      let x = ones([4])
      rec v[i < 4] {
          v[i] = v[i-1] + x[i]
      }
      print(v)
      """,
    right: """
      let x = ones([4])
      rec v[i < 4] {
          v[0] = x[0]
          v[i] = v[i-1] + x[i]
      }
      print(v)
      """)
  static let undefinedCell = Explanation(
    """
    No clause matches a cell that is needed. The first clause that matches a cell defines it.
    """,
    wrong: """
      rec v[i < 3] {
          v[0] = 1
          v[i] if i > 1 = v[i-1]
      }
      print(v)
      """,
    right: """
      rec v[i < 3] {
          v[0] = 1
          v[i] = v[i-1]
      }
      print(v)
      """)
  static let leftOutCell = Explanation(
    """
    A cell is read that the condition of its table leaves out.
    """,
    wrong: """
      rec v[i < 4, j < 4] if i <= j {
          v[i, i] = 1
          v[i, j] = v[i+1, j] + v[i+2, j]
      }
      print(v)
      """,
    right: """
      rec v[i < 4, j < 4] if i <= j {
          v[i, i] = 1
          v[i, j] = v[i+1, j] + v[i, j-1]
      }
      print(v[0, 3])
      """)
  static let forwardRead = Explanation(
    """
    A cell reads one that is not done before it. Tables are filled in one order, and each read has to go \
    back in it.
    """,
    wrong: """
      let x = ones([4])
      rec v[i < 4] {
          v[i] = x[i] + max(v[j] for j in 0..4)
      }
      print(v)
      """,
    right: """
      let x = ones([4])
      rec v[i < 4] {
          v[0] = x[0]
          v[i] = x[i] + max(v[j] for j in 0..i)
      }
      print(v)
      """)
  static let readCycle = Explanation(
    """
    Reads of tables go round in a circle, so no cell could be the first.
    """,
    wrong: """
      rec v[i < 4] {
          v[0] = 1
          v[i] = v[i-1] + v[i+1]
      }
      print(v)
      """,
    right: """
      rec v[i < 4] {
          v[0] = 1
          v[i] = v[i-1] + 1
      }
      print(v)
      """)
  static let differentRanks = Explanation(
    """
    Tables that read each other are filled together, index by index, so they need equally many indices.
    """,
    wrong: """
      rec a[i < 4], b[i < 4, j < 2] {
          a[0] = 1
          a[i] = max(b[i-1, j] for j)
          b[i, j] = a[i] + j
      }
      print(a)
      """,
    right: """
      rec a[i < 4, j < 2], b[i < 4, j < 2] {
          a[0, j] = 1
          a[i, j] = max(b[i-1, k] for k)
          b[i, j] = a[i, j] + j
      }
      print(a)
      """)
}
