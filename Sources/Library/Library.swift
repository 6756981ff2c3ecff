// The prelude: every builtin that a script knows without importing, as one table. Each theme has a file of records; what
// is missing in a record (summary, example, derivative) does not compile or fails the suite.
//
// Read: Call+Arguments (how bodies see their arguments), Library+Elementwise (the plainest records), Library+Reductions,
// then any theme.
import Tensor
import VM

package enum Library {
  package static let all: [Builtin] =
    elementwise + reductions + smoothing + userReductions + tensors + shapes + numbers + statistics + lists + listParts
    + functions + order + records + recordShapes + strings + characters + patterns + random + derivatives + mapping
    + paths + enumeration + control + system + files + fileText + directories + json + csv

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
