// Which element of an operand an element of a node comes from, by their numbers in row-major order.

enum Elements {
  /// Of every element of a view, that of `x`, which it views.
  static func viewed(_ view: Node, _ x: Node) -> [Int] {
    var strides = Array(repeating: 0, count: view.rank)
    var offset = 0
    switch view.pointee.op {
    case .permute: for (axis, from) in view.given.axes.enumerated() { strides[axis] = x.pointee.shape.stride(from) }
    case .slice:
      for axis in 0..<view.rank {
        strides[axis] = x.pointee.shape.stride(axis) * view.given.steps[axis]
        offset += x.pointee.shape.stride(axis) * view.given.starts[axis]
      }
    default: strides = self.strides(x, in: view)
    }
    return places(view.dims, strides, offset)
  }

  /// Of every element of `node`, that of an operand that is broadcast to it.
  static func broadcast(_ x: Node, to node: Node) -> [Int] {
    x.dims == node.dims ? Array(0..<node.count) : places(node.dims, strides(x, in: node), 0)
  }
  /// The same for one element.
  static func broadcast(_ x: Node, to node: Node, at element: Int) -> Int {
    if x.dims == node.dims { return element }
    let strides = strides(x, in: node)
    var (rest, place) = (element, 0)
    for axis in (0..<node.rank).reversed() {
      let (quotient, position) = rest.quotientAndRemainder(dividingBy: node.dim(axis))
      rest = quotient
      place += position * strides[axis]
    }
    return place
  }

  private static func strides(_ x: Node, in node: Node) -> [Int] {
    let extra = node.rank - x.rank
    return (0..<node.rank).map { axis in
      axis < extra || x.dim(axis - extra) == 1 ? 0 : x.pointee.shape.stride(axis - extra)
    }
  }

  private static func places(_ dims: [Int], _ strides: [Int], _ offset: Int) -> [Int] {
    var result = [offset]
    for (size, stride) in zip(dims, strides) {
      var next: [Int] = []
      next.reserveCapacity(result.count * size)
      for place in result { for position in 0..<size { next.append(place + position * stride) } }
      result = next
    }
    return result
  }

  /// The elements of tensors that are joined along an axis.
  static func joined(_ node: Node, _ parts: [[Int]]) -> [Int] {
    let axis = node.given.axes[0]
    let outer = (0..<axis).reduce(1) { $0 * node.dim($1) }
    let widths = parts.map { $0.count / max(1, outer) }
    return (0..<outer).flatMap { row in
      zip(parts, widths).flatMap { part, width in part[row * width..<(row + 1) * width] }
    }
  }

  /// The terms of a reduction over leading or trailing axes.
  struct Rows {
    let count: Int
    private let results: Int
    private let isLeading: Bool

    init(_ node: Node, _ x: Node) {
      results = max(1, node.count)
      count = x.count / results
      isLeading = node.pointee.op == .reduce && node.given.flag
    }
    func place(_ result: Int, _ term: Int) -> Int { isLeading ? term * results + result : result * count + term }
  }
}
