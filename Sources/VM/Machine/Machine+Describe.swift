// What a session says about functions: how they are called, and what their `##` lines say.

extension Machine {
  /// The `##` lines in front of a script's function.
  package func documentation(of function: Value) -> String? {
    function.tag == .closure ? code(of: function).documentation : nil
  }

  /// Runs something that reads values between runs; what fails in pending tensor work is a problem with its place.
  package func looking<Result>(_ look: () throws -> Result) throws -> Result {
    do { return try look() } catch { throw located(error) }
  }

  /// The names that arguments of a call may have; empty where they are not known.
  package func parameterNames(of function: Value) -> [String] {
    switch function.tag {
    case .builtin: builtins[Int(function.bits)].parameters.map(\.name)
    case .closure: code(of: function).parameters.map(\.name)
    default: []
    }
  }
}
