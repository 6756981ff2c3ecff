// What Tab completes to: by where the cursor stands, names of the session, of the prelude and of the language, modules
// behind `import`, fields behind a dot, names of arguments in a call, files in a string, commands and their operands.
import Diagnostics
import Synchronization
import Trellis

enum Completion {
  // readline asks from a C callback, which can carry no context. The engine is asked only while it rests.
  private static let engine = Mutex<Engine?>(nil)
  private static let found = Mutex<[String]>([])

  static func install(_ session: Engine) { engine.withLock { $0 = session } }

  /// Possible text number `index` for the bytes `start..<end` of `line`.
  static func candidate(_ line: String, _ start: Int, _ end: Int, _ index: Int) -> String? {
    if index == 0 {
      let all = engine.withLock { $0 }.map { candidates(line, start, end, $0) } ?? []
      found.withLock { $0 = all }
    }
    return found.withLock { index < $0.count ? $0[index] : nil }
  }

  static func candidates(_ line: String, _ start: Int, _ end: Int, _ engine: Engine) -> [String] {
    let bytes = Array(line.utf8.prefix(end))
    guard start >= 0, start <= bytes.count else { return [] }
    let typed = text(bytes[start...])
    if let command = Repl.command(line) { return operands(command, bytes, start, engine) }
    if bytes.first == UInt8(ascii: ":") { return matching(Repl.commandNames, typed) }
    let context = LineContext(bytes)
    if context.isComment { return [] }
    if let begin = context.stringStart { return files(text(bytes[begin...]), start - begin) }
    if start > 0, bytes[start - 1] == UInt8(ascii: ".") {
      return context.path(endingAt: start - 1).map { matching(engine.fields(at: $0), typed) } ?? []
    }
    let before = text(bytes[..<start]).split(separator: "\n", omittingEmptySubsequences: false).last ?? ""
    if before.drop(while: { $0 == " " }) == "import " { return matching(Engine.standardModules, typed) }
    var names = Engine.builtinNames + Engine.keywords + engine.names
    if bytes.first == UInt8(ascii: "?") { names += Engine.standardModules }
    // Once letters are typed, what the call knows is what is meant.
    let arguments = context.call.map { matching(engine.parameters(at: $0).map { $0 + ": " }, typed) } ?? []
    return arguments.isEmpty ? matching(names, typed) : arguments + (typed.isEmpty ? matching(names, typed) : [])
  }

  /// Behind a command: what it takes.
  private static func operands(_ command: Repl.Command, _ bytes: [UInt8], _ start: Int, _ engine: Engine) -> [String] {
    let begin = (bytes.firstIndex(of: UInt8(ascii: " ")) ?? bytes.count) + 1
    guard start >= begin else { return [] }
    let rest = text(bytes[begin...])
    switch command.operand {
    case .nothing: return []
    case .file:
      guard let space = rest.lastIndex(of: " ") else { return files(rest, start - begin) }
      // Behind the file its params, as options.
      let word = rest[rest.index(after: space)...]
      let path = String(rest.split(separator: " ").first ?? "")
      guard word.hasPrefix("-"), let script = try? Files.read(path) else { return [] }
      let options = ScriptSummary(SourceFile(name: path, bytes: script)).parameters.map(\.option)
      let given = word.utf8.count - (bytes.count - start)
      return options.filter { $0.hasPrefix(word) }.sorted().map {
        String(decoding: $0.utf8.dropFirst(given), as: UTF8.self)
      }
    case .name, .expression:
      let line = text(bytes[begin...])
      // Commands inside an operand are none.
      return line.hasPrefix(":") ? [] : candidates(line, start - begin, bytes.count - begin, engine)
    }
  }

  /// Files whose path begins with `typed`, without the first `given` bytes of that path.
  private static func files(_ typed: String, _ given: Int) -> [String] {
    let folder = typed.lastIndex(of: "/").map { String(typed[...$0]) } ?? ""
    let prefix = String(typed.dropFirst(folder.count))
    let names = Files.names(in: folder.isEmpty ? "." : folder)
    return names.filter { $0.hasPrefix(prefix) && (prefix.hasPrefix(".") || !$0.hasPrefix(".")) }.sorted().map { name in
      let path = folder + name + (Files.isFolder(folder + name) ? "/" : "")
      return String(decoding: path.utf8.dropFirst(max(0, given)), as: UTF8.self)
    }
  }

  private static func matching(_ names: [String], _ typed: String) -> [String] {
    Set(names.filter { $0.hasPrefix(typed) }).sorted()
  }

  private static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
}
