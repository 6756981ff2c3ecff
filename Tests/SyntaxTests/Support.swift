// What the tests of syntax share: sources from text, and the ids of what is wrong with one.
import Check
import Diagnostics
import Syntax

func source(_ text: String, _ name: String = "test.trl") -> SourceFile {
  SourceFile(name: name, bytes: Array(text.utf8))
}

/// The dump of a text that has no mistakes; the rendering of the mistakes if it has some.
func dump(_ text: String) -> String {
  let (module, diagnostics) = Parser.parse(source(text))
  return diagnostics.isEmpty ? module.dump : Renderer().text(diagnostics)
}

/// `id@line:column` of each mistake.
func problems(_ diagnostics: [Diagnostic]) -> [String] {
  diagnostics.map { diagnostic in
    let place = diagnostic.span.map { $0.source.location($0.start) }
    return diagnostic.problem.id + (place.map { "@\($0.line):\($0.column)" } ?? "")
  }
}

func syntaxProblems(_ text: String) -> [String] { problems(Parser.parse(source(text)).diagnostics) }

/// A small prelude, so that suggestions don't change with the library.
let prelude: Set<String> = [
  "print", "len", "sum", "max", "min", "mean", "exp", "softmax", "zeros", "ones", "random", "normal", "grad", "items",
  "map",
  "append", "smooth", "entropy", "seed", "pi", "fail",
]
let standardModules: Set<String> = ["nn", "optim", "data"]

func allProblems(_ text: String, session: [String: Binding] = [:]) -> [Diagnostic] {
  let (module, diagnostics) = Parser.parse(source(text))
  return Renderer.sorted(
    diagnostics + Resolver.resolve(module, builtins: prelude, session: session, modules: standardModules))
}

/// Repeatable random numbers.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
