// Compiles one function, or the top level of a module, into a `Code`. This file holds what all the others use: emitting
// instructions, labels, registers, names. Read next: Compiler+Expressions, +Operators, +Conditions, +Calls, +Statements.
//
// Registers are handed out as a stack: variables of a block, above them temporaries. Every register owns its value; an
// instruction that writes one releases what was there. Windows (arguments of calls, items of literals) are runs of
// temporaries on top of the stack; the operation that reads a window empties it.
import Diagnostics
import Syntax

final class FunctionCompiler {
  final class Label {
    var position = -1
    var uses: [Int] = []
  }
  struct LoopScope {
    let breakLabel: Label
    let continueLabel: Label
    /// Enclosing `try`s when the loop began.
    let tryDepth: Int
  }

  let module: ModuleCompiler
  let code: Code
  let node: FunctionNode?
  var next = 0
  var registers: [ObjectIdentifier: Int] = [:]
  /// Registers that a name stands for now.
  var bound = Set<Int>()
  var loops: [LoopScope] = []
  /// Registers with the graph marks of the enclosing `try`s.
  var tries: [Int] = []
  /// Index of each captured binding.
  var captureIndex: [ObjectIdentifier: Int] = [:]
  /// Session only: the registers of its variables, by name.
  var sessionRegisters: [String: Int] = [:]
  /// Comprehensions that are written as an index definition: `tensor(e for i, k)`.
  var definedComprehensions: Set<ObjectIdentifier> = []
  /// Stores to module slots, dropped at the end if no function reads the slot.
  var publications: [(pc: Int, slot: Int)] = []
  private var constantIndex: [UInt64: Int] = [:]
  var span: Span
  var problem: Diagnostic?

  static let maximumRegisters = 32_000

  init(_ module: ModuleCompiler, code: Code, node: FunctionNode?) {
    self.module = module
    self.code = code
    self.node = node
    span = code.span
    for (index, binding) in (node?.captures ?? []).enumerated() { captureIndex[ObjectIdentifier(binding)] = index }
  }

  var heap: Heap { module.machine.heap }
  var pc: Int { code.instructions.count }

  // MARK: Emitting

  @discardableResult
  func emit(_ instruction: Instruction) -> Int {
    let last = code.places.last
    if last == nil || last?.start != span.start || last?.end != span.end {
      if last?.pc == pc { code.places.removeLast() }
      code.places.append((pc, span.start, span.end))
    }
    code.instructions.append(instruction)
    return pc - 1
  }
  @discardableResult
  func emit(_ op: Opcode, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, flags: UInt8 = 0) -> Int {
    emit(Instruction(op, a, b, c, flags: flags))
  }
  @discardableResult
  func emit(_ op: Opcode, _ a: Int = 0, bc: Int) -> Int { emit(Instruction(op, a, bc: bc)) }

  /// Emits a jump whose distance is filled in when the label is placed.
  func emitJump(_ op: Opcode, _ a: Int = 0, _ b: Int = 0, flags: UInt8 = 0, to label: Label) {
    let at = emit(op, a, b, 0, flags: flags)
    if label.position >= 0 { patch(at, to: label.position) } else { label.uses.append(at) }
  }
  func place(_ label: Label) {
    label.position = pc
    for use in label.uses { patch(use, to: pc) }
    label.uses = []
  }
  private func patch(_ at: Int, to position: Int) {
    let instruction = code.instructions[at]
    let distance = position - at - 1
    if instruction.op.info.roles.b == UInt8(ascii: "J") {
      code.instructions[at] = instruction.with(bc: distance)
    } else if abs(distance) < 32_000 {
      code.instructions[at] = instruction.with(c: distance)
    } else {
      tooLarge("the code between the two ends of a jump is too long")
    }
  }
  func tooLarge(_ why: String) {
    problem =
      problem ?? Diagnostic(.badValue(operation: "this function", detail: why), at: span, help: "split it into several")
  }

  /// Runs `body` with error places at `place`.
  func at<R>(_ place: Span, _ body: () throws -> R) rethrows -> R {
    let old = span
    span = place
    defer { span = old }
    return try body()
  }

  // MARK: Registers

  func allocate() -> Int {
    let register = next
    next += 1
    if next > code.registerCount { code.registerCount = next }
    if next > FunctionCompiler.maximumRegisters {
      tooLarge("it has more than \(FunctionCompiler.maximumRegisters) variables and temporaries")
      next = FunctionCompiler.maximumRegisters / 2
    }
    return register
  }
  func allocate(_ count: Int) -> Int {
    let first = next
    for _ in 0..<count { _ = allocate() }
    return first
  }
  /// The top of the stack, without anything bound to it: where a result may be built in place.
  func isFresh(_ register: Int) -> Bool { register == next - 1 && !bound.contains(register) }

  func bind(_ binding: Binding?, to register: Int) {
    guard let binding else { return }
    registers[ObjectIdentifier(binding)] = register
    bound.insert(register)
  }
  /// Runs `body`, then gives back the registers of the names and temporaries it made.
  func scope<R>(_ body: () throws -> R) rethrows -> R {
    let saved = next
    defer { release(to: saved) }
    return try body()
  }
  func release(to saved: Int) {
    if next > saved {
      for register in saved..<next { bound.remove(register) }
      next = saved
    }
  }

  // MARK: Constants

  func constant(_ value: Value) -> Int {
    let key = value.bits ^ UInt64(value.tag.rawValue) << 60 ^ UInt64(value.tag.rawValue)
    if let known = constantIndex[key], code.constants[known].tag == value.tag, code.constants[known].bits == value.bits
    {
      return known
    }
    code.constants.append(value)
    constantIndex[key] = code.constants.count - 1
    return code.constants.count - 1
  }
  func constant(_ text: String) -> Int { constant(heap.internedString(text)) }
  func fieldSite(_ name: String) -> Int {
    code.fieldNames.append(name)
    if code.fieldNames.count > 65_000 { tooLarge("it uses too many fields") }
    return code.fieldNames.count - 1
  }
  func load(_ value: Value, into register: Int) {
    switch value.tag {
    case .int where value.int >= -(1 << 31) && value.int < 1 << 31: emit(.loadInt, register, bc: value.int)
    case .none: emit(.loadNone, register)
    case .bool: emit(.loadBool, register, value.bool ? 1 : 0)
    default: emit(.constant, register, bc: constant(value))
    }
  }

  // MARK: Finishing

  /// Runs the passes and makes the code ready to run.
  func finish() throws {
    let tables = [
      code.templates.count, code.layouts.count, code.itemLists.count, code.paths.count, code.shapes.count,
      code.argumentNames.count, code.definitions.count,
    ]
    if tables.contains(where: { $0 > 65_535 }) { tooLarge("it has too many literals, places or calls with names") }
    if let problem { throw problem }
    code.captureCount = node?.captures.count ?? 0
    code.registerCount = max(1, code.registerCount)
    optimise(code)
    code.seal(heap)
  }

  func internalError(_ what: String, _ place: Span?) -> Diagnostic {
    Diagnostic(.internalError(what), at: place)
  }
}
