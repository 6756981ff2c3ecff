// Entries of `trellis explain`: calls and fields.

extension Explanation {
  static let wrongType = Explanation(
    """
    An operation got a value of a kind that it does not take. The message names what it takes and what \
    it found.
    """,
    wrong: "print(1 + \"a\")",
    right: "print(\"{1}a\")")
  static let wrongArity = Explanation(
    """
    A call has more arguments than the function takes, or an index has too few places.
    """,
    wrong: """
      fn area(a, b) = a * b
      print(area(1, 2, 3))
      """,
    right: """
      fn area(a, b) = a * b
      print(area(1, 2))
      """)
  static let unknownArgument = Explanation(
    """
    A call names an argument that the function does not have.
    """,
    wrong: "print(sum(ones([2]), axes: 0))",
    right: "print(sum(ones([2]), axis: 0))")
  static let missingArgument = Explanation(
    """
    A call leaves out an argument that has no default.
    """,
    wrong: """
      fn area(a, b) = a * b
      print(area(1))
      """,
    right: """
      fn area(a, b) = a * b
      print(area(1, 2))
      """)
  static let unknownField = Explanation(
    """
    A record, module or tensor has no field of this name. `r[k] = v` adds a field, `r.f = v` replaces \
    one that is there.
    """,
    wrong: """
      let p = {weight: 1}
      print(p.wieght)
      """,
    right: """
      let p = {weight: 1}
      print(p.weight)
      """)
  static let missingKey = Explanation(
    """
    A record that is used as a dictionary has no such key. `get(r, k, default)` gives something else \
    then; `k in r` asks.
    """,
    wrong: """
      let ages = {ann: 3}
      print(ages["bob"])
      """,
    right: """
      let ages = {ann: 3}
      print(get(ages, "bob", 0))
      """)
  static let failed = Explanation(
    """
    The script called `fail`, with this message.
    """,
    wrong: "fail(\"no data\")",
    right: "try { fail(\"no data\") } catch e { print(e.message) }")
  static let assertionFailed = Explanation(
    """
    An `assert` found its condition false: what the script takes for granted does not hold.
    """,
    wrong: """
      let xs = []
      assert len(xs) > 0, "there are no samples"
      """,
    right: """
      let xs = [1]
      assert len(xs) > 0, "there are no samples"
      """)
}
