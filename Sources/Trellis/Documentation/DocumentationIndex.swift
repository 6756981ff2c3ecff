// All names that there is documentation for: builtins, the modules of the standard library and their members. Made when
// somebody asks; parsing the library takes some milliseconds.
import Diagnostics

package struct DocumentationIndex: Sendable {
  package let builtins: [(theme: String, entries: [Documentation])]
  package let modules: [Documentation]

  /// `standardDirectory` is a folder that stands in for the compiled-in library.
  package init(standardDirectory: String? = nil) throws {
    let store = ModuleStore(standardDirectory: standardDirectory)
    builtins = Documentation.builtins
    modules = try store.names.map { Documentation(module: $0, try store.standard($0, at: nil)) }
  }

  /// Every entry once.
  package var all: [Documentation] {
    builtins.flatMap(\.entries) + modules.flatMap { [$0] + $0.members }
  }

  /// What `name` stands for. A member of one module only is found without the module's name.
  package func find(_ name: String) -> [Documentation] {
    let all = all
    let exact = all.filter { $0.name == name }
    if !exact.isEmpty { return exact }
    return all.filter { $0.kind != .module && $0.name.hasSuffix("." + name) && !name.contains(".") }
  }

  /// Names that `name` may have meant.
  package func near(_ name: String) -> [String] {
    let all = all
    let found = Suggest.near(name, among: all.map(\.name))
    if !found.isEmpty { return found }
    let members = all.filter { $0.name.contains(".") }
    let bare = Suggest.near(name, among: members.map { String($0.name.split(separator: ".").last ?? "") })
    return members.filter { member in bare.contains { member.name.hasSuffix("." + $0) } }.map(\.name)
  }
}
