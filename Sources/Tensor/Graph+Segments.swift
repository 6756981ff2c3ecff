// Dynamic programs that do not keep their tables (see Recurrences/Segments.swift). Inside `keepingFewCells` a table is recorded
// as a window onto it: a node that computes the cells of the window, with some cells kept for the way back. The first window
// is the whole table; a reader that looks at some indices along the segments' axis alone gets a narrower one, and as nodes
// are computed only when somebody reads them, the whole one is never computed:
//
//     values(x..)         cells of the window, then the kept ones
//     adjoint(x.., y, g)  as without segments; of g the window's part counts
import KernelTypes
import Kernels
import Recurrences

/// The part of a table that a node holds.
struct TableWindow {
  let segments: Segments
  let table: Int
  var indices: Range<Int>
  var cells: Int { segments.cells(table, indices) }
}

extension Graph {
  /// Tables of dynamic programs that are recorded in `body` are not kept, where their cells read a bounded way back.
  package func keepingFewCells<T>(_ body: () throws -> T) rethrows -> T {
    let outer = keepsFewCells
    keepsFewCells = true
    defer { keepsFewCells = outer }
    return try body()
  }

  /// The whole tables of a recurrence as windows; nil where tables have to be kept.
  func windows(_ recurrence: Recurrence, _ inputs: [Node]) throws -> [Node]? {
    guard keepsFewCells, let segments = recurrence.fineSegments, segments.savesMemory else { return nil }
    return try recurrence.program.tables.indices.map { table in
      let whole = 0..<recurrence.program.tables[table].sizes[segments.axis]
      return try record(
        TableWindow(segments: segments, table: table, indices: whole),
        RecurrenceAttributes(recurrence: recurrence, inputCount: inputs.count), inputs)
    }
  }

  private func record(_ window: TableWindow, _ given: RecurrenceAttributes, _ inputs: [Node]) throws -> Node {
    var given = given
    given.window = window
    let program = given.recurrence.program
    let shape = try checkedShape([window.cells + window.segments.checkpointCells], program.dtype)
    let core = try recordRecurrence(given, .values, inputs, shape, program.dtype)
    defer { release(core) }
    let cells = try slice(core, [.range(0, window.cells, step: 1)])
    defer { release(cells) }
    var sizes = program.tables[window.table].sizes
    sizes[window.segments.axis] = window.indices.count
    let dims = shapes.intern(sizes)
    let attributes = Attributes()
    attributes.flag = true
    return view(.reshape, cells, dims, dims, offset: 0, attributes)
  }

  /// The recurrence's node behind a window that is still to be computed.
  private func core(of x: Node) -> Node? {
    guard x.pointee.op == .reshape, x.pointee.attributes != nil, x.given.flag, let cells = x.pointee.in0,
      let core = cells.pointee.in0, core.pointee.op == .recurrence, core.pointee.state == .pending
    else { return nil }
    return core
  }

  /// The axis along which a window can be narrowed; nil if `x` is none.
  func windowAxis(_ x: Node) -> Int? { core(of: x)?.given.recurrence?.window?.segments.axis }

  /// A window onto some of the indices of a window, owned.
  func narrowed(_ x: Node, to indices: Range<Int>) throws -> Node? {
    guard let core = core(of: x), let given = core.given.recurrence, var part = given.window, !indices.isEmpty,
      indices.count < part.indices.count
    else { return nil }
    let first = part.indices.lowerBound + indices.lowerBound
    part.indices = first..<(first + indices.count)
    let window = try record(part, given, Array(core.given.inputs.prefix(given.inputCount)))
    // Of the whole table nobody may ask; this one is wanted.
    if given.recurrence.mayFail, let core = self.core(of: window) { markFailable(core) }
    return window
  }

  /// The program and inputs with windows narrowed to what the program reads. Inputs are owned.
  func narrowing(_ program: Program, _ inputs: [Node]) throws -> (Program, [Node]) {
    var program = program
    var narrow: [Node] = []
    do {
      for (number, input) in inputs.enumerated() {
        if let axis = windowAxis(input), let read = program.indicesRead(ofInput: number, axis: axis),
          let window = try narrowed(input, to: read)
        {
          program.narrow(input: number, axis: axis, to: read)
          narrow.append(window)
        } else {
          narrow.append(try part(of: input, number, &program))
        }
      }
    } catch {
      for node in narrow { release(node) }
      throw error
    }
    return (program, narrow)
  }
}

extension Graph {
  /// Tensors smaller than this are read as they are.
  private static let worthCutting = 1024

  /// What a program reads of an input, where that is half of it or less along some axis: so its derivative is no larger.
  private func part(of input: Node, _ number: Int, _ program: inout Program) throws -> Node {
    if input.count < Graph.worthCutting { return retain(input) }
    var items: [SliceItem] = []
    var isCut = false
    for axis in 0..<input.rank {
      let size = input.dim(axis)
      if let read = program.indicesRead(ofInput: number, axis: axis), 2 * read.count <= size {
        program.narrow(input: number, axis: axis, to: read)
        items.append(.range(read.lowerBound, read.upperBound, step: 1))
        isCut = true
      } else {
        items.append(.range(0, size, step: 1))
      }
    }
    return isCut ? try slice(input, items) : retain(input)
  }

  /// The derivative `g` of a recurrence's cells as a box of them, if it was put into zeros: the part that was put, owned.
  func box(_ g: Node, _ recurrence: Recurrence) throws -> (TableBox, Node)? {
    guard recurrence.program.tables.count == 1, recurrence.segments != nil, recurrence.readsTables else { return nil }
    // Not through an alias: it may be what a derivative is taken in.
    var node = g
    while node.pointee.state == .pending, node.pointee.op == .reshape, let inner = node.pointee.in0 { node = inner }
    let sizes = recurrence.program.tables[0].sizes
    guard node.pointee.state == .pending, node.pointee.op == .embed, let part = node.pointee.in0,
      node.given.whole == sizes, node.given.steps.allSatisfy({ $0 == 1 }), node.given.starts.count == sizes.count
    else { return nil }
    guard part.rank == sizes.count else { return nil }
    return (TableBox(table: 0, starts: node.given.starts, sizes: part.dims), try contiguous(part))
  }
}

extension PlanRun {
  /// The run of a window's node, or of its adjoint.
  func runWindow(
    _ window: TableWindow, _ given: RecurrenceAttributes, _ form: Recurrence.Form, _ memory: RunMemory, _ index: Int,
    cells: UnsafeMutableRawPointer, derivative: UnsafeMutableRawPointer?
  ) throws {
    let program = given.recurrence.program
    var box = TableBox(
      table: window.table, starts: program.tables[window.table].sizes.map { _ in 0 },
      sizes: program.tables[window.table].sizes)
    box.starts[window.segments.axis] = window.indices.lowerBound
    box.sizes[window.segments.axis] = window.indices.count
    try run(
      given, form, memory, index,
      segments: SegmentMemory(
        window.segments, boxes: [(box, derivative ?? cells)],
        checkpoints: cells + window.cells * program.dtype.size))
  }
}
