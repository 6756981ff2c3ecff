// Takes the arguments of a script one by one as the Swift types that a host function declares.
import Diagnostics

struct ArgumentReader {
  let function: String
  let parameters: [HostFunction.Parameter]
  let values: [ScriptValue]
  private var index = 0

  init(function: String, parameters: [HostFunction.Parameter], values: [ScriptValue]) {
    self.function = function
    self.parameters = parameters
    self.values = values
  }

  /// The next argument; the error of another kind of value names the parameter.
  mutating func next<Argument: ScriptConvertible>(_ type: Argument.Type) throws -> Argument {
    defer { index += 1 }
    let value = index < values.count ? values[index] : .none
    do { return try Argument(value) } catch let error as ScriptError where error.kind == .wrongType {
      throw Diagnostic(
        .wrongType(
          operation: function, expected: "\(Argument.scriptDescription) for `\(parameters[index].name)`",
          found: value.kindDescription), at: nil)
    }
  }
}
