// What a session may ask about its names without running anything: values behind paths such as `net.apply`, their fields,
// the parameters of functions, one line about each name.
import Check
import Diagnostics
import Syntax
import Tensor
import VM

extension EngineCore {
  /// The value behind names joined by dots; borrowed.
  func value(at path: [String]) -> Value? {
    guard let first = path.first else { return nil }
    guard var value = machine.global(first, in: sessionScope) ?? machine.prelude(first) else { return nil }
    for name in path.dropFirst() {
      guard value.tag == .record, let field = field(name, of: value) else { return nil }
      value = field
    }
    return value
  }

  private func field(_ name: String, of record: Value) -> Value? {
    let fields = RecordRef(record)
    for index in 0..<fields.count where text(of: fields.key(at: index, heap)) == name {
      return fields.value(at: index, heap)
    }
    return nil
  }

  private func text(of key: Value) -> String? {
    key.tag == .string ? String(decoding: StringRef(key).utf8, as: UTF8.self) : nil
  }

  /// What may stand behind the dot.
  func fields(at path: [String]) -> [String] {
    guard let value = value(at: path) else { return [] }
    switch value.tag {
    case .record:
      let fields = RecordRef(value)
      return (0..<fields.count).compactMap { text(of: fields.key(at: $0, heap)) }
    case .tensor: return ["shape", "dtype", "T"]
    default: return []
    }
  }

  func parameters(at path: [String]) -> [String] {
    value(at: path).map { machine.parameterNames(of: $0) } ?? []
  }

  /// A function of the session or of a module that it has imported.
  func documentation(at path: [String]) -> Documentation? {
    guard let value = value(at: path), value.tag == .closure else { return nil }
    return Documentation(
      session: path.joined(separator: "."), signature: machine.signature(value),
      text: machine.documentation(of: value))
  }

  /// The session's own names with one line on what each holds, in alphabetical order.
  var variables: [(name: String, kind: String, type: String)] {
    sessionBindings.values.filter { $0.name != "_" }.sorted { $0.name < $1.name }.compactMap { binding in
      guard let value = machine.global(binding.name, in: sessionScope) else { return nil }
      let kind =
        switch binding.kind {
        case .varName: "var"
        case .function: "fn"
        case .module: "import"
        default: "let"
        }
      return (binding.name, kind, SessionDisplay(heap, machine, width: 80).type(value))
    }
  }

  /// The text of a line's value.
  func shown(_ value: Value) throws -> String {
    switch display {
    case .plain: try heap.display(value)
    case .wide(let columns): try SessionDisplay(heap, machine, width: columns).text(value)
    case .type: SessionDisplay(heap, machine, width: 200).type(value)
    }
  }

  /// Keeps the value of the last expression as `_`.
  func keepLast(_ value: Value) {
    machine.setGlobal("_", in: sessionScope, heap.retained(value))
    if sessionBindings["_"] == nil {
      let binding = Binding(name: "_", kind: .letName, span: nil, owner: nil)
      binding.isTopLevel = true
      sessionBindings["_"] = binding
    }
  }

  /// Runs `work` with time and bytes counted by line.
  func profiled<Result>(
    into profile: inout Engine.Profile, _ work: () throws(ScriptError) -> Result
  ) throws(ScriptError) -> Result {
    let (oldProfiler, oldProfile) = (machine.profiler, graph.profile)
    let before = graph.statistics
    machine.profiler = Profiler()
    graph.profile = .init()
    defer {
      profile = self.profile
      profile.plansBuilt -= before.plansBuilt
      profile.plansReused -= before.plansReused
      profile.operations -= before.nodesRun
      (machine.profiler, graph.profile) = (oldProfiler, oldProfile)
    }
    return try work()
  }
}
