// What the body of a builtin sees of its caller: the machine and a window of argument values. The accessors check kinds
// and throw a `Diagnostic` that names the builtin and the parameter; the machine adds the span and the call stack.
//
// Arguments are borrowed; the result is owned by the caller. An argument whose `consumable` bit is set is given up by
// the caller: when its count is 1 the body may change it in place, but only after nothing can fail any more, and then
// `take(i)` moves it out of the window.
import Diagnostics

package struct Call {
  package unowned(unsafe) let machine: Machine
  /// Index of the builtin in the registry.
  package let builtinIndex: Int
  /// One per parameter, `.absent` where not given; a variadic parameter holds one list.
  package let arguments: UnsafeMutablePointer<Value>
  /// Bit i: the caller gives argument i up.
  package var consumable: UInt64

  @_transparent package init(
    machine: Machine, builtinIndex: Int, arguments: UnsafeMutablePointer<Value>, consumable: UInt64
  ) {
    self.machine = machine
    self.builtinIndex = builtinIndex
    self.arguments = arguments
    self.consumable = consumable
  }

  package var builtin: Builtin { machine.builtins[builtinIndex] }

  package subscript(index: Int) -> Value { @_transparent get { arguments[index] } }
  @_transparent package func isAbsent(_ index: Int) -> Bool { arguments[index].tag == .absent }
  /// Not given, or given as `none`.
  @_transparent package func isMissing(_ index: Int) -> Bool {
    arguments[index].tag == .absent || arguments[index].tag == .none
  }
  /// The caller gives argument `index` up (its count may still be above 1).
  @_transparent package func isConsumable(_ index: Int) -> Bool { consumable >> UInt64(index) & 1 != 0 }
  /// Moves a consumable argument out of the window: the body owns the value from here on.
  @_transparent package func take(_ index: Int) -> Value {
    let value = arguments[index]
    arguments[index] = .none
    return value
  }

  /// The parameter's name, for messages.
  package func parameterName(_ index: Int) -> String {
    let parameters = builtin.parameters
    return index < parameters.count ? parameters[index].name : "argument \(index + 1)"
  }
}
