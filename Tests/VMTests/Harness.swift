// Runs scripts on a machine of their own, and shows their bytecode.
import Check
import Diagnostics
import Library
import Syntax
import Tensor
import VM

final class Script {
  let heap: Heap
  let machine: Machine
  private let sessionScope = GlobalScope()
  private var sessionNames: [String: Binding] = [:]
  private let printed = Printed()

  private final class Printed: @unchecked Sendable { var text = "" }

  struct Result {
    var output = ""
    var problem: Diagnostic?
    /// Of a session line: its value as a list shows it.
    var value: String?
  }

  init(limits: Limits = Limits()) {
    let heap = Heap(graph: Graph())
    self.heap = heap
    let constants =
      Library.constants.map { (name: $0.name, value: Value($0.value)) }
      + Library.words.map { (name: $0, value: heap.internedString($0)) }
    machine = Machine(heap: heap, builtins: Library.all, constants: constants, limits: limits)
    let printed = printed
    machine.host.output = { printed.text += $0 }
  }

  /// Compiles a text; the first problem is thrown.
  func compile(_ text: String, role: ModuleRole = .script) throws -> Code {
    let source = SourceFile(name: "test.trl", bytes: Array(text.utf8))
    let parsed = Parser.parse(source)
    let problems =
      parsed.diagnostics
      + Resolver.resolve(
        parsed.module, builtins: Set(machine.preludeNames), session: role == .session ? sessionNames : [:])
    if let first = problems.first { throw first }
    if role == .session { sessionNames.merge(Resolver.topLevelBindings(of: parsed.module)) { $1 } }
    return try machine.compile(parsed.module, role: role, scope: role == .session ? sessionScope : GlobalScope())
  }

  @discardableResult
  func run(_ text: String, role: ModuleRole = .script) -> Result { run(role) { try compile(text, role: role) } }

  func run(_ code: Code) -> Result { run(.script) { code } }

  private func run(_ role: ModuleRole, _ code: () throws -> Code) -> Result {
    var result = Result()
    printed.text = ""
    do {
      let value = try machine.run(try code())
      if role == .session { result.value = try heap.repr(value) }
      heap.release(value)
    } catch let diagnostic as Diagnostic {
      result.problem = diagnostic
    } catch {
      result.problem = Diagnostic(.internalError("\(error)"), at: nil)
    }
    result.output = printed.text
    return result
  }

  /// A line of a session: its value, or the id of its problem.
  func line(_ text: String) -> String {
    let result = run(text, role: .session)
    return result.problem.map { "error \($0.problem.id)" } ?? result.value ?? ""
  }

  /// What a script prints, line by line; a problem is a last line `error id`.
  static func lines(_ text: String) -> [String] {
    let result = Script().run(text)
    let lines = result.output.split(separator: "\n").map(String.init)
    return lines + (result.problem.map { ["error \($0.problem.id)"] } ?? [])
  }

  /// Names of the operations of a function in a script, in order.
  static func operations(of function: String, in text: String) throws -> [Opcode] {
    let script = Script()
    _ = try script.compile(text)
    guard let code = script.machine.codes.first(where: { $0.name == function }) else { return [] }
    return code.instructions.map(\.op)
  }
}
