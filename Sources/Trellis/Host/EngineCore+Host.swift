// How a script's call reaches a Swift function, and how derivatives pass it: a result that depends on what a derivative is
// taken in gets the host's rule, or one that says that there is none.
import Diagnostics
import Tensor
import VM

extension EngineCore {
  func register(_ function: HostFunction) { machine.setPrelude(function.name, frozen(function)) }

  /// The script's function; it lives as long as the engine.
  func frozen(_ function: HostFunction) -> Value {
    let bound = BoundFunction(name: function.name, heap: heap, captured: []) {
      [unowned self] _, _, positional, named in
      try self.call(function, positional, named)
    }
    let value = heap.box(bound)
    value.object.assumingMemoryBound(to: HeapHeader.self).pointee.count = -1
    hostFunctions.append(value)
    return value
  }

  /// Arguments are borrowed, the result is owned.
  private func call(
    _ function: HostFunction, _ positional: [Value], _ named: [(name: String, value: Value)]
  ) throws -> Value {
    try machine.settleBeforeHost()
    let values = try arranged(function, positional, named)
    let arguments = try values.map { try out(heap.retained($0)) }
    let result = try answer(function) { try function.body(arguments) }
    let inputs = values.compactMap { value -> Node? in
      guard value.tag == .tensor, tensorNode(value).isTracked, tensorNode(value).dtype.isFloat else { return nil }
      return tensorNode(value)
    }
    if inputs.isEmpty { return try value(result) }
    return try tracked(result) { node in
      let work = HostDerivative(core: self, function: function, values: values, arguments: arguments)
      return try work.attached(to: node, inputs)
    }
  }

  /// The result as a script's value, each float tensor in it given a derivative by `attach`, which takes over.
  private func tracked(_ result: ScriptValue, _ attach: (Node) throws -> Node) throws -> Value {
    switch result {
    case .tensor(let tensor) where tensor.elementType == .f32 || tensor.elementType == .f64:
      return Value(try attach(try node(tensor)))
    case .list(let items):
      let list = heap.list(capacity: items.count)
      do { for item in items { ListRef(list).append(try tracked(item, attach), heap) } } catch {
        heap.release(list)
        throw error
      }
      return list
    case .record(let entries):
      let record = heap.record(capacity: entries.count)
      do {
        for entry in entries.entries {
          guard case .string(let key) = entry.key else { continue }
          RecordRef(record).insert(heap.internedString(key), try tracked(entry.value, attach), heap)
        }
      } catch {
        heap.release(record)
        throw error
      }
      return record
    default: return try value(result)
    }
  }

  /// What the host's closure gives; what it throws as a script's error.
  func answer<Result>(_ function: HostFunction, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let problem as Diagnostic { throw problem } catch let error as ScriptError {
      // A run inside this one that was stopped stops this one, too.
      if let first = error.diagnostics.first, error.ending == .limit || error.ending == .interrupted { throw first }
      throw Diagnostic(.hostFailed(function: function.name, message: error.message), at: nil)
    } catch { throw Diagnostic(.hostFailed(function: function.name, message: "\(error)"), at: nil) }
  }

  /// The arguments in the order of the parameters.
  private func arranged(
    _ function: HostFunction, _ positional: [Value], _ named: [(name: String, value: Value)]
  ) throws -> [Value] {
    let parameters = function.parameters
    let required = (parameters.lastIndex { !$0.isOptional } ?? -1) + 1
    let signature = "\(function.name)(\(parameters.map(\.name).joined(separator: ", ")))"
    func wrongCount() -> Diagnostic {
      let (least, most) = (required, parameters.count)
      let expected = least == most ? "\(most) argument\(most == 1 ? "" : "s")" : "\(least) to \(most) arguments"
      return Diagnostic(
        .wrongArity(function: function.name, expected: expected, found: positional.count + named.count), at: nil,
        help: "it is \(signature)")
    }
    if positional.count > parameters.count { throw wrongCount() }
    var given: [Value?] = positional + Array(repeating: nil, count: parameters.count - positional.count)
    for (name, value) in named {
      guard let index = parameters.firstIndex(where: { $0.name == name }) else {
        throw Diagnostic(
          .unknownArgument(
            function: function.name, name: name, near: Suggest.near(name, among: parameters.map(\.name))), at: nil,
          help: "it is \(signature)")
      }
      if given[index] != nil {
        throw Diagnostic(.badValue(operation: signature, detail: "the argument `\(name)` is given twice"), at: nil)
      }
      given[index] = value
    }
    for (index, parameter) in parameters.enumerated() where given[index] == nil && index < required {
      if named.isEmpty { throw wrongCount() }
      throw Diagnostic(
        .missingArgument(function: function.name, name: parameter.name), at: nil, help: "it is \(signature)")
    }
    return given.map { $0 ?? .none }
  }
}
