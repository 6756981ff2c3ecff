// The prelude: every builtin that a script knows without importing, as one table. Each theme has a file of records; what
// is missing in a record (summary, example, derivative) does not compile or fails the suite.
//
// Read: Call+Arguments (how bodies see their arguments), Library+Elementwise (the plainest records), Library+Reductions,
// then any theme.
import Tensor
import VM

package enum Library {
  package static let all: [Builtin] = themes.flatMap(\.builtins)

  /// The builtins by theme, as documents show them.
  package static let themes: [(name: String, builtins: [Builtin])] = [
    ("Elementwise functions", elementwise), ("Reductions", reductions), ("Smoothed reductions", smoothing),
    ("Reductions of your own", userReductions), ("Tensors", tensors), ("Shapes", shapes), ("Numbers", numbers),
    ("Statistics", statistics), ("Lists", lists + listParts), ("Functions of lists", functions + order),
    ("Records", records + recordShapes), ("Strings", strings + characters), ("Regular expressions", patterns),
    ("Randomness", random), ("Derivatives", derivatives), ("Batches", mapping),
    ("Paths of dynamic programs", paths + enumeration), ("Control and reports", control + system),
    ("Files", files + fileText + directories), ("JSON and CSV", json + csv),
  ]

  /// Names with a value instead of a function.
  package static let constants: [(name: String, value: Double, summary: String)] = [
    ("pi", Double.pi, "the ratio of a circle's circumference to its diameter"),
    ("e", 2.718281828459045, "the base of the natural logarithm"),
    ("inf", Double.infinity, "floating-point infinity"),
    ("nan", Double.nan, "the float that is no number; unequal to everything, itself included"),
  ]

  /// Element types: names whose value is their own text.
  package static let elementTypes = ["f32", "f64", "i64", "bool"]

  /// All names whose value is their own text.
  package static let words = elementTypes + regularisers.map(\.name)
}
