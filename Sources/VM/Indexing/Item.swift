// What an expression in the body of a definition stands for while it is lowered: something known, a sum of indices, or a
// value of the program that is being written. Known things stay known as long as possible: so a size, a function or a
// record costs nothing when the program runs, and ranges can be read off.
import KernelTypes
import Recurrences
import Syntax

enum Item {
  /// A value of the script: a float from outside, a tensor, a list, a function ...; with the text that it came from.
  case concrete(Value, String)
  /// A number written in the script.
  case number(Double)
  case boolean(Bool)
  /// A whole number that is a sum of indices, or known.
  case affine(Affine)
  /// The absolute value of one.
  case magnitude(Affine)
  /// The largest or least of several.
  case extremum(isMaximum: Bool, [Affine])
  /// All of these are at least 0, and the value (if it is not -1) is true.
  case holds([Affine], Int32)
  /// A value of the clause.
  case value(Int32)
  /// A table of the recurrence that is being defined.
  case table(Int)
  /// A function written in a body.
  case function(FunctionNode, Scope)

  static func integer(_ value: Int) -> Item { .affine(Affine(value)) }
}

/// The meaning of names at some place: of the definition itself, or of a function whose body is being walked.
struct Scope {
  var items: [ObjectIdentifier: Item] = [:]
  /// The function that is walked: where captured values are.
  var closure: Value?
  var node: FunctionNode?
  var names: ModuleNames
}

/// Where a size comes from: known, or an axis of a table whose size is found last.
enum SizeSource: Equatable {
  case known(Int)
  case table(Int, axis: Int)
}
