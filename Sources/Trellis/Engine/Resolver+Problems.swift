// What is wrong with the syntax and the names of a text, together.
import Check
import Diagnostics
import Syntax

extension Resolver {
  /// `syntax` is what the parser reported. A name that stands on a line of broken syntax may have been declared there, so
  /// its uses are not held against the script.
  static func problems(
    of module: Module, syntax: [Diagnostic], builtins: Set<String>, session: [String: Binding] = [:],
    modules: Set<String>
  ) -> [Diagnostic] {
    let names = Resolver.resolve(module, builtins: builtins, session: session, modules: modules)
    if syntax.isEmpty { return names }
    if names.isEmpty { return Renderer.sorted(syntax) }
    var doubtful: Set<Substring> = []
    let places = Set(syntax.compactMap { $0.span.map { $0.source.location($0.start).line } })
    for (number, line) in (syntax.lazy.compactMap(\.span).first?.source.textLines ?? []).enumerated()
    where places.contains(number + 1) {
      doubtful.formUnion(line.split { !($0.isLetter || $0.isNumber || $0 == "_") })
    }
    return Renderer.sorted(
      syntax
        + names.filter { diagnostic in
          guard case .unknownName(let name, _) = diagnostic.problem else { return true }
          return !doubtful.contains(Substring(name))
        })
  }
}
