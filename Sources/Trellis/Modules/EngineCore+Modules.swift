// What `import` finds: modules of the host (texts, and records of Swift functions), the standard library, and files that
// the permissions let scripts read.
import Diagnostics
import Syntax
import VM

extension EngineCore {
  func load(_ name: String, isPath: Bool, importer: SourceFile) throws -> LoadedModule {
    let path = isPath ? store.path(name, from: importer) : name
    let readable = isPath ? try machine.files.readable(path) : name
    return LoadedModule(key: isPath ? Files.canonical(readable) : name, name: path) { [self] in
      let parsed = Parser.parse(try moduleSource(path, readable, isPath: isPath))
      let problems = self.problems(of: parsed)
      if let first = problems.first {
        // The machine carries one problem; all of them are kept for the report.
        moduleProblems = problems
        throw first
      }
      return try machine.compile(parsed.module, role: .imported)
    }
  }

  private func moduleSource(_ name: String, _ readable: String, isPath: Bool) throws -> SourceFile {
    if isPath { return SourceFile(name: name, bytes: try Files.read(readable)) }
    if let source = hostSources[name] { return source }
    return try store.standard(name, at: nil)
  }

  /// A module of the host, as text; a module of that name that has run is forgotten.
  func register(module name: String, source: String) {
    hostModules.insert(name)
    hostSources[name] = SourceFile(name: "\(name).trl", bytes: Array(source.utf8))
    machine.forgetModule(name)
  }

  /// A module of the host, as a record of functions and values.
  func register(module name: String, _ functions: [HostFunction], _ values: ScriptRecord) throws {
    let record = try value(.record(values))
    for function in functions { RecordRef(record).insert(heap.internedString(function.name), frozen(function), heap) }
    hostModules.insert(name)
    hostSources[name] = nil
    machine.setModule(name, record)
  }
}
