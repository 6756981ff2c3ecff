// Where the text of modules comes from: `import nn` from the scripts that are compiled into the program (or from the
// folder TRELLIS_STDLIB, for those who work on them), `import "./x.trl"` from a file beside the importing one.
import CStdlib
import Diagnostics
import Glibc

package struct ModuleStore: Sendable {
  /// A folder that stands in for the compiled-in standard library.
  package let standardDirectory: String?

  package init(standardDirectory: String?) { self.standardDirectory = standardDirectory }

  /// Names of the standard library's modules, in alphabetical order.
  package static let standardNames: [String] = table.map { String(cString: $0.name) }

  /// The names that `import` knows.
  package var names: [String] {
    guard let standardDirectory else { return ModuleStore.standardNames }
    return Files.below(standardDirectory, endings: [".trl"]).compactMap { path in
      let name = path.dropFirst(standardDirectory.count).drop { $0 == "/" }
      return name.contains("/") ? nil : String(name.dropLast(4))
    }
  }

  private static var table: UnsafeBufferPointer<trellis_stdlib_module> {
    var count = 0
    return UnsafeBufferPointer(start: trellis_stdlib_modules(&count), count: count)
  }

  /// The text of a standard module; throws `unknown-module` with names that are near.
  package func standard(_ name: String, at span: Span?) throws -> SourceFile {
    if let standardDirectory {
      let path = "\(standardDirectory)/\(name).trl"
      if access(path, R_OK) == 0 { return SourceFile(name: path, bytes: try Files.read(path, at: span)) }
    } else if let module = ModuleStore.table.first(where: { String(cString: $0.name) == name }) {
      let bytes = UnsafeBufferPointer(start: module.bytes, count: module.length)
      return SourceFile(name: "stdlib/\(name).trl", bytes: Array(bytes))
    }
    throw Diagnostic(.unknownModule(name, near: Suggest.near(name, among: names)), at: span)
  }

  /// The path of `import "path"` in `importer`: relative paths start at the importing file's folder.
  package func path(_ path: String, from importer: SourceFile) -> String {
    if path.hasPrefix("/") { return path }
    let folder = Files.folder(of: importer.name)
    // `./x.trl` beside `scripts/a.trl` is shown as `scripts/x.trl`.
    var rest = path[...]
    while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
    return folder.isEmpty ? String(rest) : "\(folder)/\(rest)"
  }
}
