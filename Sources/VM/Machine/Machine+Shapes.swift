// Shapes of signatures: checked when a function is entered, and for its result. The first use of a name binds it, the
// others must agree.
import Diagnostics
import Tensor

extension Machine {
  @inline(never) func checkShape(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    let code = codes[frame.pointee.record.pointee.id]
    let test = code.shapes[i.b]
    let value = base[i.a]
    // A missing optional argument with the default none has no shape.
    if value.tag == .none, code.parameters.indices.contains(i.a), code.parameters[i.a].hasDefault { return }
    do {
      try check(test.shape, value, test.subject, base)
    } catch let problem as Diagnostic where code.parameters.indices.contains(i.a) {
      throw atTheCall(problem)
    }
    if i.flags & Flag.killA != 0 { put(base + i.a, .none) }
  }

  /// An argument that does not fit is a mistake of the call; the signature is where the demand was made.
  private func atTheCall(_ problem: Diagnostic) -> Diagnostic {
    let stack = callStack()
    guard stack.count > 1 else { return problem }
    var problem = problem
    problem.span = stack[1].span
    problem.labels.append(Diagnostic.Label(stack[0].span, "asked for here"))
    problem.stack = Array(stack.dropFirst())
    return problem
  }

  private func check(
    _ shape: ShapeCheck, _ value: Value, _ subject: String, _ base: UnsafeMutablePointer<Value>
  ) throws {
    switch shape {
    case .record(let fields):
      guard value.tag == .record else { throw wrongType(subject, "a record", value) }
      for field in fields {
        guard let item = RecordRef(value).lookup(heap.internedString(field.name), heap) else {
          throw Diagnostic(.unknownField(field.name, near: []), at: nil, help: "\(subject) needs this field")
        }
        let name = subject.hasSuffix("`") ? "\(subject.dropLast()).\(field.name)`" : "`.\(field.name)` of \(subject)"
        try check(field.shape, item, name, base)
      }
    case .axes(let axes):
      let dims: [Int]
      switch value.tag {
      case .tensor: dims = tensorNode(value).dims
      case .int, .float, .bool: dims = []
      default:
        throw wrongType(
          subject, "a tensor \(shown(axes, base, bound: []))", value,
          help: value.tag == .list ? "`tensor(xs)` makes one of a list" : nil)
      }
      try check(axes, dims, subject, base)
    }
  }

  private func check(
    _ axes: [AxisCheck], _ dims: [Int], _ subject: String, _ base: UnsafeMutablePointer<Value>
  ) throws {
    let rest = axes.firstIndex { if case .rest = $0 { true } else { false } }
    let fixed = rest == nil ? axes.count : axes.count - 1
    guard rest == nil ? dims.count == fixed : dims.count >= fixed else {
      throw Diagnostic(
        .shapeMismatch(operation: subject, detail: "needs \(shown(axes, base, bound: [])), found \(shown(dims))"),
        at: nil)
    }
    var bound: [Int] = []
    for (index, axis) in axes.enumerated() {
      let at = rest.map { index > $0 } ?? false ? dims.count - (axes.count - index) : index
      func mismatch(_ name: String, _ expected: Int) -> Diagnostic {
        Diagnostic(
          .sizeMismatch(name: name, expected: "\(expected)", found: "\(dims[at])"), at: nil,
          help: "\(subject) needs \(shown(axes, base, bound: bound)), found \(shown(dims))")
      }
      switch axis {
      case .any, .rest: break
      case .constant(let size):
        if dims[at] != size { throw mismatch("\(size)", size) }
      case .bind(let register, _):
        put(base + register, Value(dims[at]))
        bound.append(register)
      case .equals(let register, let name):
        guard let size = try integer(base[register]) else {
          throw wrongType("the size `\(name)`", "an integer", base[register])
        }
        if size != dims[at] { throw mismatch(name, size) }
      }
    }
  }

  private func shown(_ dims: [Int]) -> String { "[\(dims.map(String.init).joined(separator: ", "))]" }

  private func shown(_ axes: [AxisCheck], _ base: UnsafeMutablePointer<Value>, bound: [Int]) -> String {
    let parts = axes.map { axis -> String in
      switch axis {
      case .any: "_"
      case .rest: "..."
      case .constant(let size): "\(size)"
      case .bind(let register, let name):
        bound.contains(register) && base[register].tag == .int ? "\(name) = \(base[register].int)" : name
      case .equals(let register, let name): base[register].tag == .int ? "\(name) = \(base[register].int)" : name
      }
    }
    return "[\(parts.joined(separator: ", "))]"
  }

  /// A computed size of a shape (`[n + 1]`) against the one that was found.
  @inline(never) func checkSize(_ i: Instruction, _ base: UnsafeMutablePointer<Value>) throws {
    guard let expected = try integer(base[i.b]) else { throw wrongType("a size", "an integer", base[i.b]) }
    let found = base[i.a].int
    if found != expected {
      let code = codes[frame.pointee.record.pointee.id]
      let place = code.span(at: frame.pointee.ip - code.record.pointee.entry - 1)
      let text = String(decoding: place.source.bytes[place.start..<place.end], as: UTF8.self)
      throw Diagnostic(.sizeMismatch(name: text, expected: "\(expected)", found: "\(found)"), at: nil)
    }
  }

  func assertionError(_ message: Value) -> Diagnostic {
    Diagnostic(
      .assertionFailed(message.tag == .string ? StringRef(message).string : (try? heap.display(message)) ?? ""), at: nil
    )
  }
}
