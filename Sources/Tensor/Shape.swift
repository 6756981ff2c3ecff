// Shapes and strides are interned: one record per distinct list of sizes, so that two shapes are equal when their
// pointers are. A shape also knows its row-major strides. Records live as long as their graph.
//
// Strides of a view are interned by the same table (a list of integers is a list of integers).

/// An interned list of integers: the sizes of a tensor's axes, or the strides of a view.
package struct ShapeRecord {
  /// Small number that names the shape in plan keys.
  let id: Int32
  let rank: Int32
  /// Product of the sizes; 1 for a scalar.
  let count: Int
  /// `rank` sizes followed by `rank` row-major strides.
  let values: UnsafeMutablePointer<Int>
}

package typealias ShapeRef = UnsafePointer<ShapeRecord>

extension UnsafePointer where Pointee == ShapeRecord {
  @_transparent package var rank: Int { Int(pointee.rank) }
  @_transparent package var count: Int { pointee.count }
  @_transparent package func size(_ axis: Int) -> Int { pointee.values[axis] }
  @_transparent package func stride(_ axis: Int) -> Int { pointee.values[rank + axis] }
  package var dims: [Int] { Array(UnsafeBufferPointer(start: pointee.values, count: rank)) }
  package var strides: [Int] { Array(UnsafeBufferPointer(start: pointee.values + rank, count: rank)) }
}

/// The table of a graph's shapes.
struct ShapeTable {
  private var table: [[Int]: ShapeRef] = [:]
  private var records: [ShapeRef] = []
  let scalar: ShapeRef

  init() {
    scalar = ShapeTable.make([], id: 0)
    table[[]] = scalar
    records = [scalar]
  }

  /// The one record for `dims`.
  mutating func intern(_ dims: [Int]) -> ShapeRef {
    if dims.isEmpty { return scalar }
    if let found = table[dims] { return found }
    let made = ShapeTable.make(dims, id: Int32(truncatingIfNeeded: records.count))
    table[dims] = made
    records.append(made)
    return made
  }

  private static func make(_ dims: [Int], id: Int32) -> ShapeRef {
    let rank = dims.count
    let values = UnsafeMutablePointer<Int>.allocate(capacity: Swift.max(1, 2 * rank))
    var stride = 1
    var axis = rank - 1
    while axis >= 0 {
      values[axis] = dims[axis]
      values[rank + axis] = stride
      stride = stride &* Swift.max(dims[axis], 1)
      axis -= 1
    }
    var count = 1
    for size in dims { count = count &* size }
    let record = UnsafeMutablePointer<ShapeRecord>.allocate(capacity: 1)
    record.initialize(to: ShapeRecord(id: id, rank: Int32(rank), count: count, values: values))
    return ShapeRef(record)
  }

  /// Gives all records back; no shape of this table may be used afterwards.
  func destroy() {
    for record in records {
      record.pointee.values.deallocate()
      UnsafeMutablePointer(mutating: record).deallocate()
    }
  }
}

/// Text of a shape as messages show it: `[64, 784]`.
package func shapeText(_ dims: [Int]) -> String {
  "[" + dims.map(String.init).joined(separator: ", ") + "]"
}
