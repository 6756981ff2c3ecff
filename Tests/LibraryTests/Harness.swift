// Runs a script the way the engine does, without the engine: parse, resolve, compile, run; output is collected.
import Check
import Diagnostics
import Library
import Syntax
import Tensor
import VM

/// What a script printed, and the problem that ended it.
struct ScriptResult {
  var output: String
  var problems: [Diagnostic]
}

final class ScriptOutput: @unchecked Sendable {
  var text = ""
  var metrics: [Metric] = []
}

func runScript(_ text: String, name: String = "<test>") -> ScriptResult {
  let heap = Heap(graph: Graph())
  let constants =
    Library.constants.map { ($0.name, Value($0.value)) } + Library.words.map { ($0, heap.internedString($0)) }
  let machine = Machine(heap: heap, builtins: Library.all, constants: constants)
  let output = ScriptOutput()
  machine.host.output = { output.text += $0 }
  machine.host.metric = { output.metrics.append($0) }
  machine.setPrelude("seed", Value(0))
  let parsed = Parser.parse(SourceFile(name: name, bytes: Array(text.utf8)))
  if !parsed.diagnostics.isEmpty { return ScriptResult(output: "", problems: parsed.diagnostics) }
  let unresolved = Resolver.resolve(parsed.module, builtins: Set(machine.preludeNames))
  if !unresolved.isEmpty { return ScriptResult(output: "", problems: unresolved) }
  do {
    heap.release(try machine.run(try machine.compile(parsed.module, role: .script)))
  } catch let problem as Diagnostic {
    return ScriptResult(output: output.text, problems: [problem])
  } catch {
    return ScriptResult(output: output.text, problems: [Diagnostic(.internalError("\(error)"), at: nil)])
  }
  return ScriptResult(output: output.text, problems: [])
}
