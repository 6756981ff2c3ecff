// Slices: views of the same elements. Index lists and masks gather (`Graph+Gather`); writing is in `Graph+Assign`.
//
// A slice is first written as start, step and size for every axis (kept), then axes with a single index are dropped and
// new ones added by a reshape. Starts are run-time values: they never enter a plan's key.
import KernelTypes
import Kernels

/// One item between the brackets of an index.
package enum SliceItem {
  case index(Int)
  /// Both ends optional; a range clips.
  case range(Int?, Int?, step: Int)
  case newAxis
  case ellipsis
  /// i64 positions, or a bool mask.
  case gather(Node)
}

/// A slice in normal form.
struct Selection {
  var starts: [Int] = []
  var steps: [Int] = []
  /// Size of every axis of the whole that the slice keeps.
  var sizes: [Int] = []
  /// The result's sizes, single indices dropped and new axes added.
  var outDims: [Int] = []
  /// Axis of the whole (before dropping) that a gather replaces, its position in `outDims`, and its indices.
  var gather: (axis: Int, outAxis: Int, ids: Node)?
}

extension Graph {
  /// `x[items]`
  package func slice(_ x: Node, _ items: [SliceItem]) throws -> Node {
    if let mask = wholeMask(x, items) { return try selectMasked(x, mask) }
    var selection = try select(x, items)
    if selection.gather == nil, selection.outDims.isEmpty, x.pointee.level == 0, x.isComputed, x.rank > 0 {
      return try computedElement(x, selection.starts)
    }
    let part = try narrowedView(x, &selection) ?? view(x, selection)
    defer { release(part) }
    guard let gathered = selection.gather else { return try reshape(part, selection.outDims) }
    // The gathered axis goes first, is gathered there, and its new axes go where it was.
    let ids = try positions(gathered.ids, size: x.dim(gathered.axis), axis: gathered.axis)
    defer { release(ids) }
    selection.outDims.insert(x.dim(gathered.axis), at: gathered.outAxis)
    let shaped = try reshape(part, selection.outDims)
    defer { release(shaped) }
    let order = [gathered.outAxis] + (0..<shaped.rank).filter { $0 != gathered.outAxis }
    let moved = try permute(shaped, order)
    defer { release(moved) }
    let rows = try gather(moved, ids)
    defer { release(rows) }
    let back =
      (0..<gathered.outAxis).map { $0 + ids.rank } + Array(0..<ids.rank)
      + (gathered.outAxis + ids.rank..<rows.rank)
    return try permute(rows, back)
  }

  /// One element of a computed tensor, at once.
  private func computedElement(_ x: Node, _ starts: [Int]) throws -> Node {
    var flat = 0
    for axis in 0..<x.rank { flat += starts[axis] * x.stride(axis) }
    guard x.pointee.storage != nil else { return number(x.pointee.bits, x.dtype) }
    return number(loadElement(x.dtype, x.base + flat * x.dtype.size), x.dtype)
  }

  /// The part of a table that is not kept.
  private func narrowedView(_ x: Node, _ selection: inout Selection) throws -> Node? {
    guard selection.gather == nil, let axis = windowAxis(x), selection.steps[axis] == 1 else { return nil }
    let start = selection.starts[axis]
    guard let window = try narrowed(x, to: start..<start + selection.sizes[axis]) else { return nil }
    defer { release(window) }
    selection.starts[axis] = 0
    return try view(window, selection)
  }

  func view(_ x: Node, _ selection: Selection) throws -> Node {
    let shape = shapes.intern(selection.sizes)
    if shape == x.pointee.shape && selection.steps.allSatisfy({ $0 == 1 }) { return retain(x) }
    if x.isMapped { return try mappedView(x, selection) }
    var strides: [Int] = []
    var offset = 0
    for axis in 0..<x.rank {
      strides.append(x.stride(axis) * selection.steps[axis])
      offset += x.stride(axis) * selection.starts[axis]
    }
    return view(.slice, x, shape, internStrides(shape, strides), offset: offset, attributes(x, selection))
  }

  func attributes(_ x: Node, _ selection: Selection) -> Attributes {
    let attributes = Attributes()
    attributes.starts = selection.starts
    attributes.steps = selection.steps
    attributes.whole = x.dims
    return attributes
  }

  /// Normal form of `items` for `x`.
  func select(_ x: Node, _ items: [SliceItem]) throws -> Selection {
    var named = 0
    var hasEllipsis = false
    for item in items {
      switch item {
      case .index, .range, .gather: named += 1
      case .ellipsis:
        if hasEllipsis { throw TensorError(.badValue(operation: "index", detail: "`...` stands twice")) }
        hasEllipsis = true
      case .newAxis: break
      }
    }
    if named > x.rank {
      throw TensorError(
        .shapeMismatch(
          operation: "index", detail: "needs at most one index an axis, found \(named) indices for \(shapeText(x.dims))"
        )
      )
    }
    var selection = Selection()
    func keepAll(_ count: Int) {
      for _ in 0..<count {
        let axis = selection.sizes.count
        selection.starts.append(0)
        selection.steps.append(1)
        selection.sizes.append(x.dim(axis))
        selection.outDims.append(x.dim(axis))
      }
    }
    for item in items {
      let axis = selection.sizes.count
      switch item {
      case .newAxis: selection.outDims.append(1)
      case .ellipsis: keepAll(x.rank - named)
      case .index(let index):
        let size = x.dim(axis)
        let resolved = index < 0 ? index + size : index
        if resolved < 0 || resolved >= size {
          throw TensorError(.indexOutOfRange(index: index, size: size, axis: axis))
        }
        selection.starts.append(resolved)
        selection.steps.append(1)
        selection.sizes.append(1)
      case .range(let from, let to, let step):
        let range = try clip(from, to, step, x.dim(axis))
        selection.starts.append(range.start)
        selection.steps.append(step)
        selection.sizes.append(range.count)
        selection.outDims.append(range.count)
      case .gather(let ids):
        if selection.gather != nil {
          throw TensorError(
            .badValue(operation: "index", detail: "two index tensors in one index"), help: "index twice")
        }
        selection.gather = (axis, selection.outDims.count, ids)
        selection.starts.append(0)
        selection.steps.append(1)
        selection.sizes.append(x.dim(axis))
      }
    }
    keepAll(x.rank - selection.sizes.count)
    return selection
  }

  private func clip(_ from: Int?, _ to: Int?, _ step: Int, _ size: Int) throws -> (start: Int, count: Int) {
    if step == 0 { throw TensorError(.badValue(operation: "slice", detail: "the step is 0")) }
    func resolved(_ index: Int) -> Int { index < 0 ? index + size : index }
    if step > 0 {
      let start = min(max(from.map(resolved) ?? 0, 0), size)
      let end = min(max(to.map(resolved) ?? size, 0), size)
      return (start, end > start ? (end - start - 1) / step + 1 : 0)
    }
    let start = min(max(from.map(resolved) ?? size - 1, -1), size - 1)
    let end = to.map { min(max(resolved($0), -1), size - 1) } ?? -1
    return (max(start, 0), start > end ? (start - end - 1) / -step + 1 : 0)
  }

}
