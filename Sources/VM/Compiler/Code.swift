// Compiled code of one function (or of the top level of a module), and the tables its instructions point into. What the
// loop reads on every call or access lies in plain memory (`CodeRecord`), so that running counts no references; the
// rest serves errors, the disassembler and calls that do not match the parameters one to one.
import Diagnostics
import Syntax
import Tensor

/// What the machine's loop needs of a code, in plain memory that lives as long as the code.
package struct CodeRecord {
  var entry: UnsafeMutablePointer<Instruction>
  var constants: UnsafeMutablePointer<Value>
  var fields: UnsafeMutablePointer<FieldSite>
  var id: Int
  var registerCount: Int
  var parameterCount: Int
  /// No parameter has a default: a call with the full count can start at once.
  var captureCount: Int
  /// Code for arguments of the kinds that `variantSignature` names; 0: none made yet, all ones: none to be made.
  var variant: UnsafeMutablePointer<CodeRecord>?
  var variantSignature: UInt64 = 0
}

/// A use of `.name`: the name and where the last record with a layout had it (the inline cache).
struct FieldSite {
  var name: Value
  var layoutID: LayoutID
  var slot: UInt32
}

/// A region whose errors are handled in the same function. The innermost region is the first one in the table.
package struct Handler {
  var start: Int
  var end: Int
  var target: Int
  /// Gets the record that `catch e` names, or -1.
  var register: Int
  /// Runs for interrupts and limits too and raises again: what keeps a session's variables.
  var isCleanup: Bool
  /// Holds the moment at which the `try` began, or -1.
  var mark = -1
  /// What the handler still needs; the rest is released.
  var liveSet = 0
}

/// Moved arguments of a builtin call that go home when the call fails: the variables are still visible then.
struct Restore {
  var pc: Int
  var slot: Int
  var home: Int
}

/// A piece of an interpolated string.
enum TemplatePart {
  case text(String)
  /// nil: as `print` shows it.
  case value(FormatSpec?)
  /// A format that is none: an error when it is used.
  case badFormat(String)
}

/// One step of a place or one item of an index expression. Values of indices lie in a window, in order.
enum PathStep {
  /// Index into the code's field sites.
  case field(Int)
  /// One index: an integer, a key, a tensor of ids.
  case index
  /// Several items: slices, new axes, ellipsis.
  case items([IndexForm])
}
enum IndexForm {
  case value
  /// Which of start, end, step are in the window.
  case slice(start: Bool, end: Bool, step: Bool)
  case newAxis
  case ellipsis
}
struct Path {
  var steps: [PathStep]
  var operation: BinaryOperator?
  /// Values of the window behind the first (the stored value).
  var indexCount: Int
  var text: String
}

/// A shape annotation, resolved to registers.
indirect enum ShapeCheck {
  case axes([AxisCheck])
  case record([(name: String, shape: ShapeCheck)])
}
enum AxisCheck {
  /// The size is bound here.
  case bind(register: Int, name: String)
  /// The size must equal what is in the register.
  case equals(register: Int, name: String)
  case constant(Int)
  case any
  case rest
}
struct ShapeTest {
  var shape: ShapeCheck
  /// "`x`" or "the result".
  var subject: String
  var span: Span
}

package struct ParameterInfo {
  package let name: String
  package let hasDefault: Bool
}

package final class Code {
  package let id: Int
  package let name: String
  package let span: Span
  package internal(set) var instructions: [Instruction] = []
  package internal(set) var parameters: [ParameterInfo] = []
  package internal(set) var registerCount = 0
  /// What messages call a function without a name.
  static let nameless = "a function"
  package internal(set) var captureCount = 0
  /// The one frozen closure of a function that captures nothing; it holds this code until the machine goes.
  var closure = Value.none
  var constants: [Value] = []
  var fieldNames: [String] = []
  var handlers: [Handler] = []
  var restores: [Restore] = []
  var templates: [[TemplatePart]] = []
  var layouts: [LayoutID] = []
  /// Number of keys of each layout.
  var layoutCounts: [Int] = []
  /// Captures of the functions that `makeClosure` names, by code id.
  var closureCaptureCounts: [Int: Int] = [:]
  var itemLists: [[IndexForm]] = []
  var paths: [Path] = []
  var shapes: [ShapeTest] = []
  var argumentNames: [[String]] = []
  var imports: [(name: String, isPath: Bool)] = []
  /// Index definitions, recurrences and reductions over indices, for `define`.
  var definitions: [Definition] = []
  /// What the code was made of and the names of its module: a function called in the body of a definition is walked.
  var node: FunctionNode?
  var names: ModuleNames?
  /// What variants for known kinds of arguments are made from; nil where they would not pay.
  var prototype: Prototype?
  /// Live registers at back-edges and loop exits, for `clearDead` and the graph's cuts.
  var liveSets: [RegisterSet] = []
  /// Live set of each back-edge, by pc.
  var backEdges: [Int: Int] = [:]
  /// (first pc, span) sorted by pc; a place holds until the next one.
  var places: [(pc: Int, start: Int, end: Int)] = []
  /// Signature as written, for messages: `f(a, b = 2)`.
  package internal(set) var signature = ""
  package internal(set) var documentation: String?
  /// Plain memory for the loop; filled by `seal`.
  package let record: UnsafeMutablePointer<CodeRecord>
  private var instructionMemory: UnsafeMutablePointer<Instruction>?

  init(id: Int, name: String, span: Span) {
    self.id = id
    self.name = name
    self.span = span
    record = .allocate(capacity: 1)
  }

  deinit {
    if instructionMemory != nil {
      record.pointee.entry.deallocate()
      record.pointee.constants.deallocate()
      record.pointee.fields.deallocate()
    }
    record.deallocate()
  }

  /// Copies the tables into plain memory. Constants are frozen or numbers: nobody counts them.
  func seal(_ heap: Heap) {
    let entry = UnsafeMutablePointer<Instruction>.allocate(capacity: max(1, instructions.count))
    for (index, instruction) in instructions.enumerated() { entry[index] = instruction }
    let values = UnsafeMutablePointer<Value>.allocate(capacity: max(1, constants.count))
    for (index, value) in constants.enumerated() { values[index] = value }
    let fields = UnsafeMutablePointer<FieldSite>.allocate(capacity: max(1, fieldNames.count))
    for (index, name) in fieldNames.enumerated() {
      fields[index] = FieldSite(name: heap.internedString(name), layoutID: Layout.dictionary, slot: 0)
    }
    instructionMemory = entry
    record.initialize(
      to: CodeRecord(
        entry: entry, constants: values, fields: fields, id: id, registerCount: registerCount,
        parameterCount: parameters.count, captureCount: captureCount, variant: nil,
        variantSignature: prototype == nil ? UInt64.max : 0))
  }

  /// The source place of an instruction.
  package func span(at pc: Int) -> Span {
    var low = 0
    var high = places.count
    while low < high {
      let middle = (low + high) / 2
      if places[middle].pc <= pc { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return span }
    return Span(span.source, places[low - 1].start, places[low - 1].end)
  }
}

/// A set of registers as a bit string.
struct RegisterSet: Equatable {
  private(set) var words: [UInt64]

  init(count: Int) { words = Array(repeating: 0, count: (count + 63) / 64) }

  func contains(_ register: Int) -> Bool {
    let word = register >> 6
    return word < words.count && words[word] >> UInt64(register & 63) & 1 != 0
  }
  mutating func insert(_ register: Int) { words[register >> 6] |= 1 << UInt64(register & 63) }
  mutating func remove(_ register: Int) { words[register >> 6] &= ~(1 << UInt64(register & 63)) }
  /// True when something was added.
  mutating func formUnion(_ other: RegisterSet) -> Bool {
    var changed = false
    for index in words.indices {
      let merged = words[index] | other.words[index]
      if merged != words[index] {
        words[index] = merged
        changed = true
      }
    }
    return changed
  }
}
