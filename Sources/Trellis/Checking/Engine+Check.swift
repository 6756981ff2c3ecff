// `trellis check`: what is wrong with a text, found without running it. Syntax and names come first; a text that has
// problems there is walked no further. The examples in a script's `##` comments and the blocks of a Markdown document
// are checked along, an example's `import` of the script itself being the script.
import Check
import Diagnostics
import Library
import Syntax

extension Engine {
  /// Problems of a script or, by the ending `.md`, of a document, sorted by place. Errors are what a run would end with;
  /// the others are warnings. `standardLibrary` is a folder that stands in for the compiled-in modules.
  package static func check(_ source: SourceFile, standardLibrary: String? = nil) -> [Diagnostic] {
    // Walks of trees recurse, and the stack of whoever asks may be small.
    let work = Work()
    let body: @Sendable () -> Void = {
      let checker = TextChecker(standardLibrary: standardLibrary)
      work.found = source.name.hasSuffix(".md") ? checker.document(source) : checker.script(source)
    }
    if let thread = JoinableThread(stackBytes: 64 << 20, body) { thread.join() } else { body() }
    return work.found
  }

  /// What a thread found; read when it is done.
  private final class Work: @unchecked Sendable { var found: [Diagnostic] = [] }
}

/// Resolves texts and what they import; each module once.
private final class TextChecker {
  private let store: ModuleStore
  private let moduleNames: Set<String>
  private var loaded: [String: Module?] = [:]

  init(standardLibrary: String?) {
    store = ModuleStore(standardDirectory: standardLibrary)
    moduleNames = Set(store.names)
  }

  private static let builtinNames =
    Set(Library.all.filter { $0.module == nil }.map(\.name)).union(Abstract.prelude.keys)

  func script(_ source: SourceFile) -> [Diagnostic] {
    let parsed = Parser.parse(source)
    let module = parsed.module
    let problems = self.problems(of: parsed)
    if !problems.isEmpty {
      // Where the text can be read, an unused name often is what a misspelt one meant.
      return parsed.diagnostics.isEmpty ? Renderer.sorted(problems + Checker.unused(in: module)) : problems
    }
    // `import nn` in an example of nn.trl means the text at hand.
    let name = source.name.split(separator: "/").last.map(String.init) ?? source.name
    if name.hasSuffix(".trl"), moduleNames.contains(String(name.dropLast(4))), isStandard(source, name) {
      loaded[String(name.dropLast(4))] = module
    }
    loaded[Files.canonical(source.name)] = module
    var found: [Diagnostic] = []
    var examples: [Module] = []
    for block in FencedBlock.inComments(of: source) where ["", "trellis"].contains(block.language) {
      example(block, &examples, &found)
    }
    let named = Set(examples.map { ObjectIdentifier($0.source) })
    let all = Checker.check(module, examples: examples, environment: environment) + found
    // An example lies in the script: its places are the script's.
    return Renderer.sorted(all.map { $0.moved { named.contains(ObjectIdentifier($0)) ? source : $0 } })
  }

  /// Whether a file is the text of the standard module of its name, as it was or changed.
  private func isStandard(_ source: SourceFile, _ name: String) -> Bool {
    let folder = Files.folder(of: source.name)
    return folder == "stdlib" || folder.hasSuffix("/stdlib")
  }

  func document(_ source: SourceFile) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for block in FencedBlock.inMarkdown(source) where block.language == "trellis" {
      var modules: [Module] = []
      example(block, &modules, &found)
      for module in modules { found += Checker.check(module, environment: environment) }
    }
    return Renderer.sorted(found)
  }

  /// Examples of errors are not checked: they are meant.
  private func example(_ block: FencedBlock, _ modules: inout [Module], _ found: inout [Diagnostic]) {
    if !Expectations(block.source).errors.isEmpty { return }
    let (module, problems) = resolved(block.source)
    if problems.isEmpty { modules.append(module) } else { found += problems }
  }

  private var environment: CheckEnvironment {
    CheckEnvironment(signatures: Signature.prelude, constants: Abstract.prelude) { [self] name, isPath, importer in
      let path = isPath ? store.path(name, from: importer) : name
      let key = isPath ? Files.canonical(path) : name
      if let known = loaded[key] { return known }
      loaded[key] = .some(nil)
      let source =
        isPath ? (try? Files.read(path)).map { SourceFile(name: path, bytes: $0) } : try? store.standard(name, at: nil)
      guard let source else { return nil }
      let (module, problems) = resolved(source)
      loaded[key] = .some(problems.isEmpty ? module : nil)
      return loaded[key] ?? nil
    }
  }

  private func resolved(_ source: SourceFile) -> (Module, [Diagnostic]) {
    let parsed = Parser.parse(source)
    return (parsed.module, problems(of: parsed))
  }

  private func problems(of parsed: (module: Module, diagnostics: [Diagnostic])) -> [Diagnostic] {
    Resolver.problems(
      of: parsed.module, syntax: parsed.diagnostics, builtins: Self.builtinNames, modules: moduleNames)
  }
}

extension Diagnostic {
  /// With every place moved to another text of the same lines.
  fileprivate func moved(_ text: (SourceFile) -> SourceFile) -> Diagnostic {
    func moved(_ span: Span) -> Span {
      let target = text(span.source)
      if target === span.source { return span }
      func offset(_ old: Int) -> Int {
        let line = span.source.line(of: old) - 1
        guard target.lineStarts.indices.contains(line) else { return 0 }
        return min(target.lineStarts[line] + old - span.source.lineStarts[line], target.bytes.count)
      }
      return Span(target, offset(span.start), offset(span.end))
    }
    var result = self
    result.span = span.map(moved)
    result.labels = labels.map { Label(moved($0.span), $0.text) }
    return result
  }
}
